/** The picture of a training run: its loss by step, raw and smoothed. */
import { requireList, requirePath } from '../compiler/diagnostics/require-kind';
import { lettering } from './lettering';
import { writeSvgAsPng } from './png';

export interface LossPoint {
  readonly step: number;
  readonly loss: number;
}

const WIDTH = 800;
const HEIGHT = 440;
/** The most letters of the title that fit beside the legend. */
const TITLE = 34;
const frame = { left: 84, right: 24, top: 40, bottom: 56 };
const raw = '#b9cdea';
const smooth = '#1f5fb4';

/** Writes the curve as a PNG, 1600 x 880 pixels. */
export async function writeLossCurve(path: string, points: readonly LossPoint[], title = 'loss'): Promise<void> {
  requirePath(path);
  requireList('The points of a curve', points);
  await writeSvgAsPng(path, lossCurveSvg(points, String(title)), 2);
}

/** The curve as SVG. The loss axis is logarithmic when the smoothed loss spans more than a factor of ten. */
export function lossCurveSvg(points: readonly LossPoint[], title = 'loss'): string {
  const finite = points.filter((p) => Number.isFinite(p.loss) && Number.isFinite(p.step));
  const even = smoothed(finite);
  const log = isLog(even);
  const x = scale(range(finite.map((p) => p.step)), [frame.left, WIDTH - frame.right], false);
  const y = scale(lossRange(finite, even, log), [HEIGHT - frame.bottom, frame.top], log);
  const lost = points.length - finite.length;
  const note = lost > 0 ? ` (${lost} not finite)` : '';
  const parts = [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    ...y.ticks.map((t) => gridLine(y.at(t), t)),
    ...x.ticks.map((t) =>
      lettering(formatTick(t, x.ticks.at(-1)), {
        x: x.at(t),
        y: HEIGHT - frame.bottom + 22,
        size: 10,
        anchor: 'middle',
      }),
    ),
    ...x.ticks.map((t) => line(x.at(t), HEIGHT - frame.bottom, x.at(t), HEIGHT - frame.bottom + 5, '#888')),
    line(frame.left, HEIGHT - frame.bottom, WIDTH - frame.right, HEIGHT - frame.bottom, '#888'),
    curve(envelope(finite, x.at), { x: x.at, y: y.at }, { colour: raw, width: 1 }),
    curve(envelope(even, x.at), { x: x.at, y: y.at }, { colour: smooth, width: 2 }),
    lettering(shortened(title, TITLE - note.length) + note, { x: frame.left, y: 24, size: 12 }),
    lettering('step', { x: (frame.left + WIDTH - frame.right) / 2, y: HEIGHT - 12, size: 10, anchor: 'middle' }),
    ...legend(even, log),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${parts.join('\n')}</svg>`;
}

/**
 * Means over about a fiftieth of the points, centred so that the curve does not lag where the loss falls fast;
 * narrower towards the start, one-sided towards the end.
 */
export function smoothed(points: readonly LossPoint[]): LossPoint[] {
  const half = Math.floor(points.length / 100);
  const sums = new Float64Array(points.length + 1);
  points.forEach(({ loss }, i) => (sums[i + 1] = sums[i] + loss));
  return points.map(({ step }, i) => {
    const reach = Math.min(half, i);
    const end = Math.min(points.length, i + reach + 1);
    return { step, loss: (sums[end] - sums[i - reach]) / (end - i + reach) };
  });
}

/** Round numbers (1, 2 or 5 times a power of ten) within a range, about `count` of them. */
export function niceTicks([low, high]: readonly [number, number], count: number): number[] {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5].map((m) => m * power).find((s) => s >= rough * (1 - 1e-9)) ?? 10 * power;
  const ticks: number[] = [];
  // Ticks are multiples, not sums, so that none is off by rounding.
  for (let i = Math.ceil(low / step - 1e-9); i * step <= high + step * 1e-9; i++)
    ticks.push(Number((i * step).toPrecision(12)));
  return ticks;
}

/** 1, 2 and 5 times powers of ten in the range; the powers alone when that would be many. */
export function logTicks([low, high]: readonly [number, number]): number[] {
  const ticks: number[] = [];
  const factors = high / low > 1e3 ? [1] : [1, 2, 5];
  for (let e = Math.floor(Math.log10(low)); 10 ** e <= high; e++)
    ticks.push(...factors.map((f) => Number(`${f}e${e}`)));
  return ticks.filter((t) => t >= low && t <= high);
}

/** `20000` → `20k`, `0.0005` → `5e-4`; the unit suits the largest tick of the axis. */
export function formatTick(value: number, largest = value): string {
  const size = Math.abs(value);
  if (size > 0 && largest >= 1e7) return `${Number((value / 1e6).toPrecision(6))}m`;
  if (size > 0 && largest >= 1e4) return `${Number((value / 1e3).toPrecision(6))}k`;
  return size > 0 && size < 1e-3 ? value.toExponential().replace('e+', 'e') : String(Number(value.toPrecision(6)));
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 2)}..`;
}

interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

function scale(domain: readonly [number, number], [from, to]: readonly [number, number], log: boolean): Scale {
  const f = log ? Math.log : (v: number): number => v;
  const [low, high] = domain.map(f);
  const at = (value: number): number => from + ((f(value) - low) / (high - low)) * (to - from);
  return { at, ticks: log ? logTicks(domain) : niceTicks(domain, 6) };
}

function isLog(even: readonly LossPoint[]): boolean {
  const [low, high] = range(even.map((p) => p.loss));
  return low > 0 && high / low > 10;
}

/** From the lowest to the highest value, widened a little if they are equal; [0, 1] for an empty list. */
function range(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  return low < high ? [low, high] : [low - (Math.abs(low) || 1) * 0.1, high + (Math.abs(high) || 1) * 0.1];
}

/** All of the smoothed curve and most of the raw one: single spikes are cut off, because they would flatten the rest. */
function lossRange(points: readonly LossPoint[], even: readonly LossPoint[], log: boolean): [number, number] {
  const sorted = points
    .map((p) => p.loss)
    .filter((l) => !log || l > 0)
    .sort((a, b) => a - b);
  const cut = Math.floor(sorted.length * 0.01);
  const inner = sorted.slice(cut, sorted.length - cut);
  const [low, high] = range([...inner, ...even.map((p) => p.loss)]);
  return log ? [low / 1.1, high * 1.1] : [low - (high - low) * 0.04, high + (high - low) * 0.04];
}

/** At most the lowest and highest loss of each pixel column, so that the picture of a long run stays small and spikes stay visible. */
function envelope(points: readonly LossPoint[], at: (step: number) => number): readonly LossPoint[] {
  if (points.length <= 2 * WIDTH) return points;
  const columns = new Map<number, [LossPoint, LossPoint]>();
  for (const p of points) {
    const column = Math.floor(at(p.step));
    const [low, high] = columns.get(column) ?? [p, p];
    columns.set(column, [p.loss < low.loss ? p : low, p.loss > high.loss ? p : high]);
  }
  return [...columns.values()].flatMap(([low, high]) => (low.step <= high.step ? [low, high] : [high, low]));
}

function curve(
  points: readonly LossPoint[],
  { x, y }: { readonly x: (v: number) => number; readonly y: (v: number) => number },
  { colour, width }: { readonly colour: string; readonly width: number },
): string {
  const clip = (v: number): number => Math.min(HEIGHT - frame.bottom, Math.max(frame.top, v));
  const place = ({ step, loss }: LossPoint): string =>
    `${x(step).toFixed(1)} ${clip(Number.isNaN(y(loss)) ? Infinity : y(loss)).toFixed(1)}`;
  if (points.length === 0) return '';
  if (points.length === 1)
    return `<circle cx="${x(points[0].step)}" cy="${y(points[0].loss)}" r="3" fill="${colour}"/>`;
  return `<path d="M${points.map(place).join('L')}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round"/>`;
}

function gridLine(y: number, tick: number): string {
  return (
    line(frame.left, y, WIDTH - frame.right, y, '#e6e6e6') +
    lettering(formatTick(tick), { x: frame.left - 10, y: y + 5, size: 10, anchor: 'end' })
  );
}

// eslint-disable-next-line @typescript-eslint/max-params -- two points and a colour
function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  return `<line x1="${x1}" y1="${y1.toFixed(1)}" x2="${x2}" y2="${y2.toFixed(1)}" stroke="${colour}"/>`;
}

function legend(even: readonly LossPoint[], log: boolean): string[] {
  const last = even.at(-1);
  const right = WIDTH - frame.right;
  const text = `smoothed${last ? `, last ${Number(last.loss.toPrecision(4))}` : ''}${log ? ', log axis' : ''}`;
  return [lettering(text, { x: right, y: 24, size: 10, anchor: 'end', colour: smooth })];
}
