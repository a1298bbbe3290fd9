/** Checks of numbers of the language: sizes of axes, ranges, and finite results. */
// Tested by test/compiler/lower/kinds.test.ts.
import { outOfRange, sizeRange, type NumberRange } from '../bind/number-range';
import type { Dim } from '../ir/dims';
import type { Span } from '../source';
import type { Context } from './context';
import { describe, formatNumber, formatSize, type Evaluated, type NumberValue, type SizeValue } from './values';

/** The size of an axis from a value: a whole number of at least 1, or symbolic. `what` names it in messages. */
export function sizeOf(ctx: Context, v: Evaluated, span: Span, what: string): Dim {
  if (v.kind === 'dim') return v.value;
  if (v.kind !== 'number')
    return ctx.fail('wrong-kind', span, { what, expected: 'a whole number', found: describe(v) });
  if (!v.isInteger) return notWhole(ctx, v, span, what);
  return inRange(ctx, v, { what, span }, sizeRange);
}

/** Height and width of a Size, each a whole number of at least 1 or open. */
export function sidesOf(ctx: Context, { height, width }: SizeValue, span: Span, what: string): readonly [Dim, Dim] {
  for (const side of [height, width]) {
    if (typeof side === 'number' && outOfRange(sizeRange, side) !== null) {
      const range = 'of whole numbers from 1 on';
      return ctx.fail('out-of-range', span, { what, found: formatSize({ height, width }), range });
    }
  }
  return [height, width];
}

/** The number; if it is outside its range, it is reported as `what`. */
export function inRange(
  ctx: Context,
  v: NumberValue,
  { what, span }: { readonly what: string; readonly span: Span },
  range: NumberRange,
): number {
  const wanted = outOfRange(range, v.value);
  return wanted === null ? v.value : ctx.fail('out-of-range', span, { what, found: formatNumber(v), range: wanted });
}

export function notWhole(ctx: Context, v: NumberValue, span: Span, what: string): never {
  if (Number.isInteger(v.value)) return wholeFloat(ctx, v, span, what);
  const nearest = `The nearest whole numbers are ${Math.floor(v.value)} and ${Math.ceil(v.value)}.`;
  return ctx.fail('not-an-integer', span, { what, found: `it is ${formatNumber(v)}`, nearest });
}

/** Reports `1e3` or `2 * 0.5`: a whole number, but a Float, which may have lost digits. */
function wholeFloat(ctx: Context, v: NumberValue, span: Span, what: string): never {
  const written = Number.isSafeInteger(v.value) && v.text === null ? `Write ${v.value}` : 'Write `round(…)` around it';
  const nearest = `${written}: arithmetic with a point or an exponent gives a Float.`;
  return ctx.fail('not-an-integer', span, { what, found: `it is the Float ${formatNumber(v)}`, nearest });
}

/** Checks that a number used with tensors fits into their 32-bit floats. */
export function inSinglePrecision(ctx: Context, v: Evaluated, span: Span): void {
  if (v.kind === 'number') inRange(ctx, v, { what: 'A number that meets tensors', span }, {});
}

/** The result of static arithmetic; reported if it is infinite or NaN. */
export function finite(ctx: Context, v: NumberValue, span: Span): NumberValue {
  if (Number.isFinite(v.value)) return v;
  const found = Number.isNaN(v.value) ? 'not a number' : 'larger than any number';
  return ctx.fail('not-finite', span, { text: v.text ?? 'This', found });
}
