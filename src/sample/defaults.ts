/** How a model is sampled where its spec does not say. */
// Tested by test/train/sample-given.test.ts.
import { textOf, type ModelGraph } from '../compiler/lower/model';
import type { SampleSettings, TrainRecipe } from '../compiler/recipe/index';

/** What was left out of conditions in training, as far as it is known. */
export type Dropped = Pick<TrainRecipe, 'labelDrop' | 'textDrop'>;

/** The class-conditional reference's solver; guidance of 2 where the model has learned to do without its condition. */
export function defaultSampling(
  model: ModelGraph,
  { labelDrop, textDrop = 0 }: Dropped = { labelDrop: 0 },
): SampleSettings {
  // Without training on "no class" or the empty prompt there is nothing to guide away from.
  const isClassed = model.inputs.some((i) => i.kind === 'class');
  const guided = (isClassed && labelDrop > 0) || (textOf(model) && textDrop > 0);
  return {
    name: 'default',
    model: model.name,
    solver: 'flow_dpm',
    steps: 50,
    shift: 1,
    guidance: guided ? { scale: 2, from: 0, to: 1 } : null,
  };
}
