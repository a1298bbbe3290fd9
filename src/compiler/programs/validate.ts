/** The loss of a recipe on given images, with averaged weights if it keeps any. No condition is left out, and no variable changes. */
// Tested by test/train/validation.test.ts.
import { input, type Program, type Value } from '../ir/graph';
import { substitute } from '../ir/substitute';
import type { ModelGraph } from '../lower/model';
import { keepsAverages } from '../recipe/optimizers';
import { averageOf } from './optimizers/ema';
import { withPrecision } from './precision';
import { trainForward, type TrainSettings } from './train-step';
import { asTrained } from './trained';

/** Inputs: those of `train_step` except `rate` and `clip`, and `draw` (i32): equal numbers give batches the same times and noise. */
export function validateStep(given: ModelGraph, settings: TrainSettings): Program {
  const trained = asTrained(given, settings);
  const whole = { ...settings, labelDrop: 0, textDrop: 0, givenDrop: {} };
  const draw = input('draw', [], 'i32');
  const forward = trainForward(trained, whole, draw, { isStill: true });
  const averages = keepsAverages(settings) ? trained.trained.map((w): [Value, Value] => [w, averageOf(w)]) : [];
  const [loss] = withPrecision(substitute([forward.loss], new Map(averages)), settings.precision);
  return { name: 'validate_step', inputs: [...forward.inputs, draw], outputs: { loss }, updates: [] };
}
