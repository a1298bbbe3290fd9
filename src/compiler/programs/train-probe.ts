/** Counts the numbers that are not finite in every weight, module and gradient of a training step, to find where they begin. */
// Tested by test/train/train.test.ts.
import { gradients } from '../autodiff/gradients';
import { scalar, type Program, type Value } from '../ir/graph';
import type { ModelGraph } from '../lower/model';
import { abs, lessEqual, select } from '../ops/elementwise';
import { reduceSum } from '../ops/reduction';
import { MicroBatches } from './micro-batches';
import { withPrecision } from './precision';
import { stepCounter, trainForward, type TrainSettings } from './train-step';
import { asTrained } from './trained';
import { largestFloat } from '../ops/numerics';

/**
 * Inputs of `train_step` without `rate` and `clip`. Each output is the number of values that are infinite or NaN, in the
 * order in which a step computes them: `input/x0`, `weight/PATH`, `module/PATH` (module outputs), `loss`, `grad/PATH`.
 * `inModel` is how the parts of a batch draw inside the model (micro-batches.ts).
 */
export function trainProbe(given: ModelGraph, settings: TrainSettings, inModel: 'own' | 'whole' = 'own'): Program {
  const { model, trained } = asTrained(given, settings);
  const modules = model.modules.filter((m) => m.output.dtype === 'f32');
  const forward = trainForward({ model, trained }, settings, stepCounter(), {
    watch: modules.map((m) => m.output),
    parts: settings.accumulate ? new MicroBatches(settings.accumulate, inModel) : null,
  });
  const [loss, ...watched] = withPrecision([forward.loss, ...forward.watched], settings.precision);
  const last = trained.toReversed();
  const backward = gradients(loss, last);
  const counted: [string, Value][] = [
    ['input/x0', forward.inputs[0]],
    ...model.weights.map((w): [string, Value] => [`weight/${w.leaf.name}`, w]),
    ...modules.map((m, i): [string, Value] => [`module/${m.path}`, watched[i]]),
    ['loss', loss],
    // Backpropagation computes the gradients of the last weights first.
    ...last.map((w, i): [string, Value] => [`grad/${w.leaf.name}`, backward[i]]),
  ];
  const outputs = Object.fromEntries(counted.map(([name, v]) => [name, countNonFinite(v)]));
  return { name: 'train_probe', inputs: forward.inputs, outputs, updates: [] };
}

/** The number of infinite or NaN elements. NaN fails every comparison, so one comparison finds both. */
function countNonFinite(x: Value): Value {
  const finite = lessEqual(abs(x), scalar(largestFloat));
  return reduceSum(select(finite, 0, 1), { axes: x.shape.map((_, i) => i) });
}
