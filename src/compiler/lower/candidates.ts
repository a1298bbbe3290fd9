/** Other values to try in place of a given one, nearest first. */
// Tested by test/compiler/lower/requirement-hints.test.ts.
import { sourceOf } from '../bind/signature';
import type { Expression, TypeNode } from '../syntax/ast';
import { numberValue, type Evaluated, type SizeValue } from './values';

/** Every whole number up to this far from the given one is tried. */
const reach = 64;
/** The largest number of trials for one parameter. */
const most = 400;
const largest = 1e9;

/** Values of the same kind as `given`, among them the numbers in `condition` and their neighbours. */
export function candidates(given: Evaluated, type: TypeNode | null, condition: Expression): readonly Evaluated[] {
  const named = numbersIn(sourceOf(condition));
  switch (given.kind) {
    case 'boolean':
      return [{ kind: 'boolean', value: !given.value }];
    case 'word':
      return type?.kind === 'choice-type'
        ? type.words.filter((w) => w.name !== given.name).map(({ name }) => ({ kind: 'word', name }))
        : [];
    case 'number':
      return isWhole(given.isInteger, type)
        ? wholes(given.value, named).map((n) => numberValue(n, true))
        : fractions(given.value, named).map((n) => numberValue(n, false));
    case 'ratio':
      return wholes(given.left, named)
        .filter((n) => n > 0)
        .map((left) => ({ ...given, left }));
    case 'size':
      return sizes(given, named);
    default:
      return [];
  }
}

function isWhole(isInteger: boolean, type: TypeNode | null): boolean {
  return isInteger && !(type?.kind === 'named-type' && type.name.name === 'Float');
}

function numbersIn(text: string): readonly number[] {
  const found = text.match(/(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?k?/gi) ?? [];
  return found.map((n) => (n.endsWith('k') ? Number(n.slice(0, -1)) * 1000 : Number(n)));
}

/** Whole numbers around `given`, small ones, round ones, and those that the condition names. */
function wholes(given: number, named: readonly number[]): readonly number[] {
  const near = range(reach).flatMap((d) => [given + d, given - d]);
  const round = range(12).flatMap((k) => multiplesNear(given, 2 ** k));
  const powers = range(14).flatMap((k) => [2 ** k, 3 * 2 ** k]);
  const beside = named.flatMap((n) => [n - 1, n + 1, ...multiplesNear(given, n)]);
  const least = given > 0 ? 1 : -reach;
  const all = [...near, ...round, ...range(16), ...powers, ...beside].filter((n) => n >= least);
  return nearest([...all, ...named].filter(Number.isInteger), given);
}

function fractions(given: number, named: readonly number[]): readonly number[] {
  const scaled = [0.1, 0.5, 0.9, 1.1, 1.5, 2, 10].map((f) => given * f);
  const around = [given, ...named].flatMap((n) => [n, ...[0.01, 0.1, 0.5, 1].flatMap((d) => [n - d, n + d])]);
  const between = named.flatMap((a) => named.map((b) => (a + b) / 2));
  const all = [...scaled, ...around, ...between, 0, 0.5, 1].map((n) => Number(n.toPrecision(6)));
  return nearest(given >= 0 ? all.filter((n) => n >= 0 || named.length > 0) : all, given);
}

/** Changes one side, both sides by the same amount, or both to multiples of one number. Squares come first for a square. */
function sizes({ height: h, width: w }: SizeValue, named: readonly number[]): readonly Evaluated[] {
  if (typeof h !== 'number' || typeof w !== 'number') return [];
  const [tall, wide] = [wholes(h, named), wholes(w, named)];
  const steps = [...range(reach), ...named.filter((n) => n > 0)];
  const stepped = steps.flatMap((m) => multiplesNear(h, m).flatMap((a) => multiplesNear(w, m).map((b) => [a, b])));
  const square = h === w ? tall.map((a) => [a, a]) : [];
  const pairs = [...square, ...stepped, ...tall.map((a) => [a, w]), ...wide.map((b) => [h, b])];
  const distance = ([a, b]: readonly number[]): number =>
    Math.max(Math.abs(a - h), Math.abs(b - w)) + (h !== w || a === b ? 0 : largest);
  const different = new Map(pairs.map((p) => [p.join('x'), p]));
  return [...different.values()]
    .filter(([a, b]) => a > 0 && b > 0 && Number.isInteger(a + b) && (a !== h || b !== w))
    .sort((p, q) => distance(p) - distance(q))
    .slice(0, most)
    .map(([height, width]) => ({ kind: 'size', height, width }));
}

/** The multiples of `step` just below and above. */
function multiplesNear(n: number, step: number): readonly number[] {
  if (!(step > 0)) return [];
  const below = Math.floor(n / step) * step;
  return [below, below + step];
}

function nearest(all: readonly number[], given: number): readonly number[] {
  const different = [...new Set(all)].filter((n) => n !== given && Math.abs(n) <= largest);
  // If the given number is positive, others come last.
  const distance = (n: number): number => Math.abs(n - given) + (given > 0 && n <= 0 ? largest : 0);
  return different.sort((a, b) => distance(a) - distance(b)).slice(0, most);
}

/** 1, 2, … `count`. */
function range(count: number): readonly number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
