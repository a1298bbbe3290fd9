/** Says in words what settings take, for docs/settings.md and for editors. */
// Tested by test/docs/reference.test.ts.
import { describeRange } from '../bind/number-range';
import { writtenStandard } from './choices';
import type { Field } from './field';

/** The values that a setting takes, in words. */
export function kindOf({ takes }: Field<unknown>): string {
  const words = (list: readonly string[]): string => list.map((w) => `\`${w}\``).join(', ');
  switch (takes.kind) {
    case 'number':
      return `a number, ${describeRange(takes)}${takes.or ? `, or ${takes.or}` : ''}`.replace('a number, a ', 'a ');
    case 'numbers':
      return `${takes.count} numbers in parentheses, each ${describeRange(takes)}`;
    case 'word':
      return `one of ${words(takes.words)}`;
    case 'words':
      return `some of ${words(takes.words)}`;
    case 'strings':
      return 'a list of strings';
    case 'string':
      return takes.words ? `a string, or one of ${words(takes.words)}` : 'a string';
    case 'file-or-model':
      return `${takes.file} or a model`;
    case 'model':
      return 'a model';
    case 'boolean':
      return '`true` or `false`';
    case 'expression':
      return 'arithmetic';
    case 'place':
      return 'a tap or a block';
    case 'call':
      return `one of ${words(Object.keys(takes.choices))}`;
    case 'calls':
      return `some of ${words(Object.keys(takes.choices))}`;
  }
}

/** The default of a setting, in words. */
export function defaultOf({ standard }: Field<unknown>): string {
  if (standard === undefined) return 'must be given';
  if (standard === null || (Array.isArray(standard) && standard.length === 0)) return 'none by default';
  const written = writtenStandard(standard);
  return `\`${Array.isArray(standard) && standard.length === 1 ? `(${written})` : written}\` by default`;
}
