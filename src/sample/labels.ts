/** Reads lists of classes: numbers, ranges and names. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { kindOf, requireList } from '../compiler/diagnostics/require-kind';
import { suggest } from '../compiler/diagnostics/suggest';

/** The most rows shown by default. */
const mostByDefault = 10;
/** The most rows of one range, so that a typing error does not fill memory. */
const mostInRange = 1e6;

/**
 * Labels of a list such as `0-4,7` or `flags, food & drink`; without a list all classes, at most ten. `names` are the
 * classes' names by label if they are known; the label `classes` itself means "no class". If something could be both, `#2` is a number
 * and `=2` a name. Text in double quotes is a name, which may contain commas; `""` in it is one quote.
 */
export function readLabels(list: string | null, classes: number, names: readonly string[] = []): number[] {
  if (list === null) return Array.from({ length: Math.min(classes, mostByDefault) }, (_, i) => i);
  return partsOf(list).flatMap((part) => readPart(part.trim(), classes, names));
}

/** Throws for a label that is neither a class nor `classes` itself, which stands for "no class". */
export function checkLabels(labels: readonly number[], classes: number): void {
  requireList('labels', labels);
  const wrong = labels.findIndex((label) => !(Number.isInteger(label) && label >= 0 && label <= classes));
  if (wrong >= 0)
    throw new WeftError(
      `The label ${typeof labels[wrong] === 'number' ? labels[wrong] : kindOf(labels[wrong])} is none of the ${classes} classes.`,
      `Labels are whole numbers from 0 to ${classes - 1}, and ${classes} for "no class".`,
    );
  if (labels.length === 0)
    throw new WeftError('There are no labels.', 'Give one for each image, or leave `labels` out.');
}

/** The parts between commas, except commas inside quotes. */
function partsOf(list: string): string[] {
  const parts = list.match(/(?:^|,)(?:\s*"(?:[^"]|"")*"\s*(?=,|$)|[^,]*)/g) ?? [];
  return parts.map((part) => part.replace(/^,/, ''));
}

function readPart(text: string, classes: number, names: readonly string[]): number[] {
  const quoted = /^"(.*)"$/s.exec(text)?.[1].replaceAll('""', '"');
  if (quoted !== undefined) {
    // A name may itself contain quotes at both ends.
    const label = byName(quoted, names) ?? byName(text, names);
    if (label !== null) return [label];
    throw noName(quoted, classes, names);
  }
  const [numbers, name] = [byNumber(text.replace(/^#/, '')), byName(text.replace(/^=/, ''), names)];
  const named = text.startsWith('#') ? null : name;
  if (numbers && !text.startsWith('=')) {
    const known = numbers.every((label) => label <= classes);
    if (known && named !== null && numbers.join() !== String(named)) throw ambiguous(text, numbers, named, names);
    if (known) return numbers;
    if (named === null) throw noNumber(text, classes);
  }
  if (named !== null) return [named];
  throw noName(text, classes, names);
}

/** The numbers of `3` or `0-4`, in order; null for anything else. */
function byNumber(text: string): number[] | null {
  const range = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(text);
  if (!range) return null;
  const [from, to] = [Number(range[1]), Number(range[2] ?? range[1])];
  if (from > to || to - from > mostInRange) return [Infinity];
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

/** Ways to compare names, the strictest first: some systems store `ü` in folder names as two characters, keyboards give one. */
const readings: readonly ((name: string) => string)[] = [
  (name) => name,
  (name) => name.normalize('NFC'),
  (name) => name.normalize('NFC').toLowerCase(),
];

/** The label of a name; null if no class has it. */
function byName(text: string, names: readonly string[]): number | null {
  for (const read of readings) {
    const label = names.findIndex((name) => read(name) === read(text));
    if (label >= 0) return label;
  }
  return null;
}

function ambiguous(text: string, [first]: readonly number[], named: number, names: readonly string[]): WeftError {
  const meant = names[first] === undefined ? 'no class' : `class "${names[first]}"`;
  return new WeftError(
    `"${text}" is the number of ${meant} and the name of class ${named}.`,
    `Write "#${text}" for the number or "=${text}" for the name.`,
    2,
  );
}

function noNumber(text: string, classes: number): WeftError {
  const hint = `Classes are 0 to ${classes - 1}; ${classes} stands for "no class".`;
  return new WeftError(`There is no class ${text}.`, hint, 2);
}

function noName(text: string, classes: number, names: readonly string[]): WeftError {
  const near = suggest(text, names);
  const known = names.length > 0 ? `Classes are ${names.join(', ')}.` : `Give numbers from 0 to ${classes - 1}.`;
  const long = names.find((name) => name.includes(',') && name.split(',').some((part) => isAlike(part, text)));
  if (long !== undefined) {
    const hint = `Commas part labels; a name with one stands in double quotes: --labels '"${long.replaceAll('"', '""')}"'.`;
    return new WeftError(`There is no class "${text}".`, hint, 2);
  }
  const hint = near.length > 0 ? `Did you mean ${near.join(' or ')}?` : known;
  return new WeftError(`There is no class "${text}".`, hint, 2);
}

function isAlike(part: string, text: string): boolean {
  return text !== '' && part.trim().toLowerCase() === text.replace(/^"/, '').toLowerCase();
}
