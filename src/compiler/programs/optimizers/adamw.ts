/** AdamW: Adam with decoupled weight decay. */
// Tested by test/train/optimizers.test.ts.
import { scalar, variable, type Value } from '../../ir/graph';
import type { Infer } from '../../recipe/field';
import { add, div, mul, select, sqrt, square, sub, tanh } from '../../ops/elementwise';
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

const parameters = { rate, betas: betas.or([0.9, 0.999]), decay, eps };

/**
 * m ← β₁·m + (1-β₁)·g, v ← β₂·v + (1-β₂)·g², w ← w·(1 - rate·decay) - rate/(1-β₁ᵗ) · m / (√v/√(1-β₂ᵗ) + eps).
 * Moments are the variables `m/NAME` and `v/NAME`. In a step that is not sound the scalars become those of standing
 * still (β = 1, rate = 0), which costs nothing per element.
 */
export function adamwStep(
  settings: Omit<Infer<typeof parameters>, 'rate'>,
  { weights, gradients, rate, step, sound }: OptimizerInputs,
): OptimizerStep {
  const [beta1, beta2] = settings.betas;
  const [keep1, take1] = mix(beta1, sound);
  const [keep2, take2] = mix(beta2, sound);
  const soundRate = select(sound, rate, 0);
  const stepSize = div(soundRate, oneMinusPower(beta1, step));
  const rootScale = div(1, sqrt(oneMinusPower(beta2, step)));
  const shrink = settings.decay === 0 ? null : sub(1, mul(soundRate, settings.decay));

  const updates: Updates[number][] = [];
  const next = weights.map((weight, i) => {
    const m = variable(`m/${weight.leaf.name}`, weight.shape, { kind: 'zeros' }, 'moment');
    const v = variable(`v/${weight.leaf.name}`, weight.shape, { kind: 'zeros' }, 'moment');
    const mean = add(mul(m, keep1), mul(gradients[i], take1));
    const meanSquare = add(mul(v, keep2), mul(square(gradients[i]), take2));
    updates.push({ variable: m, value: mean }, { variable: v, value: meanSquare });
    const move = mul(div(mean, add(mul(sqrt(meanSquare), rootScale), settings.eps)), stepSize);
    const decays = shrink !== null && weight.leaf.role === 'weight';
    return sub(decays ? mul(weight, shrink) : weight, move);
  });
  return { weights: next, updates };
}

export const adamw = optimizer({
  doc: 'Adam with decoupled weight decay.',
  examples: ['adamw(rate: 1e-4, decay: 0.01)'],
  parameters,
  step: adamwStep,
});

/** Factors of an exponential average: (decay, 1 - decay), or (1, 0) in a step that must change nothing. */
export function mix(decay: number, sound: Value): [Value, Value] {
  return [select(sound, decay, 1), select(sound, 1 - decay, 0)];
}

/** 1 - βᵗ without cancellation: with z = -t·ln β it is 1 - e^(-z) = 2u / (1 + u), u = tanh(z/2). */
function oneMinusPower(beta: number, step: Value): Value {
  if (beta === 0) return scalar(1);
  const u = tanh(mul(step, -Math.log(beta) / 2));
  return div(mul(u, 2), add(u, 1));
}
