/** Einops patterns: from `"n (h e) -> h n e"` and a shape to reshape, transpose, reshape. */
// Tested by test/diagnostics/cases.test.ts.
import { counted } from '../diagnostics/counted';
import { dimsEqual, divDims, formatDim, mulDims, type Dim, type Shape } from '../ir/dims';
import { held } from '../invariant';

export interface RearrangePlan {
  /** The input with a separate axis for every name on the left. */
  readonly split: Shape;
  readonly perm: readonly number[];
  readonly merged: Shape;
}
const mostAxes = 64;

type Axis = readonly string[];
/** a / b; null if b does not divide a. */
type Divide = (a: Dim, b: Dim) => Dim | null;

export function rearrangePlan(
  pattern: string,
  shape: Shape,
  given: ReadonlyMap<string, Dim>,
  divide: Divide = divDims,
): RearrangePlan | { malformed: string } | { mismatch: string } {
  const sides = sidesOf(pattern);
  if (typeof sides === 'string') return { malformed: sides };
  const { left, right } = sides;
  const malformed = checkNames(left.flat(), right.flat(), given);
  if (malformed) return { malformed };
  if (left.length !== shape.length) {
    return { mismatch: `the left side has ${counted(left.length, 'axis', 'axes')} and the tensor ${shape.length}` };
  }
  const sizes = solveSizes(left, shape, given, divide);
  if (typeof sizes === 'string') return { mismatch: sizes };
  const names = left.flat().filter((n) => n !== '1');
  const sizeOf = (n: string): Dim => held(sizes, n);
  return {
    split: names.map(sizeOf),
    perm: right
      .flat()
      .filter((n) => n !== '1')
      .map((n) => names.indexOf(n)),
    merged: right.map((axis) => axis.map((n) => (n === '1' ? 1 : sizeOf(n))).reduce<Dim>(mulDims, 1)),
  };
}

interface Sides {
  readonly left: readonly Axis[];
  readonly right: readonly Axis[];
}

const patterns = new Map<string, Sides | string>();
/** Limit on remembered patterns, since an editor may check many texts in one process. */
const mostPatterns = 1000;

/** The two sides of a pattern, or a sentence that says what is wrong with it. Parsed once: blocks are built many times. */
function sidesOf(pattern: string): Sides | string {
  const known = patterns.get(pattern);
  if (known !== undefined) return known;
  const sides = parseSides(pattern);
  if (patterns.size >= mostPatterns) patterns.clear();
  patterns.set(pattern, sides);
  return sides;
}

function parseSides(pattern: string): Sides | string {
  const sides = pattern.split('->');
  if (sides.length !== 2) return 'there must be exactly one arrow ->';
  const left = parseSide(sides[0]);
  const right = parseSide(sides[1]);
  if (typeof left === 'string') return left;
  if (typeof right === 'string') return right;
  const isLong = left.flat().length > mostAxes || right.flat().length > mostAxes;
  return isLong ? `a side has more than ${mostAxes} axes` : { left, right };
}

function parseSide(text: string): Axis[] | string {
  const axes: string[][] = [];
  let group: string[] | null = null;
  for (const token of text.match(/[A-Za-z_]\w*|\d+|\S/g) ?? []) {
    if (token === '(') {
      if (group) return 'parentheses cannot be nested';
      group = [];
      axes.push(group);
    } else if (token === ')') {
      if (!group) return 'a closing parenthesis has no opening one';
      group = null;
    } else if (/^[A-Za-z_]/.test(token) || token === '1') {
      if (group) group.push(token);
      else axes.push([token]);
    } else return `"${token}" is not a name of an axis (the only number allowed is 1)`;
  }
  return group ? 'a parenthesis is not closed' : axes;
}

function checkNames(left: readonly string[], right: readonly string[], given: ReadonlyMap<string, Dim>): string | null {
  for (const side of [left, right]) {
    const names = side.filter((n) => n !== '1');
    const twice = names.find((n, i) => names.indexOf(n) !== i);
    if (twice) return `the axis ${twice} stands twice on one side`;
  }
  const lost = left.find((n) => n !== '1' && !right.includes(n));
  if (lost) return `the axis ${lost} is on the left but not on the right`;
  const made = right.find((n) => n !== '1' && !left.includes(n));
  if (made) return `the axis ${made} is on the right but not on the left`;
  const unused = [...given.keys()].find((n) => !left.includes(n));
  return unused === undefined ? null : `a size is given for ${unused}, which is not in the pattern`;
}

/** The sizes of all named axes, or a sentence that says what does not fit. */
function solveSizes(
  left: readonly Axis[],
  shape: Shape,
  given: ReadonlyMap<string, Dim>,
  divide: Divide,
): Map<string, Dim> | string {
  const sizes = new Map(given);
  for (const [i, axis] of left.entries()) {
    const total = shape[i];
    const unknown = axis.filter((n) => n !== '1' && !sizes.has(n));
    const known = axis.reduce<Dim>((product, n) => mulDims(product, sizes.get(n) ?? 1), 1);
    const text = axis.length === 1 ? axis[0] : `(${axis.join(' ')})`;
    if (unknown.length > 1) return `the sizes of ${unknown.join(' and ')} in ${text} are not known; give all but one`;
    if (unknown.length === 0) {
      if (!dimsEqual(known, total))
        return `${text} is ${formatDim(known)}, but axis ${i} of the tensor is ${formatDim(total)}`;
      continue;
    }
    const rest = divide(total, known);
    if (rest === null) return `axis ${i} is ${formatDim(total)}, which ${formatDim(known)} does not divide (${text})`;
    sizes.set(unknown[0], rest);
  }
  return sizes;
}
