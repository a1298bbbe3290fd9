/** Axes of charts: where values lie, which ticks there are, and how they are written. */
// Tested by test/data/loss-curve.test.ts.

export interface Scale {
  readonly at: (value: number) => number;
  readonly ticks: readonly number[];
}

/** Places values of `domain` between two pixels, with about six ticks. */
export function scale(domain: readonly [number, number], [from, to]: readonly [number, number], log: boolean): Scale {
  const f = log ? Math.log : (v: number): number => v;
  const [low, high] = domain.map(f);
  const at = (value: number): number => from + ((f(value) - low) / (high - low)) * (to - from);
  return { at, ticks: log ? logTicks(domain) : niceTicks(domain, 6) };
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

/** From the lowest to the highest value, widened a little if they are equal; [0, 1] for an empty list. */
export function range(values: readonly number[]): [number, number] {
  if (values.length === 0) return [0, 1];
  const low = values.reduce((a, b) => Math.min(a, b));
  const high = values.reduce((a, b) => Math.max(a, b));
  return low < high ? [low, high] : [low - (Math.abs(low) || 1) * 0.1, high + (Math.abs(high) || 1) * 0.1];
}

/** A straight line between two points. */
// eslint-disable-next-line @typescript-eslint/max-params -- two points and a colour
export function line(x1: number, y1: number, x2: number, y2: number, colour: string): string {
  return `<line x1="${x1}" y1="${y1.toFixed(1)}" x2="${x2}" y2="${y2.toFixed(1)}" stroke="${colour}"/>`;
}
