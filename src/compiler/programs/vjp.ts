/** The vector-Jacobian product of a model: turns cotangents of its outputs into those of its weights and inputs. */
// Tested by test/cli/run-programs.test.ts.
import { gradients } from '../autodiff/gradients';
import { WeftError } from '../diagnostics/diagnostic';
import { input, type Program, type Value } from '../ir/graph';
import type { ModelGraph } from '../lower/model';
import { add, mul } from '../ops/elementwise';
import { reduceSum } from '../ops/reduction';
import { isFloat } from '../ops/shapes';
import { denoise } from './denoise';

/**
 * Inputs: those of `denoise`, and `cotangent/NAME` in the shape of each output in `names`, which has at least one name.
 * Outputs: those of `denoise`, `grad/PATH` of every weight, and `grad/NAME` of every floating-point input.
 */
export function vjpProgram(model: ModelGraph, names: readonly string[], taps: readonly string[] = []): Program {
  const forward = denoise(model, taps);
  const cotangents = names.map((name) => input(`cotangent/${name}`, forward.outputs[name].shape));
  const weighted = names.map((name, i) => sumOf(mul(forward.outputs[name], cotangents[i]))).reduce((a, b) => add(a, b));
  const wrt: [string, Value][] = [
    ...model.weights.map((w): [string, Value] => [w.leaf.name, w]),
    ...model.inputs.flatMap((i): [string, Value][] => (isFloat(i.value.dtype) ? [[i.name, i.value]] : [])),
  ];
  refuseSharedNames(model, wrt);
  const found = gradients(
    weighted,
    wrt.map(([, v]) => v),
  );
  return {
    name: 'vjp',
    inputs: [...forward.inputs, ...cotangents],
    outputs: { ...forward.outputs, ...Object.fromEntries(wrt.map(([name], i) => [`grad/${name}`, found[i]])) },
    updates: [],
  };
}

function sumOf(x: Value): Value {
  return reduceSum(x, { axes: x.shape.map((_, i) => i) });
}

function refuseSharedNames(model: ModelGraph, wrt: readonly [string, Value][]): void {
  const names = wrt.map(([name]) => name);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice === undefined) return;
  throw new WeftError(
    `${model.name} has a weight and an input that are both called ${twice}, and so one grad/${twice} for two tensors.`,
    'Give the weight another label.',
  );
}
