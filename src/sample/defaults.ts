/** The sampling settings of a model whose spec has none. */
// Tested by test/train/sample-given.test.ts.
import { tellsOfText, type ModelGraph } from '../compiler/lower/model';
import type { SampleSettings } from '../compiler/recipe/index';

/** The solver of the class-conditional reference; guidance 2 if training, as far as known, left out the class or the text. */
export function defaultSampling({ name, inputs, conventions }: ModelGraph): SampleSettings {
  // Without training on "no class" or the empty prompt there is nothing for guidance to lead away from.
  const guided = inputs.some((i) => (i.kind === 'class' || tellsOfText(i)) && conventions.leftOut?.includes(i.name));
  return {
    name: 'default',
    model: name,
    solver: 'flow_dpm',
    steps: 50,
    shift: 1,
    guidance: guided ? { scale: 2, from: 0, to: 1 } : null,
  };
}
