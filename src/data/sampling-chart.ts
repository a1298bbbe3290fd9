/** The picture of a sweep over sampling: a metric by the last axis, and by the evaluations of the model, with the front marked. */
import { formatTick, line, range, scale, type Scale } from './axis';
import { lettering } from './lettering';
import { writeSvgAsPng } from './png';

export interface ChartPoint {
  /** The value of each axis, as written. */
  readonly values: readonly string[];
  readonly evaluations: number;
  readonly mean: number;
  /** Drawn to both sides of the mean; 0 for none. */
  readonly deviation: number;
  readonly isOnFront: boolean;
}

export interface SamplingChart {
  readonly title: string;
  /** What is measured. */
  readonly metric: string;
  readonly axes: readonly string[];
  readonly points: readonly ChartPoint[];
}

const [WIDTH, HEIGHT] = [1120, 460];
const frame = { top: 66, bottom: 58 };
/** Left and right ends of the two panels. */
const panels = [
  [84, 536],
  [644, 1096],
] as const;
/** Colours of lines; with more lines they are used again. */
const colours = ['#1f5fb4', '#d1611f', '#2c8a4b', '#8b3fa8', '#a08a1c', '#c2334f', '#2b8f97', '#6b6b6b'];
const [axisColour, gridColour, frontColour] = ['#888', '#e6e6e6', '#222'];
/** The most letters of the title and of a name in the legend. */
const [longestTitle, longestName] = [88, 26];
/** The most lines that are named. */
const mostNamed = 8;

/** Writes the chart as a PNG, 2240 x 920 pixels. */
export async function writeSamplingChart(path: string, chart: SamplingChart): Promise<void> {
  await writeSvgAsPng(path, samplingChartSvg(chart), 2);
}

/** The chart as SVG. The number of evaluations has a logarithmic axis where it spans more than a factor of four. */
export function samplingChartSvg({ title, metric, axes, points }: SamplingChart): string {
  const finite = points.filter((p) => Number.isFinite(p.mean) && Number.isFinite(p.deviation));
  const [low, high] = range(finite.flatMap((p) => [p.mean - p.deviation, p.mean + p.deviation]));
  const margin = (high - low) * 0.06;
  const y = scale([low - margin, high + margin], [HEIGHT - frame.bottom, frame.top], false);
  const lines = linesOf(finite);
  const ticks = [...new Set(points.map((p) => p.values.at(-1) ?? ''))];
  const places = spaced(panels[0], ticks.length);
  const inPanel = (p: ChartPoint): number => places[ticks.indexOf(p.values.at(-1) ?? '')];
  const cost = costScale(finite);
  const costTicks = cost.ticks.map((t): [number, string] => [cost.at(t), formatTick(t, cost.ticks.at(-1))]);
  const valueTicks = ticks.map((text, i): [number, string] => [places[i], shortened(text, longestIn(ticks.length))]);
  const parts = [
    `<rect width="${WIDTH}" height="${HEIGHT}" fill="white"/>`,
    lettering(shortened(plain(`${metric}: ${title}`), longestTitle), { x: panels[0][0], y: 24, size: 12 }),
    ...panelOf(panels[0], y, { ticks: valueTicks, name: axes.at(-1) ?? '' }),
    ...lines.flatMap(({ points: own, colour }) => [
      joined(own, inPanel, y, colour),
      ...own.map((p) => dot(p, inPanel(p), y, colour)),
    ]),
    ...legend(lines),
    ...panelOf(panels[1], y, { ticks: costTicks, name: 'evaluations of the model' }),
    front(finite, cost, y),
    ...lines.flatMap(({ points: own, colour }) => own.map((p) => dot(p, cost.at(p.evaluations), y, colour))),
    lettering('ringed: no other is better with as few', {
      x: panels[1][1],
      y: 24,
      size: 9,
      anchor: 'end',
      colour: frontColour,
    }),
  ];
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${HEIGHT}">${parts.join('\n')}</svg>`;
}

interface Line {
  readonly name: string;
  readonly colour: string;
  readonly points: readonly ChartPoint[];
}

/** A line for each combination of the axes before the last. */
function linesOf(points: readonly ChartPoint[]): Line[] {
  const names = [...new Set(points.map(nameOf))];
  return names.map((name, i) => ({
    name,
    colour: colours[i % colours.length],
    points: points.filter((p) => nameOf(p) === name),
  }));
}

function nameOf({ values }: ChartPoint): string {
  return values.slice(0, -1).join(', ');
}

/** The middles of equal parts between two pixels. */
function spaced([left, right]: readonly [number, number], count: number): number[] {
  return Array.from({ length: count }, (_, i) => left + ((i + 0.5) / count) * (right - left));
}

function costScale(points: readonly ChartPoint[]): Scale {
  const [low, high] = range(points.map((p) => p.evaluations));
  // Of no points the range begins at 0.
  const isLog = low > 0 && high / low > 4;
  const domain: [number, number] = isLog
    ? [low / 1.15, high * 1.15]
    : [low - (high - low) * 0.06, high + (high - low) * 0.06];
  return scale(domain, panels[1], isLog);
}

interface Axis {
  readonly ticks: readonly (readonly [x: number, text: string])[];
  readonly name: string;
}

function panelOf([left, right]: readonly [number, number], y: Scale, { ticks, name }: Axis): string[] {
  const bottom = HEIGHT - frame.bottom;
  return [
    ...y.ticks.map(
      (t) =>
        line(left, y.at(t), right, y.at(t), gridColour) +
        lettering(formatTick(t, y.ticks.at(-1)), { x: left - 8, y: y.at(t) + 4, size: 9, anchor: 'end' }),
    ),
    ...ticks.map(
      ([x, text]) =>
        line(x, bottom, x, bottom + 5, axisColour) + lettering(text, { x, y: bottom + 20, size: 9, anchor: 'middle' }),
    ),
    line(left, bottom, right, bottom, axisColour),
    lettering(plain(name), { x: (left + right) / 2, y: HEIGHT - 14, size: 10, anchor: 'middle' }),
  ];
}

function joined(points: readonly ChartPoint[], x: (p: ChartPoint) => number, y: Scale, colour: string): string {
  const path = points.map((p) => `${x(p).toFixed(1)} ${y.at(p.mean).toFixed(1)}`).join('L');
  return points.length < 2 ? '' : `<path d="M${path}" fill="none" stroke="${colour}" stroke-width="1.5"/>`;
}

/** The front as steps: what is to be had for as many evaluations. */
function front(points: readonly ChartPoint[], cost: Scale, y: Scale): string {
  const on = points.filter((p) => p.isOnFront).sort((a, b) => a.evaluations - b.evaluations);
  const path = on.map((p, i) => {
    const [x, at] = [cost.at(p.evaluations).toFixed(1), y.at(p.mean).toFixed(1)];
    return i === 0 ? `M${x} ${at}` : `H${x}V${at}`;
  });
  const rings = on.map(
    (p) =>
      `<circle cx="${cost.at(p.evaluations).toFixed(1)}" cy="${y.at(p.mean).toFixed(1)}" r="8" fill="none" stroke="${frontColour}"/>`,
  );
  return `<path d="${path.join('')}" fill="none" stroke="${frontColour}" stroke-dasharray="4 3"/>${rings.join('')}`;
}

function dot({ mean, deviation }: ChartPoint, x: number, y: Scale, colour: string): string {
  const spread = deviation > 0 ? line(x, y.at(mean - deviation), x, y.at(mean + deviation), colour) : '';
  return `${spread}<circle cx="${x.toFixed(1)}" cy="${y.at(mean).toFixed(1)}" r="4" fill="${colour}"/>`;
}

/** Names of the lines, four in a row above the first panel. */
function legend(lines: readonly Line[]): string[] {
  const named = lines.filter(({ name }) => name !== '').slice(0, mostNamed);
  const width = (panels[1][1] - panels[0][0]) / (mostNamed / 2);
  return named.map(({ name, colour }, i) =>
    lettering(shortened(plain(name), longestName), {
      x: panels[0][0] + (i % 4) * width,
      y: 42 + 14 * Math.floor(i / 4),
      size: 8,
      colour,
    }),
  );
}

function longestIn(ticks: number): number {
  return Math.max(3, Math.floor((panels[0][1] - panels[0][0]) / ticks / 9));
}

function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 2)}..`;
}

/** Letters without accents, which the lettering does not have. */
function plain(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '');
}
