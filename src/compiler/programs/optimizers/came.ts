/** CAME (arXiv 2307.02047): Adafactor's factored second moments, with steps held back where they are unsteady. */
import { decayRange, positiveRange } from '../../bind/number-range';
import { variable, type Value } from '../../ir/graph';
import type { Infer } from '../../recipe/field';
import { number, pair, triple } from '../../recipe/fields';
import { add, div, maximum, mul, rsqrt, select, sqrt, square, sub } from '../../ops/elementwise';
import { reduceMean } from '../../ops/reduction';
import { mix } from './adamw';
import { betasDoc, decay, optimizer, rate, type OptimizerInputs, type OptimizerStep, type Updates } from './optimizer';

const parameters = {
  rate,
  betas: triple(betasDoc, decayRange).or([0.9, 0.999, 0.9999]),
  decay,
  eps: pair('added to squared gradients, and to how unsteady steps are', positiveRange).or([1e-30, 1e-16]),
  clip: number("largest root mean square of a tensor's update", positiveRange).or(1),
};

/**
 * u = g / √v, clipped to a root mean square of `clip`; m ← β₁·m + (1-β₁)·u; w ← w·(1 - rate·decay) - rate · m / √r, where r
 * averages (u - m)² with β₃. v and r of a matrix are kept as means of rows and columns; other tensors keep v whole and have
 * no r. No bias correction. Variables: `m/NAME`, `v_row/NAME`, `v_column/NAME`, `r_row/NAME`, `r_column/NAME`, `v/NAME`.
 */
function cameStep(
  settings: Infer<typeof parameters>,
  { weights, gradients, rate, sound }: OptimizerInputs,
): OptimizerStep {
  const { betas, eps, clip, decay } = settings;
  const [[keep, take], second, third] = betas.map((beta) => mix(beta, sound));
  const soundRate = select(sound, rate, 0);
  const shrink = decay === 0 ? null : sub(1, mul(soundRate, decay));
  const updates: Updates[number][] = [];
  /** Averages start at `floor`, far below anything they see, so that a first step that is not sound divides by no zero. */
  const average = (name: string, squares: Value, floor: number, [keep, take]: readonly [Value, Value]): Value => {
    const v = variable(name, squares.shape, { kind: 'constant', value: floor }, 'moment');
    const value = add(mul(v, keep), mul(squares, take));
    updates.push({ variable: v, value });
    return value;
  };
  const next = weights.map((weight, i) => {
    const { name } = weight.leaf;
    const isMatrix = weight.shape.length === 2;
    const squares = add(square(gradients[i]), eps[0]);
    const scale = isMatrix
      ? factored(squares, (kind, means) => average(`v_${kind}/${name}`, means, eps[0], second))
      : rsqrt(average(`v/${name}`, squares, eps[0], second));
    const unclipped = mul(gradients[i], scale);
    const update = div(unclipped, maximum(div(rootMeanSquare(unclipped), clip), 1));
    const m = variable(`m/${name}`, weight.shape, { kind: 'zeros' }, 'moment');
    const mean = add(mul(m, keep), mul(update, take));
    updates.push({ variable: m, value: mean });
    const steadiness = (): Value =>
      factored(add(square(sub(update, mean)), eps[1]), (kind, means) =>
        average(`r_${kind}/${name}`, means, eps[1], third),
      );
    const move = isMatrix ? mul(mean, steadiness()) : mean;
    return sub(shrink && weight.leaf.role === 'weight' ? mul(weight, shrink) : weight, mul(move, soundRate));
  });
  return { weights: next, updates };
}

export const came = optimizer({
  doc: 'Factored second moments, held back where they are unsteady (arXiv 2307.02047).',
  examples: ['came(rate: 2e-4)'],
  parameters,
  step: cameStep,
});

/** 1/√ of the average of `squares` `[rows, columns]`, kept as averages of the means of rows and of columns: row · column / mean(row). */
function factored(squares: Value, average: (kind: 'row' | 'column', means: Value) => Value): Value {
  const rows = average('row', reduceMean(squares, { axes: [1], keepDims: true }));
  const columns = average('column', reduceMean(squares, { axes: [0], keepDims: true }));
  const share = div(rows, reduceMean(rows, { axes: [0], keepDims: true }));
  return mul(rsqrt(share), rsqrt(columns));
}

function rootMeanSquare(x: Value): Value {
  return sqrt(reduceMean(square(x), { axes: x.shape.map((_, i) => i) }));
}
