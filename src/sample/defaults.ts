/** How a model is sampled where its spec does not say. */
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings } from '../compiler/lower/recipe';

/** The class-conditional reference's solver; guidance of 2 where the model has a condition to be guided by. */
export function defaultSampling(model: ModelGraph, labelsDropped: boolean): SampleSettings {
  const conditional = model.inputs.some((i) => i.kind === 'class');
  return {
    name: 'default',
    model: model.name,
    solver: 'flow_dpm',
    steps: 50,
    shift: 1,
    // Without training on "no class" there is nothing to guide away from.
    guidance: conditional && labelsDropped ? { scale: 2, from: 0, to: 1 } : null,
  };
}
