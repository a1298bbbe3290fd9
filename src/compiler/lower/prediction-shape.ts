/** A model's prediction must have the shape of its noisy image. `check`, training and sampling share this rule. */
// Tested by test/compiler/programs/objectives/output-shape.test.ts.
import type { Facts } from '../diagnostics/catalog';
import { formatShape, shapesEqual } from '../ir/dims';
import { noisyImageOf } from './conventions';
import type { ModelGraph } from './model';

export type WrongShape = Facts<'prediction-shape'>;

/** How the output that is trained and sampled differs in shape from the noisy image; null if it does not, or if either is missing. */
export function wrongPrediction(
  model: Pick<ModelGraph, 'name' | 'inputs' | 'outputs' | 'conventions'>,
): WrongShape | null {
  const image = noisyImageOf(model)?.value;
  const { output } = model.conventions;
  const given = output === null ? undefined : model.outputs[output];
  if (output === null || !image || !given || shapesEqual(given.shape, image.shape)) return null;
  const [found, wanted] = [given, image].map((v) => formatShape(v.shape.slice(1)));
  return { output, model: model.name, found, wanted };
}
