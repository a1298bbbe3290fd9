/** Models of paths that keep the variance, converted to the straight path, on which solvers and guidance work. */
// Tested by test/compiler/programs/objectives/paths.test.ts.
import text from '../../../../specs/std/objectives.weft';
import type { Value } from '../../ir/graph';
import { substitute } from '../../ir/substitute';
import { flowOf, type WalkedPath } from '../../lower/conventions';
import type { ModelGraph } from '../../lower/model';
import { add, div, maximum, minimum, mul, sqrt, square, sub } from '../../ops/elementwise';
import { reshape } from '../../ops/movement';
import { onlyInput } from '../only-input';
import { callShippedBlock } from '../shipped-block';
import { endAtOne, velocityFrom } from './prediction';

/** The least share of the image, on the straight path, at which a network is asked. `linear_beta` ends at a share of 0.0065. */
const leastShare = 0.0066;

/** The least distance to a predicted image by which a difference is divided: less than a step is wide. */
const leastDistanceToImage = 1e-3;

/** The share of the image, on the straight path, in the last step of these rates of noise. */
function lastShare(betas: readonly number[]): number {
  const left = betas.reduce((product, beta) => product * (1 - beta), 1);
  return Math.sqrt(left) / (Math.sqrt(left) + Math.sqrt(1 - left));
}

/**
 * The model with the noisy images and times of the straight path as its inputs, on its own clock, and the velocity along that path as its
 * output. x = a · image + b · noise, divided by a + b, is a point of the straight path at the share a / (a + b) of the image. Nearer to the
 * noise than the last of these shares that the path has, the velocity is the one there.
 */
export function straightened(model: ModelGraph, path: Exclude<WalkedPath, 'straight'>): ModelGraph {
  const { output, prediction, time: scale } = flowOf(model);
  const [image, time] = [onlyInput(model, 'image').value, onlyInput(model, 'time').value];
  const span = scale.data - scale.noise;
  const told = mul(sub(time, scale.noise), 1 / span);
  const { betas } = model.conventions;
  const least = betas ? lastShare(betas) : leastShare;
  const share = minimum(maximum(told, least), 1);
  const rest = sub(1, share);
  const column = (v: Value): Value => reshape(v, { shape: image.shape.map((d, i) => (i === 0 ? d : 1)) });
  // a² + b² = 1, so that a + b is 1 over the length of (share, rest).
  const length = sqrt(add(square(share), square(rest)));
  const noisy = div(image, column(length));
  const block = { name: `place_on_${path}`, text, label: 'path' };
  const rates = betas ? [{ shape: [betas.length], data: Float64Array.from(betas) }] : [];
  const place = callShippedBlock(block, image.shape[0], [share, ...rates]).value;
  const seen = sub(scale.data, mul(place, span));
  const values = [...Object.values(model.outputs), ...Object.values(model.taps), ...model.modules.map((m) => m.output)];
  const converted = new Map<Value, Value>();
  substitute(
    values,
    new Map([
      [image, noisy],
      [time, seen],
    ]),
  ).forEach((v, i) => converted.set(values[i], v));
  const of = (v: Value): Value => converted.get(v) ?? v;
  const all = (named: { readonly [name: string]: Value }): { [name: string]: Value } =>
    Object.fromEntries(Object.entries(named).map(([name, v]) => [name, of(v)]));
  const { [output]: predicted, ...others } = all(model.outputs);
  const at = { noisy: image, seen: add(mul(share, span), scale.noise), scale };
  const velocity =
    prediction === 'velocity'
      ? ofTurn(predicted, noisy, { share: column(share), length: column(length), turned: endAtOne(scale) === 'noise' })
      : velocityFrom(prediction, predicted, at, prediction === 'noise' ? least : leastDistanceToImage);
  return {
    ...model,
    conventions: { ...model.conventions, output: 'velocity', prediction: 'velocity', path: 'straight', inside: path },
    outputs: { velocity, ...others },
    taps: all(model.taps),
    modules: model.modules.map((m) => ({ ...m, output: of(m.output) })),
  };
}

/**
 * The velocity along the straight path, where the network predicts v = a · noise - b · image (arXiv 2202.00512): image = a · x - b · v and
 * noise = b · x + a · v.
 */
function ofTurn(
  v: Value,
  x: Value,
  { share, length, turned }: { readonly share: Value; readonly length: Value; readonly turned: boolean },
): Value {
  const [a, b] = [div(share, length), div(sub(1, share), length)];
  const [image, noise] = [sub(mul(a, x), mul(b, v)), add(mul(b, x), mul(a, v))];
  return turned ? sub(noise, image) : sub(image, noise);
}
