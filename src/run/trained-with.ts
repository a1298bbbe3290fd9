/** What training leaves beside weights: inputs that it dropped and facts about its data, from the weights' file or else from the spec's recipe. */
// Tested by test/cli/sample-file.test.ts.
import { withLeftOut } from '../compiler/lower/left-out';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { readWeightsMetadata } from '../data/checkpoints/open';
import { factsOfWeights, readDataNotes, recipeFacts, unreadNotes, type DataFacts } from './data-notes';
import { recordedLeftOut } from './recorded-conventions';

export interface Trained {
  /** With the inputs that were dropped. */
  readonly model: ModelGraph;
  readonly facts: DataFacts;
}

/** `recipes` are those of the spec for the model; `tell` is told where the file and these differ. */
export async function trainedWith(
  model: ModelGraph,
  { weights, recipes }: { readonly weights: string | undefined; readonly recipes: readonly TrainRecipe[] },
  tell: (note: string) => void,
): Promise<Trained> {
  const recipe = recipes.find((r) => r.text) ?? recipes[0];
  const written = recipe ? recipeFacts(recipe) : {};
  if (weights === undefined) return { model, facts: written };
  const metadata = await readWeightsMetadata(weights);
  for (const name of unreadNotes(metadata))
    tell(
      `what ${weights} says of ${name} cannot be read, so it is not used: its metadata were changed, or are damaged`,
    );
  return {
    model: withLeftOut(model, recordedLeftOut(weights, metadata)),
    facts: factsOfWeights(weights, { written, kept: readDataNotes(metadata) }, tell),
  };
}
