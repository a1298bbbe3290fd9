/** The loss of a recipe on given images, with the averaged weights where it keeps any: nothing is left out, and nothing changes. */
// Tested by test/train/validation.test.ts.
import { input, type Program, type Value } from '../ir/graph';
import { substitute } from '../ir/substitute';
import type { ModelGraph } from '../lower/model';
import { keepsAverages } from '../recipe/optimizers';
import { averageOf } from './optimizers/ema';
import { withPrecision } from './precision';
import { trainForward, type TrainSettings } from './train-step';
import { asTrained } from './trained';

/** The inputs of `train_step` but for `rate` and `clip`, and `draw`, i32: batches of the same number are shown at the same times and noise. */
export function validateStep(given: ModelGraph, settings: TrainSettings): Program {
  const trained = asTrained(given, settings);
  const whole = { ...settings, labelDrop: 0, textDrop: 0, givenDrop: {} };
  const draw = input('draw', [], 'i32');
  const forward = trainForward(trained, whole, draw, { isStill: true });
  const averages = keepsAverages(settings) ? trained.trained.map((w): [Value, Value] => [w, averageOf(w)]) : [];
  const [loss] = withPrecision(substitute([forward.loss], new Map(averages)), settings.precision);
  return { name: 'validate_step', inputs: [...forward.inputs, draw], outputs: { loss }, updates: [] };
}
