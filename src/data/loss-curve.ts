/** The picture of a training run: its loss by step, raw and smoothed. */
import { requireList, requirePath } from '../compiler/diagnostics/require-kind';
import { formatTick, line, range, scale } from './axis';
import { lettering } from './lettering';
import { writeSvgAsPng } from './png';

export interface LossPoint {
  readonly step: number;
  readonly loss: number;
}

const pictureWidth = 800;
const pictureHeight = 440;
/** The most letters of the title that fit beside the legend. */
const titleLetters = 34;
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
  const x = scale(range(finite.map((p) => p.step)), [frame.left, pictureWidth - frame.right], false);
  const y = scale(lossRange(finite, even, log), [pictureHeight - frame.bottom, frame.top], log);
  const lost = points.length - finite.length;
  const note = lost > 0 ? ` (${lost} not finite)` : '';
  const parts = [
    `<rect width="${pictureWidth}" height="${pictureHeight}" fill="white"/>`,
    ...y.ticks.map((t) => gridLine(y.at(t), t)),
    ...x.ticks.map((t) =>
      lettering(formatTick(t, x.ticks.at(-1)), {
        x: x.at(t),
        y: pictureHeight - frame.bottom + 22,
        size: 10,
        anchor: 'middle',
      }),
    ),
    ...x.ticks.map((t) =>
      line(x.at(t), pictureHeight - frame.bottom, x.at(t), pictureHeight - frame.bottom + 5, '#888'),
    ),
    line(frame.left, pictureHeight - frame.bottom, pictureWidth - frame.right, pictureHeight - frame.bottom, '#888'),
    curve(envelope(finite, x.at), { x: x.at, y: y.at }, { colour: raw, width: 1 }),
    curve(envelope(even, x.at), { x: x.at, y: y.at }, { colour: smooth, width: 2 }),
    lettering(shortened(title, titleLetters - note.length) + note, { x: frame.left, y: 24, size: 12 }),
    lettering('step', {
      x: (frame.left + pictureWidth - frame.right) / 2,
      y: pictureHeight - 12,
      size: 10,
      anchor: 'middle',
    }),
    ...legend(even, log),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${pictureWidth}" height="${pictureHeight}">${parts.join('\n')}</svg>`;
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

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 2)}..`;
}

function isLog(even: readonly LossPoint[]): boolean {
  const [low, high] = range(even.map((p) => p.loss));
  return low > 0 && high / low > 10;
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
  if (points.length <= 2 * pictureWidth) return points;
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
  const clip = (v: number): number => Math.min(pictureHeight - frame.bottom, Math.max(frame.top, v));
  const place = ({ step, loss }: LossPoint): string =>
    `${x(step).toFixed(1)} ${clip(Number.isNaN(y(loss)) ? Infinity : y(loss)).toFixed(1)}`;
  if (points.length === 0) return '';
  if (points.length === 1)
    return `<circle cx="${x(points[0].step)}" cy="${y(points[0].loss)}" r="3" fill="${colour}"/>`;
  return `<path d="M${points.map(place).join('L')}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round"/>`;
}

function gridLine(y: number, tick: number): string {
  return (
    line(frame.left, y, pictureWidth - frame.right, y, '#e6e6e6') +
    lettering(formatTick(tick), { x: frame.left - 10, y: y + 5, size: 10, anchor: 'end' })
  );
}

function legend(even: readonly LossPoint[], log: boolean): string[] {
  const last = even.at(-1);
  const right = pictureWidth - frame.right;
  const text = `smoothed${last ? `, last ${Number(last.loss.toPrecision(4))}` : ''}${log ? ', log axis' : ''}`;
  return [lettering(text, { x: right, y: 24, size: 10, anchor: 'end', colour: smooth })];
}
