/** The inputs that training leaves out at random, and what replaces them. The second branch of guidance runs without them. */
// Tested by test/sample/guided-given.test.ts.
import type { ModelConventions } from './conventions';
import { tellsOfText, type ModelGraph, type ModelInput } from './model';
import type { TrainRecipe } from '../recipe/index';

/** The settings of a recipe that say how often inputs are left out. */
export type Drops = Pick<TrainRecipe, 'labelDrop' | 'textDrop' | 'given' | 'givenDrop'> &
  Partial<Pick<TrainRecipe, 'phases'>>;

/** The names of the inputs that a recipe leaves out at random, in any of its phases. */
function leftOutBy(model: Pick<ModelGraph, 'inputs'>, { phases = [], ...drops }: Drops): readonly string[] {
  const inPhases = phases.flatMap(({ changes }) => (changes?.drop ? [{ ...changes.drop, given: drops.given }] : []));
  return [drops, ...inPhases].flatMap((each) => leftOutAtOnce(model, each));
}

function leftOutAtOnce({ inputs }: Pick<ModelGraph, 'inputs'>, recipe: Drops): readonly string[] {
  const { labelDrop, textDrop = 0, given = {}, givenDrop = {} } = recipe;
  const probability = (i: ModelInput): number => {
    if (Object.hasOwn(given, i.name)) return givenDrop[i.name] ?? 0;
    if (i.kind === 'class') return labelDrop;
    return tellsOfText(i) ? textDrop : 0;
  };
  return inputs.filter((i) => probability(i) > 0).map((i) => i.name);
}

/** The model with the inputs that any of the recipes leaves out; unchanged if there are no recipes. */
export function trainedBy(model: ModelGraph, recipes: readonly Drops[]): ModelGraph {
  if (recipes.length === 0) return model;
  const names = new Set(recipes.flatMap((recipe) => leftOutBy(model, recipe)));
  return withLeftOut(model, [...names]);
}

/** The model with the inputs that its training left out; unchanged if they are not known. */
export function withLeftOut(model: ModelGraph, leftOut: ModelConventions['leftOut']): ModelGraph {
  return leftOut ? { ...model, conventions: { ...model.conventions, leftOut } } : model;
}

/** The inputs that the second branch of guidance leaves out: those that training left out, or else the class and the text. */
export function guidedOver({ inputs, conventions }: ModelGraph): readonly ModelInput[] {
  const learnt = inputs.filter((i) => conventions.leftOut?.includes(i.name));
  return learnt.length > 0 ? learnt : inputs.filter((i) => i.kind === 'class' || tellsOfText(i));
}

/** The number that replaces an input that is left out; a text is replaced by the empty prompt instead. */
export function absent(input: ModelInput): number {
  return input.kind === 'class' ? input.classes : 0;
}

/** The name of the input with the empty prompt for an input. */
export function emptyPromptName({ name }: Pick<ModelInput, 'name'>): string {
  return `${name}_none`;
}
