/** Small programs and weights that the ONNX tests share. */
import type { HostTensors } from '../../../src/backends/session';
import { initialValue } from '../../../src/backends/initial-values';
import { fromTensors, type WeightSource } from '../../../src/data/weight-source';
import { symbol } from '../../../src/compiler/ir/dims';
import { input, inScope, variable, variablesOf, type Program } from '../../../src/compiler/ir/graph';
import { add, mul, sigmoid } from '../../../src/compiler/ops/elementwise';
import { linear } from '../../../src/compiler/ops/linalg';
import { broadcastTo, reshape } from '../../../src/compiler/ops/movement';

/** Two gated linear layers on `x_t` [batch, 4, width], and the batch's sizes in a shape that a runtime must compute. */
export function gatedProgram(width = 8): Program {
  const batch = symbol('batch');
  const x = input('x_t', [batch, 4, width]);
  const weights = [0, 1].map((i) =>
    variable(`layers.${i}.weight`, [width, width], { kind: 'normal', std: width ** -0.5 }, 'weight'),
  );
  const bias = variable('bias', [width], { kind: 'uniform', bound: 1 }, 'weight');
  let y = x;
  weights.forEach((w, i) => {
    y = inScope(`layers.${i}`, () => mul(y, sigmoid(linear(y, w))));
  });
  const flat = reshape(add(y, bias), { shape: [batch, 4 * width] });
  const wide = broadcastTo(bias, { shape: [batch, 2, width] });
  return { name: 'denoise', inputs: [x], outputs: { velocity: flat, wide }, updates: [] };
}

export function weightValues(program: Program, seed = 1): HostTensors {
  return Object.fromEntries(variablesOf(program).map((v) => [v.leaf.name, initialValue(v, seed)]));
}

export function weightsOf(program: Program, seed = 1): WeightSource {
  return fromTensors(weightValues(program, seed));
}
