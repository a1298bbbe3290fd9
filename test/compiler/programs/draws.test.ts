import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import { gradients } from '../../../src/compiler/autodiff/gradients';
import { evaluate, type Arrays } from '../../../src/compiler/ir/evaluate';
import {
  input,
  topological,
  variablesOf,
  type NdArray,
  type Program,
  type Value,
} from '../../../src/compiler/ir/graph';
import type { ModelGraph } from '../../../src/compiler/lower/model';
import { ops } from '../../../src/compiler/ops';
import { denoise } from '../../../src/compiler/programs/denoise';
import { withDraws } from '../../../src/compiler/programs/draws';
import { trainProbe } from '../../../src/compiler/programs/train-probe';
import { trainStep, type TrainSettings } from '../../../src/compiler/programs/train-step';

const images = 64;
const x: NdArray = { shape: [images, 8, 4], data: Float64Array.from({ length: images * 32 }, (_, i) => i + 1) };

it('drops a share of the elements of each use, by draws of its own that follow from seed and step', () => {
  const { y, z } = drawn('dropout(x, 0.25) @y', 'dropout(x, 0.25) @z', [5, 0]);
  for (const one of [y, z]) {
    one.data.forEach((v, i) => expect([0, x.data[i] * (1 / 0.75)]).toContain(v));
    expect(shareOfZeros(one)).toBeCloseTo(0.25, 1);
  }
  expect([...y.data]).not.toEqual([...z.data]);
  // Draws that knew of each other would not be dropped together as often as chance has it.
  const both = [...y.data].filter((v, i) => v === 0 && z.data[i] === 0).length / y.data.length;
  expect(both).toBeCloseTo(0.25 ** 2, 1);
  expect([...drawn('dropout(x, 0.25) @y', 'x', [5, 0]).y.data]).toEqual([...y.data]);
  expect([...drawn('dropout(x, 0.25) @y', 'x', [5, 1]).y.data]).not.toEqual([...y.data]);
  expect([...drawn('dropout(x, 0.25) @y', 'x', [6, 0]).y.data]).not.toEqual([...y.data]);
});

it('drops whole images on a path', () => {
  const { y, z } = drawn('drop_path(x, 0.5) @y', 'drop_path(range(4) + 1, 0.5) @z', [1, 2]);
  const zeros = Array.from({ length: images }, (_, i) => shareOfZeros(rowOf(y, i, 32)));
  expect(new Set(zeros)).toEqual(new Set([0, 1]));
  expect(zeros.filter((share) => share === 1).length / images).toBeCloseTo(0.5, 0);
  expect(new Set(Array.from({ length: images }, (_, i) => String(rowOf(z, i, 4).data)))).toEqual(
    new Set(['0,0,0,0', '2,4,6,8']),
  );
});

it('draws noise for each use, in the shape of a tensor, and nothing anywhere else', () => {
  const model = ['noise(like: x) @y', 'noise(like: x) @z'] as const;
  const { y, z } = drawn(...model, [5, 0]);
  for (const { shape, data } of [y, z]) {
    expect(shape).toEqual(x.shape);
    // 2048 draws: four deviations of their mean, and of their mean square, whose deviation is √2.
    expect(Math.abs(meanOf(data))).toBeLessThan(4 / Math.sqrt(2048));
    expect(Math.abs(meanOf(data.map((v) => v * v)) - 1)).toBeLessThan(4 * Math.sqrt(2 / 2048));
  }
  expect(Math.abs(meanOf(y.data.map((v, i) => v * z.data[i])))).toBeLessThan(4 / Math.sqrt(2048));
  expect([...drawn(...model, [5, 0]).y.data]).toEqual([...y.data]);
  expect([...drawn(...model, [5, 1]).y.data]).not.toEqual([...y.data]);
  const elsewhere = evaluate(denoise(modelOf('x + noise(like: x)', 'noise(like: range(3))')), {
    inputs: { x },
  }).outputs;
  expect([...elsewhere.y.data]).toEqual([...x.data]);
  expect([...elsewhere.z.data]).toEqual(new Array(3 * images).fill(0));
});

it('gives a gradient to what is left', () => {
  const model = modelOf('dropout(x, 0.5) @y', 'x');
  const seed = input('seed', [2], 'i32');
  const y = withDraws(model, seed).model.outputs.y;
  const [image] = model.inputs;
  const loss = ops.reduceSum(ops.square(y), { axes: [0, 1, 2] });
  const [dx] = gradients(loss, [image.value]);
  const { outputs } = evaluate(
    { name: 'g', inputs: [image.value, seed], outputs: { y, dx }, updates: [] },
    { inputs: { [image.name]: x, seed: seedOf([3, 4]) } },
  );
  outputs.dx.data.forEach((d, i) => expect(d).toBe(4 * outputs.y.data[i]));
});

it('is nothing anywhere else, and at a rate of 0', () => {
  const program = denoise(modelOf('drop_path(dropout(2 * x, 0.5), 0.3)', 'dropout(x, 0)'));
  const { y, z } = evaluate(program, { inputs: { x } }).outputs;
  expect([...y.data]).toEqual([...x.data].map((v) => 2 * v));
  expect([...z.data]).toEqual([...x.data]);
});

const settings: TrainSettings = {
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], decay: 0, eps: 1e-8 },
  ema: null,
  labelDrop: 0,
  precision: 'f32',
};

it('draws in a step for each use, and in the search for what is not finite the same', () => {
  const text = `block Layer(x: [n, d]) -> [n, d] { x + dropout(linear(x, d), 0.1) }
model M(size: Size = 8x8) {
  input noisy: image(size)
  input time:  time(noise: 0, data: 1)
  let x = rearrange(noisy, "c h w -> (h w) c") |> repeat(3) Layer @layers
  output velocity: image(size) = rearrange(drop_path(x, 0.2), "(h w) c -> c h w", h: 8) * time
}`;
  const { model } = checkFile('m.weft', () => text).elaborate('M', {});
  const step = trainStep(model!, settings);
  const draws = drawsOf(Object.values(step.outputs));
  // Times and noise, three layers and a path.
  expect(draws).toHaveLength(6);
  // What is computed again drops the same again.
  const again = trainStep(model!, { ...settings, recompute: 'blocks' });
  expect(drawsOf(again.updates.map((u) => u.value)).length).toBeGreaterThan(6);
  const [kept, computed] = [step, again].map(updatesOf);
  for (const [name, { data }] of Object.entries(kept)) {
    data.forEach((v, i) => expect(computed[name].data[i]).toBeCloseTo(v, 12));
  }
  const probe = trainProbe(model!, settings);
  const offsets = (values: readonly Value[]): string[] =>
    drawsOf(values).map(({ inputs: [seed] }) =>
      String(seed.inputs[1]?.leaf?.kind === 'constant' && seed.inputs[1].leaf.data.data),
    );
  expect(new Set(offsets(Object.values(probe.outputs)))).toEqual(new Set(offsets(Object.values(step.outputs))));
});

/** What one step makes of variables that have no pattern, of two images. */
function updatesOf(step: Program): Arrays {
  const patterned = ({ shape, dtype }: Value, k: number): NdArray => {
    const sizes = shape.map((d) => (typeof d === 'number' ? d : 2));
    const count = sizes.reduce((a, b) => a * b, 1);
    const of = (i: number): number => (dtype === 'f32' ? Math.abs(Math.sin(i + 10 * k + 1)) / 2 : 3);
    return { shape: sizes, data: Float64Array.from({ length: count }, (_, i) => of(i)) };
  };
  const named = (leaves: readonly Value[]): Arrays =>
    Object.fromEntries(leaves.map((v, k) => [v.leaf && 'name' in v.leaf ? v.leaf.name : '', patterned(v, k)]));
  return evaluate(step, { inputs: named(step.inputs), variables: named(variablesOf(step)) }).updates;
}

function modelOf(y: string, z: string): ModelGraph {
  const text = `model M() {\n  input x: [8, 4]\n  output y: [...] = ${y}\n  output z: [...] = ${z}\n}\n`;
  const { model, diagnostics } = checkFile('m.weft', () => text, { elaborateModels: false }).elaborate('M', {});
  if (!model) throw new Error(diagnostics.map((d) => d.message).join('\n'));
  return model;
}

function seedOf(words: readonly number[]): NdArray {
  return { shape: [2], data: Float64Array.from(words) };
}

/** Both outputs as a train step has them. */
function drawn(y: string, z: string, words: readonly number[]): { readonly y: NdArray; readonly z: NdArray } {
  const model = modelOf(y, z);
  const seed = input('seed', [2], 'i32');
  const program = { ...denoise(withDraws(model, seed).model), inputs: [model.inputs[0].value, seed] };
  const { outputs } = evaluate(program, { inputs: { x, seed: seedOf(words) } });
  return { y: outputs.y, z: outputs.z };
}

function meanOf(data: Float64Array): number {
  return data.reduce((sum, v) => sum + v, 0) / data.length;
}

function rowOf({ data }: NdArray, row: number, width: number): NdArray {
  return { shape: [width], data: data.subarray(row * width, (row + 1) * width) };
}

function shareOfZeros({ data }: NdArray): number {
  return data.filter((v) => v === 0).length / data.length;
}

function drawsOf(roots: readonly Value[]): Value[] {
  return topological(roots).filter((v) => v.op?.opName.startsWith('random_'));
}
