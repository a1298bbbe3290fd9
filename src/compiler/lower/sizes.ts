/** Operators on Sizes, Ratios and sizes of axes, which may be symbolic. Results are exact, or there is none. */
// Tested by test/compiler/lower/kinds.test.ts.
import { addDims, boundsOf, constantTerm, dimsEqual, formatDim, mulDims, subDims, type Dim } from '../ir/dims';
import type { BinaryOperator } from '../syntax/ast';
import type { Span } from '../source';
import type { Context } from './context';
import { divideDims } from './open-size';
import { asDim, dimValue, formatSize, numberValue, type Evaluated, type RatioValue, type SizeValue } from './values';

/** `left operator right`, with the place where it is written. */
export interface Operation<V = Evaluated> {
  readonly operator: BinaryOperator;
  readonly left: V;
  readonly right: V;
  readonly span: Span;
}

/** The result of an operator on one kind of operands; null if the operands are of another kind. */
export type OperatorRule = (ctx: Context, operation: Operation) => Evaluated | null;

/** Operators on two whole numbers, one of them symbolic; null if the result is not a whole number, or not known. */
export const symbolic: OperatorRule = (ctx, { operator, left, right, span }) => {
  const [a, b] = [asDim(left), asDim(right)];
  if (a === null || b === null) return null;
  switch (operator) {
    case '+':
      return dimValue(addDims(a, b));
    case '-':
      return dimValue(subDims(a, b));
    case '*':
      return dimValue(mulDims(a, b));
    case '/':
      return valueOf(divideDims(ctx, a, b));
    case '%':
      return valueOf(remainder(ctx, a, b));
    case '<':
    case '<=':
    case '>':
    case '>=':
      return {
        kind: 'boolean',
        value: isOrdered(operator, a, b) ?? undecided(ctx, `${formatDim(a)} ${operator} ${formatDim(b)}`, span),
      };
    default:
      return null;
  }
};

/** Whether two whole numbers or Sizes, one of them symbolic, are equal at every size; reported if they are equal only at some. */
export function equalSizes(ctx: Context, left: Evaluated, right: Evaluated, span: Span): boolean | null {
  const pairs = left.kind === 'size' && right.kind === 'size' ? sidesOf(left, right) : [[asDim(left), asDim(right)]];
  const answers = pairs.map(([a, b]) => {
    if (a === null || b === null) return null;
    if (dimsEqual(a, b)) return true;
    const { least, most } = boundsOf(subDims(a, b));
    return least > 0 || most < 0 ? false : undecided(ctx, `${formatDim(a)} == ${formatDim(b)}`, span);
  });
  return answers.includes(null) ? null : !answers.includes(false);
}

/** `size / grid`, `size * 2`, `size % patch`: the other operand is a Size, or a number for both sides. */
export const sizes: OperatorRule = (ctx, { operator, left, right, span }) => {
  if (operator === '*' && right.kind === 'size' && left.kind !== 'size')
    return sizes(ctx, { operator, left: right, right: left, span });
  if (left.kind !== 'size' || (operator !== '/' && operator !== '*' && operator !== '%')) return null;
  const number = asDim(right);
  const by = right.kind === 'size' ? right : number !== null ? { height: number, width: number } : null;
  if (!by) return null;
  const sides = sidesOf(left, by);
  if (operator === '*') return sizeOf(sides.map(([a, b]) => mulDims(a, b)));
  if (by.height === 0 || by.width === 0) return ctx.fail('division-by-zero', span, { text: 'The size' });
  const results = sides.map(([a, b]) => (operator === '/' ? divideDims(ctx, a, b) : remainder(ctx, a, b)));
  const known = results.filter((d) => d !== null);
  if (operator === '%') return known.length === 2 ? dimValue(addDims(known[0], known[1])) : null;
  return known.length === 2 ? sizeOf(known) : uneven(ctx, left, by, span);
};

/** `n / 4:1`, `n % 4:1`, `n * 4:1`. */
export const ratios: OperatorRule = (ctx, { operator, left, right, span }) => {
  if (operator === '*' && left.kind === 'ratio' && right.kind !== 'ratio')
    return ratios(ctx, { operator, left: right, right: left, span });
  if (right.kind !== 'ratio' || (left.kind !== 'number' && left.kind !== 'dim')) return null;
  const r: RatioValue = right;
  if (operator === '/' && r.left === 0)
    return ctx.fail('division-by-zero', span, { text: `${formatDim(left.value)} / ${r.left}:${r.right}` });
  if (left.kind === 'dim') {
    if (operator === '%') return valueOf(remainder(ctx, mulDims(left.value, r.right), r.left));
    if (operator === '*') return valueOf(divideDims(ctx, mulDims(left.value, r.left), r.right));
    return operator === '/' ? valueOf(divideDims(ctx, mulDims(left.value, r.right), r.left)) : null;
  }
  if (operator === '%') return numberValue((left.value * r.right) % r.left, true);
  if (operator === '*') return numberValue((left.value * r.left) / r.right);
  if (operator !== '/') return null;
  return numberValue((left.value * r.right) / r.left, undefined, `${left.value} / ${r.left}:${r.right}`);
};

/** The largest divisor that is tried. Beyond it, divisors are found only as n / d of a smaller divisor d. */
const mostTried = 1e6;

/** The divisors of a whole number, ascending. */
export function divisors(n: number): number[] {
  const small: number[] = [];
  const large: number[] = [];
  for (let d = 1; d * d <= n && d <= mostTried; d++) {
    if (n % d !== 0) continue;
    small.push(d);
    if (d * d !== n) large.unshift(n / d);
  }
  return [...small, ...large];
}

type Sides = Pick<SizeValue, 'height' | 'width'>;

function sidesOf(a: Sides, b: Sides): [Dim, Dim][] {
  return [
    [a.height, b.height],
    [a.width, b.width],
  ];
}

function sizeOf([height, width]: readonly Dim[]): SizeValue {
  return { kind: 'size', height, width };
}

function valueOf(d: Dim | null): Evaluated | null {
  return d === null ? null : dimValue(d);
}

/** a % b, if b divides every term of a but the constant one; null if the remainder is not known. */
function remainder(ctx: Context, a: Dim, b: Dim): number | null {
  if (typeof b !== 'number' || b === 0) return null;
  const rest = constantTerm(a);
  return divideDims(ctx, subDims(a, rest), b) === null ? null : rest % b;
}

/** Whether `a operator b` holds at every size, or at none; null if it holds only at some. */
function isOrdered(operator: '<' | '<=' | '>' | '>=', a: Dim, b: Dim): boolean | null {
  const { least, most } = boundsOf(subDims(a, b));
  switch (operator) {
    case '<':
      if (most < 0 || least >= 0) return most < 0;
      break;
    case '<=':
      if (most <= 0 || least > 0) return most <= 0;
      break;
    case '>':
      if (least > 0 || most <= 0) return least > 0;
      break;
    case '>=':
      if (least >= 0 || most < 0) return least >= 0;
  }
  return null;
}

function undecided(ctx: Context, question: string, span: Span): never {
  return ctx.fail('size-undecided', span, { question });
}

function uneven(ctx: Context, left: SizeValue, by: Sides, span: Span): never {
  const sides = sidesOf(left, by).map(([a, b]) =>
    typeof a === 'number' && typeof b === 'number' ? String(a / b) : `(${formatDim(a)}) / (${formatDim(b)})`,
  );
  const found = `${formatSize(left)} / ${formatSize(by)} = ${sides.join('x')}`;
  return ctx.fail('not-an-integer', span, { what: 'A size', found, nearest: divisorHint(left) });
}

/** `Both sides are divided by 1, 2, 4, …`. */
function divisorHint({ height, width }: SizeValue): string {
  if (typeof height !== 'number' || typeof width !== 'number') return '';
  const common = divisors(height).filter((d) => width % d === 0);
  return `Both sides are divided by ${common.slice(0, 16).join(', ')}.`;
}
