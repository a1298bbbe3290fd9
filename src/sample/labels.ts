/** Reads which classes are wanted: numbers, ranges and names. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { suggest } from '../compiler/diagnostics/suggest';

/** Rows shown when nothing else is asked for. */
const mostByDefault = 10;

/**
 * Labels of a list such as `0-4,7` or `flags, food & drink`; without a list all classes, ten at most. `names` are the
 * classes' names by label where they are known; the label `classes` itself stands for "no class".
 */
export function readLabels(list: string | null, classes: number, names: readonly string[] = []): number[] {
  if (list === null) return Array.from({ length: Math.min(classes, mostByDefault) }, (_, i) => i);
  return list.split(',').flatMap((part) => readPart(part.trim(), classes, names));
}

function readPart(text: string, classes: number, names: readonly string[]): number[] {
  const range = /^(\d+)(?:-(\d+))?$/.exec(text);
  if (range) {
    const [from, to] = [Number(range[1]), Number(range[2] ?? range[1])];
    if (from <= to && to <= classes) return Array.from({ length: to - from + 1 }, (_, i) => from + i);
    throw new WeftError(
      `There is no class ${text}.`,
      `Classes are 0 to ${classes - 1}; ${classes} stands for "no class".`,
      2,
    );
  }
  const label = names.findIndex((name) => name.toLowerCase() === text.toLowerCase());
  if (label >= 0) return [label];
  const near = suggest(text, names);
  const known = names.length > 0 ? `Classes are ${names.join(', ')}.` : `Give numbers from 0 to ${classes - 1}.`;
  throw new WeftError(
    `There is no class "${text}".`,
    near.length > 0 ? `Did you mean ${near.join(' or ')}?` : known,
    2,
  );
}
