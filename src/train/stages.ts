/** What each stage of a run trains: its model, and the data that it opens when it begins. */
import { differingWeight } from '../compiler/lower/differing-weight';
import type { ModelGraph } from '../compiler/lower/model';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { TrainRecipe } from '../compiler/recipe/index';
import { stagesOf, type Stage } from '../compiler/recipe/stages';
import type { BucketModel } from './open-buckets';
import type { RunData } from './open-run-data';

/** How the models of stages are built, and how their data are opened. */
export interface StageOptions {
  /** The run's model with some hyper-parameters changed, as text; needed for phases that change them. */
  readonly modelWith?: (hyperparameters: Stage['hyperparameters']) => ModelGraph;
  /** Opens the data of a stage that needs others than the recipe's first; needed for phases that change data, batch or model. */
  readonly openData?: (model: ModelGraph, recipe: TrainRecipe, buckets?: readonly BucketModel[]) => Promise<RunData>;
}

/** A stage with its model, and those of its buckets. */
export interface ModelledStage extends Stage {
  readonly model: ModelGraph;
  readonly buckets?: readonly BucketModel[];
}

/** The stages of a recipe with their models. Throws if one cannot go on with the weights of `model`. */
export function modelledStages(
  model: ModelGraph,
  recipe: TrainRecipe,
  { modelWith }: Pick<StageOptions, 'modelWith'>,
): readonly ModelledStage[] {
  return stagesOf(recipe).map((stage) => {
    const buckets = bucketsOf(model, stage, { modelWith });
    const own = changedModel(model, stage.hyperparameters, { from: stage.from, modelWith });
    return { ...stage, model: own, ...(buckets && { buckets }) };
  });
}

/** The models of the buckets of a recipe, or of a stage of it; undefined without buckets. */
export function bucketsOf(
  model: ModelGraph,
  { recipe, hyperparameters = {}, from = 0 }: Pick<Stage, 'recipe'> & Partial<Stage>,
  { modelWith }: Pick<StageOptions, 'modelWith'>,
): readonly BucketModel[] | undefined {
  return recipe.buckets?.map(({ size, batch = recipe.batch }) => {
    return { size, batch, model: changedModel(model, { ...hyperparameters, size }, { from, modelWith }) };
  });
}

/** A model with some hyper-parameters changed, whose weights are those of the run. */
function changedModel(
  model: ModelGraph,
  changes: Stage['hyperparameters'],
  { from, modelWith }: Pick<Stage, 'from'> & Pick<StageOptions, 'modelWith'>,
): ModelGraph {
  const changed = Object.entries(changes);
  if (changed.length === 0) return model;
  const shown = changed.map(([name, text]) => `${name} = ${text}`).join(', ');
  if (!modelWith)
    throw new WeftError(
      `From step ${from} on the recipe trains ${model.name} with ${shown}, and only a spec can build that.`,
      'Compile the model from its spec, or give `modelWith`.',
      2,
    );
  const then = modelWith(changes);
  const weight = differingWeight(model, then);
  if (weight === null) return then;
  throw new WeftError(
    `From step ${from} on ${model.name} has ${shown}, and with that other weights than the run. The first is ${weight}.`,
    'Leave it to another run, which starts `from` this one and takes the weights that fit.',
  );
}

/** Whether a stage trains on what was opened for the recipe as it stands. */
export function sharesData({ recipe: then, hyperparameters }: Stage, recipe: TrainRecipe): boolean {
  const facts = (r: TrainRecipe): string => JSON.stringify([r.batch, r.data, r.labelDrop, r.textDrop, r.givenDrop]);
  return Object.keys(hyperparameters).length === 0 && facts(then) === facts(recipe);
}
