/** The sampling settings of a model whose spec has none. */
// Tested by test/train/sample-given.test.ts.
import { textOf, type ModelGraph } from '../compiler/lower/model';
import type { SampleSettings, TrainRecipe } from '../compiler/recipe/index';

/** Which conditions were dropped in training, as far as known. */
export type Dropped = Pick<TrainRecipe, 'labelDrop' | 'textDrop'>;

/** The solver of the class-conditional reference; guidance 2 if the model was also trained without its condition. */
export function defaultSampling(
  model: ModelGraph,
  { labelDrop, textDrop = 0 }: Dropped = { labelDrop: 0 },
): SampleSettings {
  // Without training on "no class" or the empty prompt there is nothing for guidance to lead away from.
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
