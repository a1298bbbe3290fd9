/** Ranges of numbers for parameters, settings and flags; NaN and infinity are never in a range. */
import { WeftError } from '../diagnostics/diagnostic';
import { kindOf } from '../diagnostics/require-kind';

export interface NumberRange {
  readonly whole?: boolean;
  /** The smallest number allowed. */
  readonly min?: number;
  /** Numbers must be larger than this. */
  readonly above?: number;
  /** The largest number allowed. */
  readonly max?: number;
  /** Numbers must be smaller than this. */
  readonly below?: number;
  /** Set if numbers are used only in arithmetic while a model is built. Others become 32-bit floats and must be in range then too. */
  readonly double?: true;
}

/** The largest size of an axis and the largest count: the largest signed 32-bit integer. */
export const largestSize = 2 ** 31 - 1;

/** Sizes of axes: whole numbers of at least 1. */
export const sizeRange: NumberRange = { whole: true, min: 1, max: largestSize };
/** Counts and positions: whole numbers of at least 0. */
export const countRange: NumberRange = { whole: true, min: 0, max: largestSize };
/** Numbers above 0, such as an epsilon that prevents division by 0. */
export const positiveRange: NumberRange = { above: 0 };
export const nonNegativeRange: NumberRange = { min: 0 };
export const probabilityRange: NumberRange = { min: 0, max: 1 };
/** The share of an average that is kept, from 0 to less than 1; at 1 the average would never change. */
export const decayRange: NumberRange = { min: 0, below: 1 };
export const seedRange: NumberRange = { whole: true, min: 0, max: largestSize };
/** The opsets that ONNX files can be written with. */
export const opsetRange = { whole: true, min: 17, max: 25 } as const;

const smallestNormal = 2 ** -126;

/** The number as a 32-bit float; subnormal numbers become 0, as on many backends. */
function inSingle(value: number): number {
  return Math.abs(value) < smallestNormal ? 0 : Math.fround(value);
}

/** Whether the number fits into a 32-bit float, without becoming infinite or 0. */
function fitsSingle(value: number): boolean {
  return Number.isFinite(inSingle(value)) && (value === 0 || inSingle(value) !== 0);
}

/** Describes the range if `value` is outside it; null if `value` is in range. */
export function outOfRange(range: NumberRange, value: number): string | null {
  if (!within(range, value)) return describeRange(range, value);
  const held = range.whole || range.double || (fitsSingle(value) && within(range, inSingle(value)));
  return held ? null : `${describeRange(range, value)} in 32 bits, which hold 7 digits, from 1.2e-38 to 3.4e38`;
}

/** Throws if a value that a program gives is not a number in the range. */
export function requireInRange(name: string, value: unknown, range: NumberRange): asserts value is number {
  if (typeof value !== 'number') throw new WeftError(`${name} must be a number, not ${kindOf(value)}.`, null, 2);
  const wanted = outOfRange(range, value);
  if (wanted !== null) throw new WeftError(`${name} is ${value}, but must be ${wanted}.`);
}

function within(range: NumberRange, value: number): boolean {
  const { whole = false, min = -Infinity, above = -Infinity, max = Infinity, below = Infinity } = range;
  const isNumber = whole ? Number.isSafeInteger(value) : Number.isFinite(value);
  return isNumber && value >= min && value > above && value <= max && value < below;
}

/** `a whole number of at least 1`, `above 0`, `between 0 and 1`. A limit of storage is named only if `value` exceeds it. */
export function describeRange({ whole, min, above, max, below }: NumberRange, value = 0): string {
  const top = max === largestSize && !(value > max) ? undefined : max;
  const lower = min !== undefined ? `at least ${min}` : above !== undefined ? `above ${above}` : '';
  const upper = top !== undefined ? `at most ${top}` : below !== undefined ? `below ${below}` : '';
  if (whole && min !== undefined && top !== undefined) return `a whole number from ${min} to ${top}`;
  const bounds = [lower, upper].filter(Boolean).join(' and ');
  if (whole) return bounds ? `a whole number of ${bounds}` : 'a whole number';
  if (min !== undefined && top !== undefined) return `between ${min} and ${top}`;
  return bounds || 'a finite number';
}
