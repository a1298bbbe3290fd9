/** Conditions that a sample section gives: `given low = "small.png"`, `given style = (0.1, -2)`. */
// Tested by test/sample/given.test.ts.
import { makesMask } from '../lower/givens/conditions';
import type { GivenValues, SampleSettings, TrainRecipe } from '../recipe/index';
import type { Expression, GivenEntry } from '../syntax/ast';
import { itemsOf } from '../syntax/items';
import { numberOf } from '../recipe/written';
import { ownValue } from '../own-value';

/** The values by the input's name; undefined if nothing is given. `check/givens.ts` checks them against the model's inputs. */
export function readGivenValues(entries: readonly GivenEntry[]): SampleSettings['given'] {
  const found = new Map<string, GivenValues>();
  for (const { name, value } of entries) {
    const values = valuesOf(value);
    if (values && !found.has(name.name)) found.set(name.name, { values });
  }
  return found.size > 0 ? Object.fromEntries(found) : undefined;
}

/** The rows of a value: all its numbers are one row, and each text is a row; null for any other value. */
export function valuesOf(value: Expression): readonly string[] | null {
  const items = itemsOf(value);
  const texts = items.flatMap((i) => (i.kind === 'string' ? [i.value] : []));
  if (items.length > 0 && texts.length === items.length) return texts;
  const numbers = items.map((item) => numberOf(item));
  return numbers.length > 0 && numbers.every((x) => x !== null) ? [numbers.join(',')] : null;
}

/** The sample section with a mark on pictures that are masks, which the recipes of its model tell. */
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
