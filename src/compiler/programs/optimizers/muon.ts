/** Muon for matrices: momentum made orthogonal by Newton–Schulz iteration; AdamW for everything else. */
import { decayRange } from '../../bind/number-range';
import { sizeOf, staticShape } from '../../ir/dims';
import { variable, type Value, type Variable } from '../../ir/graph';
import { add, div, maximum, mul, select, sqrt, square, sub } from '../../ops/elementwise';
import { matmul } from '../../ops/linalg';
import { transpose } from '../../ops/movement';
import { reduceSum } from '../../ops/reduction';
import type { Infer } from '../../recipe/field';
import { number } from '../../recipe/fields';
import { adamwStep, mix } from './adamw';
import { lookedUp } from './looked-up';
import {
  betas,
  decay,
  eps,
  optimizer,
  rate,
  type OptimizerInputs,
  type OptimizerStep,
  type Updates,
} from './optimizer';

const parameters = {
  rate,
  momentum: number('how much of the direction is kept', decayRange).or(0.95),
  decay,
  steps: number('Newton–Schulz steps', { whole: true, min: 1, max: 20 }).or(5),
  betas: betas.or([0.9, 0.95]),
  eps,
};

/** Coefficients of the quintic that drives singular values toward 1, steep at 0. */
const quintic = [3.4445, -4.775, 2.0315] as const;
const leastNorm = 1e-7;

/**
 * m ← μ·m + (1-μ)·g; w ← w·(1 - rate·decay) - rate · 0.2 √max(rows, columns) · orthogonal((1-μ)·g + μ·m), so that a step has
 * about the size of AdamW's at the same rate. Tables that rows are looked up in are no matrices.
 */
function muonStep(settings: Infer<typeof parameters>, inputs: OptimizerInputs): OptimizerStep {
  const tables = lookedUp([inputs.loss]);
  const isMatrix = (weight: Variable): boolean => isProper(weight) && !tables.has(weight);
  const { weights, gradients, rate, sound } = inputs;
  const [keep, take] = mix(settings.momentum, sound);
  const soundRate = select(sound, rate, 0);
  const shrink = settings.decay === 0 ? null : sub(1, mul(soundRate, settings.decay));
  const others = weights.flatMap((w, i) => (isMatrix(w) ? [] : [i]));
  const rest = adamwStep(settings, {
    ...inputs,
    weights: others.map((i) => weights[i]),
    gradients: others.map((i) => gradients[i]),
  });
  const updates: Updates[number][] = [...rest.updates];
  const next: Value[] = [...weights];
  others.forEach((i, at) => (next[i] = rest.weights[at]));
  weights.forEach((weight, i) => {
    if (!isMatrix(weight)) return;
    const m = variable(`m/${weight.leaf.name}`, weight.shape, { kind: 'zeros' }, 'moment');
    const mean = add(mul(m, keep), mul(gradients[i], take));
    updates.push({ variable: m, value: mean });
    const ahead = add(mul(gradients[i], 1 - settings.momentum), mul(mean, settings.momentum));
    const scale = 0.2 * Math.sqrt(Math.max(...staticShape(weight.shape)));
    const move = mul(orthogonal(ahead, settings.steps), mul(soundRate, scale));
    next[i] = sub(shrink ? mul(weight, shrink) : weight, move);
  });
  return { weights: next, updates };
}

export const muon = optimizer({
  doc: 'Momentum made orthogonal for matrices; AdamW for the rest.',
  examples: ['muon(rate: 3e-3)'],
  parameters,
  step: muonStep,
});

/** U·S'·Vᵀ of x = U·S·Vᵀ, with all of S' near 1 (0.7 to 1.2 after five steps): x ← a·x + (b·A + c·A²)·x, A = x·xᵀ. */
export function orthogonal(x: Value, steps: number): Value {
  const [rows, columns] = staticShape(x.shape);
  // The products are square in the shorter side.
  const tall = rows > columns;
  const norm = sqrt(reduceSum(square(x), { axes: [0, 1] }));
  let y = div(tall ? transpose(x, { perm: [1, 0] }) : x, maximum(norm, leastNorm));
  const [a, b, c] = quintic;
  for (let i = 0; i < steps; i++) {
    const gram = matmul(y, y, { transposeB: true });
    y = add(mul(y, a), matmul(add(mul(gram, b), mul(matmul(gram, gram), c)), y));
  }
  return tall ? transpose(y, { perm: [1, 0] }) : y;
}

/** Whether Muon may take a weight: a matrix with more than one row and column. */
function isProper(weight: Variable): boolean {
  return weight.shape.length === 2 && sizeOf(weight.shape) !== 0 && staticShape(weight.shape).every((d) => d > 1);
}
