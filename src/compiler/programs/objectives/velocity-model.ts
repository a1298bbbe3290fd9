/** A model as solvers, guidance and velocity losses use it: with the velocity along the straight path as its output. */
// Tested by test/compiler/programs/objectives/paths.test.ts.
import { flowOf } from '../../lower/conventions';
import type { ModelGraph } from '../../lower/model';
import { onlyInput } from '../only-input';
import { requireImageShape, velocityFrom } from './prediction';
import { straightened } from './straightened';

/**
 * The model with a `velocity` output in place of its prediction, on the straight path; the same model if that is its own path and its
 * prediction is a velocity already. For other paths, noisy images and times are those of the straight path too, on the model's clock.
 */
export function velocityModel(model: ModelGraph): ModelGraph {
  const { output, prediction, time, path } = flowOf(model);
  requireImageShape(model);
  if (path !== 'straight') return straightened(model, path);
  if (output === 'velocity' && prediction === 'velocity') return model;
  const { [output]: predicted, ...others } = model.outputs;
  const velocity =
    prediction === 'velocity'
      ? predicted
      : velocityFrom(prediction, predicted, {
          noisy: onlyInput(model, 'image').value,
          seen: onlyInput(model, 'time').value,
          scale: time,
        });
  const conventions = { ...model.conventions, output: 'velocity', prediction: 'velocity' as const };
  return { ...model, conventions, outputs: { velocity, ...others } };
}
