/** An expression of the language tried out: its value and gradient by the reference, by differences, and on every backend. */
import { checkFile } from '../../src/compiler/compile';
import { gradients } from '../../src/compiler/autodiff/gradients';
import { bindProgram } from '../../src/compiler/ir/bind';
import { evaluate, type Arrays } from '../../src/compiler/ir/evaluate';
import { constant, type NdArray, type Program, type Value } from '../../src/compiler/ir/graph';
import { denoise } from '../../src/compiler/programs/denoise';
import { ops } from '../../src/compiler/ops';
import { backends } from '../ops/backends';
import { differences, hosted } from '../ops/compare';
import { elementsOf } from '../ops/samples';

export interface Trial {
  /** Of any number of images; its output is `y`. */
  readonly program: Program;
  /** The gradients of a weighted sum of `y` by inputs and weights, by their names, for the images of `inputs`. */
  readonly gradient: Program;
  readonly inputs: Arrays;
  readonly variables: Arrays;
}

export type Shapes = { readonly [input: string]: readonly number[] };

/** `expression` on inputs of these shapes, of which there are two images; `data` are elements that are not left to chance. */
export function trialOf(
  expression: string,
  shapes: Shapes,
  data: { readonly [input: string]: readonly number[] } = {},
): Trial {
  const lines = Object.entries(shapes).map(([name, shape]) => `  input ${name}: [${shape.join(', ')}]`);
  const text = `model M() {\n${lines.join('\n')}\n  let result = ${expression}\n  output y: [...] = result\n}\n`;
  const { model, diagnostics } = checkFile('m.weft', () => text, { elaborateModels: false }).elaborate('M', {});
  if (!model) throw new Error(diagnostics.map((d) => d.message).join('\n'));
  const program = denoise(model);
  const bound = bindProgram(program, { batch: 2 });
  const arrays = (values: readonly Value[]): Arrays =>
    Object.fromEntries(values.map((v, i) => [nameOf(v), arrayOf(v, i, data[nameOf(v)])]));
  return {
    program,
    gradient: gradientOf(bound, [...bound.inputs, ...model.weights]),
    inputs: arrays(bound.inputs),
    variables: arrays(model.weights),
  };
}

export function valueOf({ program, inputs, variables }: Trial): NdArray {
  return evaluate(program, { inputs, variables }).outputs.y;
}

/** The largest distance of a derivative from what differences find, relative to its size where that is above 1. */
export function gradientError(trial: Trial, step = 1e-5): number {
  const { gradient, inputs, variables } = trial;
  const found = evaluate(gradient, { inputs, variables }).outputs;
  // The sum alone, so that the gradients are not computed anew for each element.
  const sum = { ...gradient, outputs: { loss: gradient.outputs.loss } };
  let worst = 0;
  for (const group of ['inputs', 'variables'] as const) {
    for (const [name, x] of Object.entries(trial[group])) {
      x.data.forEach((_, i) => {
        const moved = (by: number): number => {
          const array = { shape: x.shape, data: x.data.with(i, x.data[i] + by) };
          const arrays = { inputs, variables, [group]: { ...trial[group], [name]: array } };
          return evaluate(sum, arrays).outputs.loss.data[0];
        };
        const derivative = found[name].data[i];
        const error = Math.abs((moved(step) - moved(-step)) / (2 * step) - derivative);
        worst = Math.max(worst, error / Math.max(1, Math.abs(derivative)));
      });
    }
  }
  return worst;
}

/** Where backends leave the reference, in value or gradient; files for inference have no gradients. */
export async function disagreements({ program, gradient, inputs, variables }: Trial): Promise<string[]> {
  const misses: string[] = [];
  for (const backend of backends.filter((b) => b.name !== 'reference')) {
    const tried = backend.name === 'onnx' ? [program] : [program, gradient];
    const bindings = backend.name === 'onnx' ? {} : { bindings: { batch: 2 } };
    const session = await backend.open(tried, bindings);
    try {
      const known = (await session.get()) ?? {};
      await session.set(hostedAll(pick(variables, Object.keys(known))));
      for (const one of tried) {
        const want = evaluate(one, { inputs, variables }).outputs;
        const got = await session.run(one.name, hostedAll(inputs));
        for (const [name, array] of Object.entries(want)) {
          const label = `${backend.name} ${backend.variant ?? ''} ${one.name} ${name}`;
          if (String(got[name].shape) !== String(array.shape)) misses.push(`${label}: shape [${got[name].shape}]`);
          misses.push(...differences(label, got[name], array, backend.tolerance));
        }
      }
    } finally {
      await session.dispose();
    }
  }
  return misses;
}

function gradientOf(program: Program, leaves: readonly Value[]): Program {
  const { y } = program.outputs;
  const size = y.shape.reduce<number>((n, d) => n * Number(d), 1);
  // They differ, so that no two derivatives can stand in for one another.
  const weights = Float64Array.from({ length: size }, (_, i) => Math.fround(Math.cos(3 * i + 1)));
  const weighted = ops.mul(y, constant({ shape: y.shape as number[], data: weights }));
  const loss = ops.reduceSum(weighted, { axes: y.shape.map((_, i) => i) });
  const by = gradients(loss, leaves);
  const outputs = Object.fromEntries(leaves.map((leaf, i) => [nameOf(leaf), by[i]]));
  return { name: 'gradient', inputs: program.inputs, outputs: { ...outputs, loss }, updates: [] };
}

function nameOf({ leaf }: Value): string {
  return leaf && 'name' in leaf ? leaf.name : '';
}

function arrayOf(v: Value, seed: number, data?: readonly number[]): NdArray {
  const shape = v.shape.map(Number);
  return { shape, data: elementsOf({ shape, ...(data ? { data } : {}) }, seed) };
}

function hostedAll(arrays: Arrays): { [name: string]: ReturnType<typeof hosted> } {
  return Object.fromEntries(Object.entries(arrays).map(([name, x]) => [name, hosted(x, 'f32')]));
}

function pick(arrays: Arrays, names: readonly string[]): Arrays {
  return Object.fromEntries(Object.entries(arrays).filter(([name]) => names.includes(name)));
}
