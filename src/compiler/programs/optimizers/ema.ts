/** Copies of the weights: their exponential moving averages, which samples are drawn with, and their values at the start of a run. */
// Tested by test/golden/training.test.ts.
import { variable, type Value, type Variable } from '../../ir/graph';
import { add, mul, select } from '../../ops/elementwise';
import type { Updates } from './optimize';

/**
 * ema ← decay·ema + (1-decay)·weight, with the weights after the step, in f32, in the variables `ema/NAME`. They start as
 * copies of the weights: they have the same initializer, and sessions draw both alike. Code that sets weights must set them too.
 */
export function ema(decay: number, weights: readonly Variable[], next: readonly Value[], sound: Value): Updates {
  const [keep, take] = [select(sound, decay, 1), select(sound, 1 - decay, 0)];
  return weights.map((weight, i) => {
    const average = averageOf(weight);
    return { variable: average, value: add(mul(average, keep), mul(next[i], take)) };
  });
}

/** The variable with the average of a weight. */
export function averageOf(weight: Variable): Variable {
  return variable(`ema/${weight.leaf.name}`, weight.shape, weight.leaf.init, 'ema');
}

/** The variable with the value of a weight at the start of the run. */
export function startOf(weight: Variable): Variable {
  return variable(`start/${weight.leaf.name}`, weight.shape, weight.leaf.init, 'copy');
}
