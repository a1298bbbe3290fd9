/** CAME (arXiv 2307.02047): Adafactor's factored second moments, with steps held back where they are unsteady. */
import { decayRange, positiveRange } from '../../bind/number-range';
import { variable, type Value, type Variable } from '../../ir/graph';
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
  const [keep1, take1] = mix(betas[0], sound);
  const soundRate = select(sound, rate, 0);
  const shrink = decay === 0 ? null : sub(1, mul(soundRate, decay));
  const updates: Updates[number][] = [];
  const next = weights.map((weight, i) => {
    const isMatrix = weight.shape.length === 2;
    const raw = square(gradients[i]);
    const scale = isMatrix
      ? factored('v', weight, add(raw, eps[0]), eps[0], mix(betas[1], sound), updates)
      : whole(weight, add(raw, eps[0]), eps[0], mix(betas[1], sound), updates);
    const unclipped = mul(gradients[i], scale);
    const update = div(unclipped, maximum(div(rootMeanSquare(unclipped), clip), 1));
    const m = variable(`m/${weight.leaf.name}`, weight.shape, { kind: 'zeros' }, 'moment');
    const mean = add(mul(m, keep1), mul(update, take1));
    updates.push({ variable: m, value: mean });
    const unsteady = (): Value => add(square(sub(update, mean)), eps[1]);
    const move = isMatrix ? mul(mean, factored('r', weight, unsteady(), eps[1], mix(betas[2], sound), updates)) : mean;
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

/**
 * 1/√ of the average of `squares` `[rows, columns]`, kept as means of rows and of columns: row · column / mean(row). The
 * averages start at `floor`, far below anything they see, so that a first step that is not sound divides by no zero.
 */
function factored(
  name: string,
  weight: Variable,
  squares: Value,
  floor: number,
  [keep, take]: readonly [Value, Value],
  updates: Updates[number][],
): Value {
  const average = (kind: string, axis: number): Value => {
    const means = reduceMean(squares, { axes: [axis], keepDims: true });
    const v = moment(`${name}_${kind}/${weight.leaf.name}`, means.shape, floor);
    const value = add(mul(v, keep), mul(means, take));
    updates.push({ variable: v, value });
    return value;
  };
  const [rows, columns] = [average('row', 1), average('column', 0)];
  const share = div(rows, reduceMean(rows, { axes: [0], keepDims: true }));
  return mul(rsqrt(share), rsqrt(columns));
}

function whole(
  weight: Variable,
  squares: Value,
  floor: number,
  [keep, take]: readonly [Value, Value],
  updates: Updates[number][],
): Value {
  const v = moment(`v/${weight.leaf.name}`, weight.shape, floor);
  const value = add(mul(v, keep), mul(squares, take));
  updates.push({ variable: v, value });
  return rsqrt(value);
}

function moment(name: string, shape: Variable['shape'], value: number): Variable {
  return variable(name, shape, { kind: 'constant', value }, 'moment');
}

function rootMeanSquare(x: Value): Value {
  return sqrt(reduceMean(square(x), { axes: x.shape.map((_, i) => i) }));
}
