/** Copies of the weights: their averages, the first of which samples are drawn with, and their values at the start of a run. */
import type { Value, Variable } from '../../ir/graph';
import { add, div, lessEqual, mul, select, square, sub, tanh } from '../../ops/elementwise';
import { averagesOf, type Average, type Averages } from '../../recipe/averages';
import { besideWeight } from '../copies';
import type { Updates } from './optimize';

/** The weights before and after a step. */
interface Averaged {
  readonly weights: readonly Variable[];
  readonly next: readonly Value[];
  /** The number of the step, from 1. */
  readonly step: Value;
  readonly sound: Value;
}

/**
 * average ← keep·average + (1-keep)·weight, with the weights after the step, in f32, in the variables `ema/NAME`. They start as
 * copies of the weights: they have the same initializer, and sessions draw both alike. Code that sets weights must set them too.
 */
export function ema(averages: Averages | null, { weights, next, step, sound }: Averaged): Updates {
  return averagesOf(averages).flatMap(({ name, average: kind }) => {
    const [kept, taken] = factors(kind, step);
    const [keep, take] = [select(sound, kept, 1), select(sound, taken, 0)];
    return weights.map((weight, i) => {
      const average = averageOf(weight, name);
      return { variable: average, value: add(mul(average, keep), mul(next[i], take)) };
    });
  });
}

/** How much of an average a step keeps, and the rest. */
function factors(average: Average, step: Value): readonly [Value | number, Value | number] {
  if (typeof average === 'number') return [average, 1 - average];
  const taken = powerShare(step, exponentOf(average.width));
  return [sub(1, taken), taken];
}

/** 1 - (1 - 1/step)^(exponent + 1), without the cancellation of that difference in f32. */
function powerShare(step: Value, exponent: number): Value {
  // -ln(1 - 1/t) = 2·atanh(1/(2t - 1)), a series in a number of at most 1/3 from the second step on.
  const x = div(1, sub(mul(step, 2), 1));
  const x2 = square(x);
  const series = [15, 13, 11, 9, 7, 5, 3].reduce<Value | number>((sum, n) => add(mul(sum, x2), 1 / n), 1 / 17);
  const u = mul(mul(x, add(mul(series, x2), 1)), 2 * (exponent + 1));
  // 1 - exp(-u), as in the bias correction of Adam.
  const half = tanh(mul(u, 0.5));
  return select(lessEqual(step, 1), 1, div(mul(half, 2), add(half, 1)));
}

/** The exponent γ of a profile t^γ with the relative width (Karras et al. 2024, Eq. 126): √(γ+1) / ((γ+2)·√(γ+3)), which falls with γ. */
export function exponentOf(width: number): number {
  let [low, high] = [0, 1e7];
  for (let i = 0; i < 200; i++) {
    const middle = (low + high) / 2;
    const isWide = Math.sqrt(middle + 1) / ((middle + 2) * Math.sqrt(middle + 3)) > width;
    [low, high] = isWide ? [middle, high] : [low, middle];
  }
  return (low + high) / 2;
}

/** The variable with an average of a weight, the first by default. */
export function averageOf(weight: Variable, name = 'ema'): Variable {
  return besideWeight(weight, name, 'ema');
}

/** The variable with the value of a weight at the start of the run. */
export function startOf(weight: Variable): Variable {
  return besideWeight(weight, 'start', 'copy');
}
