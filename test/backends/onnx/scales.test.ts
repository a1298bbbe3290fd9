import { createRequire } from 'node:module';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { exportOnnx } from '../../../src/backends/onnx/export';
import type { OnnxNode } from '../../../src/backends/onnx/graph';
import { separateScales } from '../../../src/backends/onnx/scales';
import { samplerProgram } from '../../../src/compiler/programs/sample';
import { fromTensors } from '../../../src/data/weight-source';
import { compiledText } from '../../support/compile';
import { suiteFolder } from '../../support/folder';
import { relMax } from '../../support/golden';
import { normal } from '../../support/tiny-model';
import { planOf, settingsOf, walked } from '../../support/walk';

const sizes = new Map([
  ['c', 1],
  ['gain', 1],
  ['row', 4],
  ['weight', 16],
]);

/** Nodes written as `y = Mul x c`. */
function nodesOf(text: string): OnnxNode[] {
  return text.split('; ').map((line) => {
    const [output, , opType, ...input] = line.split(' ');
    return { name: output, opType, input, output: [output], attribute: [] };
  });
}

function separated(text: string): string {
  return separateScales(nodesOf(text), sizes)
    .map(({ opType, input, output }) => [...output, '=', opType, ...input].join(' '))
    .join('; ');
}

it.each([
  [
    'a product of a scaled tensor and one that is scaled again',
    's = Mul x c; t = Mul gain s; p = MatMul t s',
    's = Mul x c; t/negative = Neg gain; t/scaled = Mul t/negative s; t = Neg t/scaled; p = MatMul t s',
  ],
  [
    'a quotient of a scaled tensor, moved between and after',
    's = Mul x c; r = Reshape s shape; t = Div r c; k = Transpose t; p = MatMul x k',
    's = Mul x c; r = Reshape s shape; t/negative = Neg c; t/scaled = Div r t/negative; t = Neg t/scaled; k = Transpose t; p = MatMul x k',
  ],
  [
    'a factor that a runtime computes when it loads the file',
    'g = Tanh gain; s = Mul x g; t = Mul s c; p = MatMul t s',
    'g = Tanh gain; s = Mul x g; t/negative = Neg c; t/scaled = Mul s t/negative; t = Neg t/scaled; p = MatMul t s',
  ],
])('%s is written with its sign taken out and put back', (_, before, after) => {
  expect(separated(before)).toBe(after);
});

it.each([
  ['one scale', 's = Mul x c; p = MatMul s s'],
  ['scales that no product reads', 's = Mul x c; t = Mul s c; p = Relu t; q = MatMul p s'],
  ['a row of factors', 's = Mul x c; t = Mul s row; p = MatMul t s'],
  ['a row of factors in another precision', 'h = Cast row; s = Mul x c; t = Mul s h; p = MatMul t s'],
  ['a divisor that is not constant', 's = Mul x c; t = Div c s; p = MatMul t s'],
])('%s stays as it is', (_, text) => {
  expect(separated(text)).toBe(text);
});

const folder = suiteFolder();
const runtime = createRequire(import.meta.url)('onnxruntime-node') as typeof import('onnxruntime-node');
const levels = ['disabled', 'basic', 'extended', 'layout', 'all'] as const;

/** Velocities of attention over a scaled image. Where scales are not kept apart, the second and the third come out wrong at opset 17. */
const velocities = {
  'one scaled tensor': 'let s = 0.7 * noisy\nlet v = attend(s, s, s)',
  'one scale for the queries and another for the keys':
    'let s = 0.7 * noisy\nlet v = attend(-0.6 * s, s * 1.3, s, scale: 0.4)',
  'a weight of one number as the scale':
    'let gain = param([], init: normal(1)) @gain\nlet s = gain * noisy\nlet v = attend(s, gain * s, s) + matmul(-2 * s, s)',
  'a scale of each turn': 'let s = time * noisy\nlet v = attend(s * 0.5, s, 3 * s, causal: true)',
};

it.each([17, 22, 23].flatMap((opset) => Object.entries(velocities).map(([what, lines]) => ({ opset, what, lines }))))(
  'a sampler in a loop of opset $opset attends over $what as the reference does, however much a runtime fuses',
  async ({ opset, lines }) => {
    const model = compiledText(`model M() {
  input noisy: image(4x4, channels: 1)
  input time:  time(noise: 0, data: 1)
  ${lines}
  output velocity: image(4x4, channels: 1) = v
}`);
    const sampler = { solver: 'heun(steps: 3)' };
    const [noise, gain] = [normal([2, 1, 4, 4], 3), { shape: [], data: Float64Array.of(0.8) }];
    const wanted = walked(planOf(model, sampler), { noise, variables: { gain } }).at(-1)!;
    const path = join(folder, `${opset}.onnx`);
    const weights = fromTensors({ gain: { ...gain, dtype: 'f32', data: Float32Array.from(gain.data) } });
    await exportOnnx(samplerProgram(model, settingsOf(sampler)), { path, opset, weights });
    for (const graphOptimizationLevel of levels) {
      const session = await runtime.InferenceSession.create(path, { graphOptimizationLevel, logSeverityLevel: 4 });
      const { image } = await session.run({
        noise: new runtime.Tensor('float32', Float32Array.from(noise.data), noise.shape),
      });
      await session.release();
      // float32 against float64, over six uses of the network
      expect(relMax(image.data as Float32Array, wanted.data)).toBeLessThan(1e-5);
    }
  },
);
