/** Which inputs of a model its training leaves out now and then, and what stands in their place: guidance leads away from the model without them. */
// Tested by test/sample/guided-given.test.ts.
import type { ModelConventions } from './conventions';
import { tellsOfText, type ModelGraph, type ModelInput } from './model';
import type { TrainRecipe } from '../recipe/index';

/** What of a recipe says how often inputs are left out. */
export type Drops = Pick<TrainRecipe, 'labelDrop' | 'textDrop' | 'given' | 'givenDrop'>;

/** The names of the inputs that a recipe leaves out at random. */
function leftOutBy({ inputs }: Pick<ModelGraph, 'inputs'>, recipe: Drops): readonly string[] {
  const { labelDrop, textDrop = 0, given = {}, givenDrop = {} } = recipe;
  const probability = (i: ModelInput): number => {
    if (Object.hasOwn(given, i.name)) return givenDrop[i.name] ?? 0;
    if (i.kind === 'class') return labelDrop;
    return tellsOfText(i) ? textDrop : 0;
  };
  return inputs.filter((i) => probability(i) > 0).map((i) => i.name);
}

/** The model as recipes train it, all of them together; a model that none trains stays as it is. */
export function trainedBy(model: ModelGraph, recipes: readonly Drops[]): ModelGraph {
  if (recipes.length === 0) return model;
  const names = new Set(recipes.flatMap((recipe) => leftOutBy(model, recipe)));
  return withLeftOut(model, [...names]);
}

/** The model with what is known of its training; where nothing is, as it was. */
export function withLeftOut(model: ModelGraph, leftOut: ModelConventions['leftOut']): ModelGraph {
  return leftOut ? { ...model, conventions: { ...model.conventions, leftOut } } : model;
}

/** What guidance does without in its other branch: what training left out, where that is known, or else the class and the text. */
export function guidedOver({ inputs, conventions }: ModelGraph): readonly ModelInput[] {
  const learnt = inputs.filter((i) => conventions.leftOut?.includes(i.name));
  return learnt.length > 0 ? learnt : inputs.filter((i) => i.kind === 'class' || tellsOfText(i));
}

/** The number that stands in an input's place where it is left out; a text has the empty prompt instead. */
export function absent(input: ModelInput): number {
  return input.kind === 'class' ? input.classes : 0;
}
