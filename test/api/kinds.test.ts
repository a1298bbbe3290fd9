import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { join } from 'node:path';
import * as library from '../../src/index';
import type { HostTensor } from '../../src/backends/session';
import { staticShape } from '../../src/compiler/ir/dims';
import { backends } from '../support/backends';
import { failureOf } from '../support/failure';
import { suiteFolder } from '../support/folder';
import { shortRecipe } from '../support/recipe';
import { tinyModel } from '../support/tiny-model';
import { root } from '../support/weft';

/** A function of the library as JavaScript sees it, which lets anything in. */
type Loose = (...given: readonly unknown[]) => unknown;
/** A call of the library with a hole in it. */
type Call = (given: unknown) => unknown;

const weft = library as unknown as { readonly [name: string]: Loose };
const folder = suiteFolder();
const spec = join(root, 'specs/examples/meanflow.weft');
const model = tinyModel();
const recipe = shortRecipe();
const image = { shape: [1, 1, 2, 2], dtype: 'f32', data: new Float32Array(4) };
const file = join(folder, 'weights.safetensors');
const made = (name: string): string => join(folder, name);
const settings = { solver: 'euler', steps: 1 };
const weights = Object.fromEntries(
  model.weights.map((w): [string, HostTensor] => {
    const shape = staticShape(w.shape);
    return [w.leaf.name, { shape, dtype: 'f32', data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.1) }];
  }),
);
const drawn = { weights, labels: [0], settings, backend: 'reference' };

const wrong: readonly unknown[] = [
  undefined,
  null,
  NaN,
  -1,
  1.5,
  Infinity,
  'abc',
  '__proto__',
  {},
  [],
  [null],
  () => 1,
  true,
  10n,
];

const calls: { readonly [what: string]: Call } = {
  'check: file': (x) => weft.check(x),
  'check: options': (x) => weft.check(spec, x),
  'check: text': (x) => weft.check('a.weft', { text: x }),
  'check: set': (x) => weft.check(spec, { set: x }),
  'compile: target': (x) => weft.compile(x),
  'compile: options': (x) => weft.compile(spec, x),
  'compile: one of set': (x) => weft.compile(spec, { set: { 'optimizer.rate': x } }),
  'loadWeights: path': (x) => weft.loadWeights(x, model),
  'loadWeights: model': (x) => weft.loadWeights(file, x),
  'loadWeights: options': (x) => weft.loadWeights(file, model, x),
  'loadWeights: which': (x) => weft.loadWeights(file, model, { which: x }),
  'expectedWeights: model': (x) => weft.expectedWeights(x),
  'openWeights: path': (x) => weft.openWeights(x),
  'openSafetensors: path': (x) => weft.openSafetensors(x),
  'readSafetensors: path': (x) => weft.readSafetensors(x),
  'writeSafetensors: path': (x) => weft.writeSafetensors(x, {}),
  'writeSafetensors: tensors': (x) => weft.writeSafetensors(made('w'), x),
  'writeSafetensors: one tensor': (x) => weft.writeSafetensors(made('w'), { a: x }),
  'writeSafetensors: shape': (x) => weft.writeSafetensors(made('w'), { a: { ...image, shape: x } }),
  'writeSafetensors: dtype': (x) => weft.writeSafetensors(made('w'), { a: { ...image, dtype: x } }),
  'writeSafetensors: data': (x) => weft.writeSafetensors(made('w'), { a: { ...image, data: x } }),
  'costsOf: model': (x) => weft.costsOf(x),
  'memoryOf: model': (x) => weft.memoryOf(x),
  'memoryOf: options': (x) => weft.memoryOf(model, x),
  'denoise: model': (x) => weft.denoise(x),
  'denoise: taps': (x) => weft.denoise(model, x),
  'guided: model': (x) => weft.guided(x),
  'guided: rescale': (x) => weft.guided(model, x),
  'loss: model': (x) => weft.loss(x),
  'loss: taps': (x) => weft.loss(model, x),
  'loss: one tap': (x) => weft.loss(model, [x]),
  'grad: options': (x) => weft.grad(model, x),
  'grad: inputs': (x) => weft.grad(model, { inputs: x }),
  'grad: one input': (x) => weft.grad(model, { inputs: [x] }),
  'trainStep: model': (x) => weft.trainStep(x, recipe),
  'trainStep: settings': (x) => weft.trainStep(model, x),
  'trainStep: objective': (x) => weft.trainStep(model, { ...recipe, objective: x }),
  'trainStep: optimizer': (x) => weft.trainStep(model, { ...recipe, optimizer: x }),
  'trainStep: ema': (x) => weft.trainStep(model, { ...recipe, ema: x }),
  'trainStep: teacher': (x) => weft.trainStep(model, { ...recipe, teacher: x }),
  'trainStep: precision': (x) => weft.trainStep(model, { ...recipe, precision: x }),
  'trainStep: labelDrop': (x) => weft.trainStep(model, { ...recipe, labelDrop: x }),
  'train: model': (x) => started(x, recipe),
  'train: recipe': (x) => started(model, x),
  'openSession: backend': (x) => weft.openSession(x, []),
  'openSession: programs': (x) => weft.openSession('reference', x),
  'openSession: one program': (x) => weft.openSession('reference', [x]),
  'openSession: options': (x) => weft.openSession('reference', [], x),
  'openSession: seed': (x) => weft.openSession('reference', [], { seed: x }),
  'imageNoise: seed': (x) => weft.imageNoise(x, [1, 2, 2], 1),
  'imageNoise: shape': (x) => weft.imageNoise(0, x, 1),
  'imageNoise: one side': (x) => weft.imageNoise(0, [x], 1),
  'imageNoise: count': (x) => weft.imageNoise(0, [1, 2, 2], x),
  'writeImageGrid: path': (x) => weft.writeImageGrid(x === 'abc' || x === '__proto__' ? made('g') : x, image),
  'writeImageGrid: images': (x) => weft.writeImageGrid(made('g'), x),
  'writeImageGrid: data': (x) => weft.writeImageGrid(made('g'), { ...image, data: x }),
  'writeImageGrid: shape': (x) => weft.writeImageGrid(made('g'), { ...image, shape: x }),
  'writeImageGrid: options': (x) => weft.writeImageGrid(made('g'), image, x),
  'writeImageGrid: columns': (x) => weft.writeImageGrid(made('g'), image, { columns: x }),
  'writeImageGrid: scale': (x) => weft.writeImageGrid(made('g'), image, { scale: x }),
  'writeImageGrid: gap': (x) => weft.writeImageGrid(made('g'), image, { gap: x }),
  'writeLossCurve: points': (x) => Array.isArray(x) || weft.writeLossCurve(made('c'), x),
  'encodePrompts: model': (x) => weft.encodePrompts(x, {}, { prompts: ['a'] }),
  'sample: model': (x) => weft.sample(x, drawn),
  'sample: options': (x) => weft.sample(model, x),
  'sample: one weight': (x) => weft.sample(model, { ...drawn, weights: { ...weights, 'final.bias': x } }),
  'sample: one label': (x) => weft.sample(model, { ...drawn, labels: [x] }),
  'sample: solver': (x) => weft.sample(model, { ...drawn, settings: { ...settings, solver: x } }),
  'sample: guidance': (x) => weft.sample(model, { ...drawn, settings: { ...settings, guidance: x } }),
  'sample: steps': (x) => weft.sample(model, { ...drawn, settings: { ...settings, steps: x } }),
  'exportOnnx: model': (x) => weft.exportOnnx(x, { weights: file, path: made('m.onnx') }),
  'exportOnnx: options': (x) => weft.exportOnnx(model, x),
  'exportOnnx: weights': (x) => weft.exportOnnx(model, { weights: x, path: made('m.onnx') }),
  'exportOnnx: program': (x) => weft.exportOnnx(model, { weights: file, path: made('m.onnx'), program: x }),
  'exportOnnx: precision': (x) => weft.exportOnnx(model, { weights: file, path: made('m.onnx'), precision: x }),
  'exportToDiffusers: model': (x) => weft.exportToDiffusers(x, made('d'), { weights: file }),
  'exportToDiffusers: options': (x) => weft.exportToDiffusers(model, made('d'), x),
  'exportToDiffusers: weights': (x) => weft.exportToDiffusers(model, made('d'), { weights: x }),
  'exportToDiffusers: precision': (x) => weft.exportToDiffusers(model, made('d'), { weights: file, precision: x }),
  'verifyOnnx: model': (x) => weft.verifyOnnx(made('m.onnx'), x, { weights: file }),
  'verifyOnnx: options': (x) => weft.verifyOnnx(made('none.onnx'), model, x),
  'planStudy: file': (x) => weft.planStudy(x, null, {}),
  ...Object.fromEntries(
    ['weights', 'labels', 'count', 'seed', 'batch', 'threads', 'given', 'noise', 'text'].map((key): [string, Call] => [
      `sample: ${key}`,
      (x) => weft.sample(model, { ...drawn, [key]: x }),
    ]),
  ),
};

async function started(...given: readonly unknown[]): Promise<void> {
  for await (const _ of weft.train(...given) as AsyncGenerator) return;
}

const warn = console.error;
const home = process.cwd();
beforeAll(async () => {
  console.error = () => {};
  process.chdir(folder);
  await weft.writeSafetensors(file, weights);
});
afterAll(() => {
  console.error = warn;
  process.chdir(home);
});

it.each(Object.keys(calls))('%s of another kind is taken or refused with words', async (what) => {
  for (const value of wrong) {
    try {
      await calls[what](value);
    } catch (error) {
      if (error instanceof library.WeftError || error instanceof library.SpecError) continue;
      throw new Error(`${what} = ${typeof value} ${JSON.stringify(String(value))}`, { cause: error });
    }
  }
});

it.each([
  [
    'a compiled spec for its model',
    () => weft.costsOf({ model, recipe }),
    /object with model, recipe.\nGive its `model`/,
  ],
  [
    'tensors for a path',
    () => weft.exportOnnx(model, { weights, path: 'x' }),
    /A path was expected.*\n.*writeSafetensors/,
  ],
  ['tensors for a path', () => weft.exportToDiffusers(model, 'x', { weights }), /A path was expected, not an object/],
  ['the scale of guidance for how much is rescaled', () => weft.guided(model, 7.5), /rescale is 7.5.*between 0 and 1/],
  ['a gap in labels', () => weft.sample(model, { ...drawn, labels: [0, undefined] }), /The label undefined is none of/],
  [
    'bare numbers for a tensor',
    () => weft.sample(model, { ...drawn, weights: { a: new Float32Array(2) } }),
    /"a" of weights must be a tensor, not a list of numbers/,
  ],
  ['an input that is none', () => weft.grad(model, { inputs: ['x'] }), /Tiny has no input "x"./],
  ['a share of the average', () => weft.trainStep(model, { ...recipe, ema: 2 }), /ema is 2, but must be .* below 1/],
  ['a recipe changed by hand', () => started(model, { ...recipe, batch: 0 }), /no recipe that can be trained: batch: /],
  [
    'a program that a file does not hold',
    async () => {
      await weft.exportOnnx(model, { weights: file, path: made('denoise.onnx') });
      return weft.verifyOnnx(made('denoise.onnx'), model, { weights: file, program: 'sample' });
    },
    /holds the program denoise, not sample.\nLeave --program out/,
  ],
])('%s is told', async (_, call, message) => {
  expect(await failureOf(call)).toMatch(message);
});

it.each(backends.map((b) => [b.name, b] as const))('a session of %s that is disposed says so', async (_, backend) => {
  const session = await backend.open([library.denoise(model)], { bindings: { batch: 1 } });
  await session.dispose();
  await session.dispose();
  const inputs = {
    x_t: { shape: [1, 3, 4, 4], dtype: 'f32', data: new Float32Array(48) },
    t: { shape: [1], dtype: 'f32', data: new Float32Array(1) },
    y: { shape: [1], dtype: 'i32', data: new Int32Array(1) },
  } as const;
  const uses = [
    () => session.run('denoise', inputs),
    () => session.get(),
    () => session.set(weights),
    () => session.init(1),
    () => session.save(made('state')),
  ];
  for (const use of uses) expect(await failureOf(use)).toMatch(/The session was disposed before .*\nOpen another/);
});
