/** Compares the weights that a model needs with those in a file, and reports all differences at once. */
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { printable } from '../compiler/diagnostics/printable';
import { suggest } from '../compiler/diagnostics/suggest';
import { held } from '../compiler/invariant';

export interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Lines shown for one kind of difference; the rest are counted. */
const mostLines = 20;

/**
 * Throws one WeftError that lists missing, unknown and misshapen tensors; names that differ only in block numbers share a line.
 * `where` names the file. With `extra: 'ignore'`, tensors that the model does not know are accepted (a projector used in training).
 */
export function checkWeights(
  expected: readonly NamedShape[],
  found: readonly NamedShape[],
  { where = 'the weights', extra: extras = 'refuse' }: { where?: string; extra?: 'refuse' | 'ignore' } = {},
): void {
  const have = new Map(found.map((t) => [t.name, t.shape]));
  const want = new Map(expected.map((t) => [t.name, t.shape]));
  const missing = expected.filter((t) => !have.has(t.name));
  const extra = extras === 'ignore' ? [] : found.filter((t) => !want.has(t.name));
  const misshapen = expected.filter((t) => have.has(t.name) && held(have, t.name).join() !== t.shape.join());
  if (missing.length + extra.length + misshapen.length === 0) return;
  const unused = found.filter((t) => !want.has(t.name)).map((t) => t.name);
  const groups = [
    ...groupsOf(missing).map((g) => ({
      ...g,
      line: (t: NamedShape) => `missing  ${describe(t)}${didYouMean(t.name, unused)}`,
    })),
    ...groupsOf(misshapen).map((g) => ({
      ...g,
      line: (t: NamedShape) => `shape    ${t.name}: ${shapes(t.shape, held(have, t.name))}`,
    })),
    ...groupsOf(extra).map((g) => ({ ...g, line: (t: NamedShape) => `unknown  ${describe(t)}` })),
  ];
  const hidden = groups.length - mostLines;
  // Only the lines that are shown are written, since the search for similar names takes time.
  const lines = (hidden > 1 ? groups.slice(0, mostLines) : groups).map(
    ({ first, count, line }) => line(first) + alike(count),
  );
  const shown = hidden > 1 ? [...lines, `… and ${hidden} more lines`] : lines;
  const counts = [
    missing.length > 0 &&
      `${missing.length} of ${counted(expected.length, 'tensor')} ${missing.length === 1 ? 'is' : 'are'} missing`,
    misshapen.length > 0 && counted(misshapen.length, 'has another shape', 'have another shape'),
    extra.length > 0 && counted(extra.length, 'is unknown to the model', 'are unknown to the model'),
  ].filter(Boolean);
  throw new WeftError(
    `${capital(where)} do not fit the model: ${counts.join(', ')}.\n  ${shown.join('\n  ')}`,
    advice(missing, misshapen, have, unused),
  );
}

/** Tensors whose names differ only in numbers. */
interface Group<T> {
  readonly first: T;
  readonly count: number;
}

function groupsOf<T extends NamedShape>(tensors: readonly T[]): Group<T>[] {
  const groups = new Map<string, { first: T; count: number }>();
  for (const t of tensors) {
    const key = `${t.name.replace(/\d+/g, '#')} ${t.shape.join()}`;
    const group = groups.get(key);
    if (group) group.count++;
    else groups.set(key, { first: t, count: 1 });
  }
  return [...groups.values()];
}

/** One line for tensors whose names differ only in numbers, with a count; the line describes the first of them. */
export function grouped<T extends NamedShape>(tensors: readonly T[], line: (t: T) => string): string[] {
  return groupsOf(tensors).map(({ first, count }) => line(first) + alike(count));
}

function alike(count: number): string {
  return count > 1 ? ` (and ${count - 1} like it)` : '';
}

/** Advice drawn from a pattern that the differences share. */
function advice(
  missing: readonly NamedShape[],
  misshapen: readonly NamedShape[],
  have: ReadonlyMap<string, readonly number[]>,
  unused: readonly string[],
): string {
  const prefix = commonPrefix(missing, unused);
  if (prefix) return `Every name in the file begins with "${printable(prefix)}"; save the weights without it.`;
  if (misshapen.length > 0 && misshapen.every((t) => isTransposed(t.shape, held(have, t.name)))) {
    return 'The matrices are transposed: weights of linear layers are stored [out, in].';
  }
  return 'Check that the weights were made with the same hyper-parameters; `weft inspect` shows what the model has.';
}

/** A prefix (`module.`) under which the file has all missing tensors. */
function commonPrefix(missing: readonly NamedShape[], unused: readonly string[]): string | null {
  if (missing.length === 0) return null;
  const held = new Set(unused);
  const candidate = unused.find((name) => name.endsWith(`.${missing[0].name}`));
  const prefix = candidate?.slice(0, -missing[0].name.length);
  return prefix && missing.every((t) => held.has(prefix + t.name)) ? prefix : null;
}

function didYouMean(name: string, unused: readonly string[]): string {
  const near = suggest(name, unused);
  return near.length > 0 ? ` — the file has ${printable(near[0])}` : '';
}

function shapes(want: readonly number[], got: readonly number[]): string {
  const note = isTransposed(want, got) ? ', its transpose' : '';
  return `the model has [${want.join(', ')}], the file [${got.join(', ')}]${note}`;
}

function isTransposed(want: readonly number[], got: readonly number[]): boolean {
  return want.length === 2 && want[0] !== want[1] && got.length === 2 && want[0] === got[1] && want[1] === got[0];
}

function describe({ name, shape }: NamedShape): string {
  return `${printable(name)} [${shape.join(', ')}]`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
