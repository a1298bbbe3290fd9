/** Conditions that a sample section gives: `given low = "small.png"`, `given style = (0.1, -2)`. */
// Tested by test/sample/given.test.ts.
import { diagnose } from '../diagnostics/diagnostic';
import { makesMask } from '../lower/givens/conditions';
import type { GivenValues, SampleSettings, TrainRecipe } from '../recipe/index';
import type { Expression, GivenEntry } from '../syntax/ast';
import { itemsOf } from '../syntax/items';
import { numberOf } from '../recipe/written';
import type { SettingReader } from './schema';
import { ownValue } from '../own-value';

/** By the input's name; undefined where nothing is given. Whether an input has such a name is not asked here. */
export function readGivenValues(reader: SettingReader, entries: readonly GivenEntry[]): SampleSettings['given'] {
  const found = new Map<string, GivenValues>();
  for (const { name, value } of entries) {
    const values = valuesOf(value);
    if (values && !found.has(name.name)) found.set(name.name, { values });
    if (!values) reader.report(diagnose('given-kind', value.span, { name: name.name, expected }));
  }
  return found.size > 0 ? Object.fromEntries(found) : undefined;
}

const expected = 'here a number, numbers in parentheses, or in quotes a picture or safetensors file, or several';

/** Numbers are one row, texts a row each. */
export function valuesOf(value: Expression): readonly string[] | null {
  const items = itemsOf(value);
  const texts = items.flatMap((i) => (i.kind === 'string' ? [i.value] : []));
  if (items.length > 0 && texts.length === items.length) return texts;
  const numbers = items.map(numberOf);
  return numbers.length > 0 && numbers.every((x) => x !== null) ? [numbers.join(',')] : null;
}

/** Sample sections that know, by the recipes of their models, which pictures are masks. */
export function withMasks(sample: SampleSettings, recipes: readonly TrainRecipe[]): SampleSettings {
  if (!sample.given) return sample;
  const isMask = (name: string): boolean =>
    recipes.some((r) => r.model === sample.model && makesMask(ownValue(r.given ?? {}, name) ?? ''));
  const marked = Object.entries(sample.given).map(([name, given]) => [
    name,
    isMask(name) ? { ...given, isMask: true } : given,
  ]);
  return { ...sample, given: Object.fromEntries(marked) };
}
