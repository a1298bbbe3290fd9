/** Rectified flow as graph, apart from the declaration that training uses: what it is held to. */
import type { Dim } from '../../src/compiler/ir/dims';
import type { Value } from '../../src/compiler/ir/graph';
import { substitute } from '../../src/compiler/ir/substitute';
import { flowOf, type TimeScale } from '../../src/compiler/lower/conventions';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { add, div, mul, sigmoid, sub } from '../../src/compiler/ops/elementwise';
import { randomNormal, randomUniform } from '../../src/compiler/ops/creation';
import { reshape } from '../../src/compiler/ops/movement';
import { meanSquare } from '../../src/compiler/programs/loss';
import { endAtOne, seenTime, velocityFrom } from '../../src/compiler/programs/objectives/prediction';
import { velocityModel } from '../../src/compiler/programs/objectives/velocity-model';
import { onlyInput } from '../../src/compiler/programs/only-input';
import type { TimeSampling } from '../../src/compiler/recipe/index';

/** The mean square between the velocity on straight paths and the model's. */
export function straightLoss(model: ModelGraph, x0: Value, seed: Value, sampling: TimeSampling): Value {
  const { prediction, time: scale } = flowOf(model);
  const flow = rectifiedFlow(x0, seed, sampling, scale);
  const replaced = new Map([
    [onlyInput(model, 'image').value, flow.noisy],
    [onlyInput(model, 'time').value, flow.time],
  ]);
  const truth = { velocity: flow.target, x0, noise: flow.noise }[prediction];
  const target = velocityFrom(prediction, truth, { noisy: flow.noisy, seen: flow.time, scale });
  const [velocity] = substitute([velocityModel(model).outputs.velocity], replaced);
  return meanSquare(velocity, target);
}

/** One training example's worth of graph: what the model is given and what it should say. */
export interface FlowSample {
  /** `[batch, channels, height, width]` */
  readonly noisy: Value;
  /** `[batch]`, as the model sees it. */
  readonly time: Value;
  readonly target: Value;
  /** The standard normal numbers the images were mixed with. */
  readonly noise: Value;
}

/** Noise and times for clean images `x0`, from `seed` (i32 [2]: the run's seed and the step). */
export function rectifiedFlow(x0: Value, seed: Value, sampling: TimeSampling, scale: TimeScale): FlowSample {
  const time = drawTimes(seed, x0.shape[0], sampling, scale);
  const noise = randomNormal(seed, { shape: x0.shape, stream: 1 << 28 });
  return noisyAt(x0, noise, time, scale);
}

/** The point of the straight path between noise and data at a time per image, `[batch]`. */
export function noisyAt(x0: Value, noise: Value, time: Value, scale: TimeScale): FlowSample {
  const t = reshape(time, { shape: x0.shape.map((d, i) => (i === 0 ? d : 1)) });
  const seen = seenTime(time, scale);
  return endAtOne(scale) === 'data'
    ? { noisy: add(mul(t, x0), mul(sub(1, t), noise)), time: seen, target: sub(x0, noise), noise }
    : { noisy: add(mul(sub(1, t), x0), mul(t, noise)), time: seen, target: sub(noise, x0), noise };
}

/** Training times in (0, 1), `[batch]`, shifted toward the noise. */
function drawTimes(seed: Value, batch: Dim, sampling: TimeSampling, scale: TimeScale): Value {
  const attrs = { shape: [batch], stream: 0 };
  const even =
    sampling.kind === 'uniform'
      ? randomUniform(seed, attrs)
      : sigmoid(add(mul(randomNormal(seed, attrs), sampling.std), sampling.mean));
  return shiftTimes(even, sampling.shift, scale);
}

/** `t / (t + (1-t)·s)` where data is at one, `s·σ / (1 + (s-1)·σ)` where noise is: one map seen from its two ends. */
export function shiftTimes(t: Value, shift: number, scale: TimeScale): Value {
  if (shift === 1) return t;
  return endAtOne(scale) === 'data'
    ? div(t, add(t, mul(sub(1, t), shift)))
    : div(mul(t, shift), add(mul(t, shift - 1), 1));
}
