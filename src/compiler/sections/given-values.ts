/** Conditions that a sample section gives: `given low = "small.png"`, `given style = (0.1, -2)`. */
// Tested by test/sample/given.test.ts.
import { makesMask } from '../lower/givens/conditions';
import { encodeCall } from '../lower/givens/encode-call';
import { pairedFolder } from '../lower/givens/paired';
import { parseGiven, type Givens } from '../lower/givens/parse';
import type { GivenValues, SampleSettings, TrainRecipe } from '../recipe/index';
import type { Expression, GivenEntry } from '../syntax/ast';
import { expressionsIn, itemsOf } from '../syntax/items';
import type { SettingNames } from '../recipe/hyperparameters';
import { numberOf } from '../recipe/written';
import { ownValue } from '../own-value';

/** The values by the input's name; undefined if nothing is given. `check/givens.ts` checks them against the model's inputs. */
export function readGivenValues(entries: readonly GivenEntry[], names: SettingNames): SampleSettings['given'] {
  const found = new Map<string, GivenValues>();
  for (const { name, value } of entries) {
    const values = valuesOf(value, names);
    if (values && !found.has(name.name)) found.set(name.name, { values });
  }
  return found.size > 0 ? Object.fromEntries(found) : undefined;
}

/** The rows of a value: all its numbers are one row, and each text is a row; null for any other value. */
export function valuesOf(value: Expression, names: SettingNames): readonly string[] | null {
  const items = itemsOf(value);
  const texts = items.flatMap((i) => (i.kind === 'string' ? [i.value] : []));
  if (items.length > 0 && texts.length === items.length) return texts;
  const numbers = items.map((item) => numberOf(item, names.numberOf));
  return numbers.length > 0 && numbers.every((x) => x !== null) ? [numbers.join(',')] : null;
}

/** The sample section with what the recipes of its model say of pictures; see `markedGiven`. */
export function withMarks(sample: SampleSettings, recipes: readonly TrainRecipe[]): SampleSettings {
  if (!sample.given) return sample;
  const own = recipes.filter((r) => r.model === sample.model).map((r) => r.given ?? {});
  const marked = Object.entries(sample.given).map(([name, given]) => {
    const all = own.map((table) => markedGiven(name, given, table));
    return [name, all.find((m) => m !== given) ?? given] as const;
  });
  return { ...sample, given: Object.fromEntries(marked) };
}

/** Given values with what a recipe says of pictures: that they are masks, or which encoder makes the condition of one. */
export function markedGiven(name: string, given: GivenValues, table: Givens): GivenValues {
  const text = ownValue(table, name) ?? '';
  if (makesMask(text)) return { ...given, isMask: true };
  return encodesPicture(name, table) ? { ...given, made: text } : given;
}

/** Whether an encoder makes the condition of a picture alone, and not of other conditions. */
function encodesPicture(name: string, table: Givens): boolean {
  const text = ownValue(table, name);
  const picture = text !== undefined && encodeCall(parseGiven(name, text).value)?.picture;
  if (!picture) return false;
  const names = expressionsIn(picture).flatMap((e) => (e.kind === 'name' ? [e.name] : []));
  return pairedFolder(picture) !== null || !names.some((other) => ownValue(table, other) !== undefined);
}
