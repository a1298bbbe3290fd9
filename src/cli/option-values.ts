/** Readers of option values: each refuses an invalid value, and says which values are valid. */
import { InvalidArgumentError } from 'commander';
import {
  countRange,
  outOfRange,
  probabilityRange,
  nonNegativeRange,
  seedRange,
  sizeRange,
  type NumberRange,
} from '../compiler/bind/number-range';

const decimal = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?([km]?)$/i;
const scales: { readonly [suffix: string]: number } = { '': 1, k: 1e3, m: 1e6 };

/** Reads numbers of a range; `400k` and `1e5` are accepted as in a spec. */
export function numberIn(range: NumberRange): (text: string) => number {
  return (text) => {
    const value = readNumber(text);
    const wanted = outOfRange(range, value);
    if (wanted !== null) throw new InvalidArgumentError(`It must be ${range.whole ? '' : 'a number '}${wanted}.`);
    return value;
  };
}

/** NaN if it is not a number. */
function readNumber(text: string): number {
  const match = decimal.exec(text.trim());
  if (!match) return NaN;
  const suffix = match[3].toLowerCase();
  return Number(match[0].slice(0, match[0].length - suffix.length)) * scales[suffix];
}

export const positiveInteger = numberIn(sizeRange);
export const nonNegativeInteger = numberIn(countRange);
export const seedNumber = numberIn(seedRange);
/** TensorFlow fails with more threads than any machine has. */
export const threadCount = numberIn({ whole: true, min: 1, max: 1024 });

/** `HOST:PORT`, or `[ADDRESS]:PORT` for an address with colons. */
export function hostAndPort(text: string): { readonly host: string; readonly port: number } {
  const match = /^(?:\[([^\]]+)\]|([^:\s]+)):(\d+)$/.exec(text.trim());
  const port = Number(match?.[3]);
  if (!match || !(port >= 1 && port <= 65535))
    throw new InvalidArgumentError('Write it as HOST:PORT, for instance 10.0.0.1:29500, with a port from 1 to 65535.');
  return { host: match[1] ?? match[2], port };
}

/** The value of `--guidance`: a scale, and an interval if there is one. */
export interface GivenGuidance {
  readonly scale: number;
  readonly from?: number;
  readonly to?: number;
}

/** `3.25` or `3.25,0.1,1`: scale, and the interval of times in which guidance acts. */
export function readGuidance(text: string): GivenGuidance {
  const parts = text.split(',').map(readNumber);
  const [scale, from, to] = parts;
  if (parts.length > 3 || parts.some((x) => !Number.isFinite(x))) {
    throw new InvalidArgumentError(
      'Write it as SCALE or SCALE,FROM,TO, for instance 3.25,0.1,1.0; 1 means no guidance.',
    );
  }
  const wrong = [
    outOfRange(nonNegativeRange, scale),
    ...[from ?? 0, to ?? 1].map((t) => outOfRange(probabilityRange, t)),
  ];
  const names = ['The scale', 'The first time', 'The last time'];
  const at = wrong.findIndex((w) => w !== null);
  if (at >= 0) throw new InvalidArgumentError(`${names[at]} must be ${wrong[at]}.`);
  const interval = from === undefined ? null : { from, to: to ?? 1 };
  if (interval && interval.from >= interval.to)
    throw new InvalidArgumentError(`The interval from ${interval.from} to ${interval.to} is empty.`);
  return { scale, ...interval };
}
