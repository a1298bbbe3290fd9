/** The velocity loss of given noisy images, and its gradients. */
import { gradients } from '../autodiff/gradients';
import { WeftError } from '../diagnostics/diagnostic';
import { requireList, requireOptions } from '../diagnostics/require-kind';
import { input, type Program, type Value } from '../ir/graph';
import type { ModelGraph, ModelInput } from '../lower/model';
import { requireModel } from '../lower/require-model';
import { sub, square } from '../ops/elementwise';
import { reduceMean } from '../ops/reduction';
import { tapOutputs } from './denoise';
import { velocityModel } from './objectives/velocity-model';

/** Inputs: those of `denoise`, and `v_target`; output: `loss`, the mean over all elements of (velocity - v_target)². */
export function loss(model: ModelGraph, taps: readonly string[] = []): Program {
  requireModel(model);
  const flow = velocityModel(model);
  const { velocity } = flow.outputs;
  const target = input('v_target', velocity.shape);
  return {
    name: 'loss',
    inputs: [...model.inputs.map((i) => i.value), target],
    outputs: { loss: meanSquare(velocity, target), ...tapOutputs(flow, taps) },
    updates: [],
  };
}

export interface GradOptions {
  readonly taps?: readonly string[];
  /** The inputs that also get an output `grad_in/NAME` (`x_t`, `t`, `text`). */
  readonly inputs?: readonly string[];
}

/** The program `loss` with an output `grad/PATH` for every weight. */
export function grad(model: ModelGraph, options: GradOptions = {}): Program {
  requireOptions(options);
  const program = loss(model, options.taps);
  const inputs = inputsNamed(model, options.inputs ?? []);
  const wrt: [string, Value][] = [
    ...model.weights.map((w): [string, Value] => [`grad/${w.leaf.name}`, w]),
    ...inputs.map((i): [string, Value] => [`grad_in/${i.name}`, i.value]),
  ];
  const cotangents = gradients(
    program.outputs.loss,
    wrt.map(([, v]) => v),
  );
  const named = Object.fromEntries(wrt.map(([name], i) => [name, cotangents[i]]));
  return { ...program, name: 'grad', outputs: { ...program.outputs, ...named } };
}

function inputsNamed({ name, inputs }: ModelGraph, wanted: readonly string[]): ModelInput[] {
  requireList('The names of inputs', wanted);
  return wanted.map((asked) => {
    const found = inputs.find((i) => i.name === asked);
    if (found) return found;
    throw new WeftError(`${name} has no input "${asked}".`, `It has ${inputs.map((i) => i.name).join(', ')}.`);
  });
}

/** mean((a - b)²) over all elements, a scalar. */
export function meanSquare(a: Value, b: Value): Value {
  return reduceMean(square(sub(a, b)), { axes: a.shape.map((_, i) => i) });
}
