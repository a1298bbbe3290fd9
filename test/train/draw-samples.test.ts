/** Samples that show nothing do not end a run, and do not leave it without a word. */
import { expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { SampleSettings } from '../../src/compiler/recipe/index';
import { sample, train } from '../../src/index';
import type { TrainingData } from '../../src/train/batches';
import { compiledText } from '../support/compile';
import { shortRecipe } from '../support/recipe';
import { suiteFolder } from '../support/folder';

const recipe = shortRecipe({
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  sampleEvery: 1,
});
const data: TrainingData = {
  classes: [],
  count: 4,
  batch: async () => ({ x0: { shape: [4, 3, 4, 4], dtype: 'f32', data: new Float32Array(192).fill(0.5) } }),
};
const settings: SampleSettings = { name: 's', model: 'M', solver: 'euler', steps: 2, shift: 1, guidance: null };
const folder = suiteFolder();

const model = (velocity: string): ReturnType<typeof compiledText> =>
  compiledText(`model M() {
  input noisy: image(4)
  input time:  time(noise: 0, data: 1)
  output velocity: image(4) = ${velocity} + param([1]) @bias
}`);

it.each([
  ['black', 'noisy * 0 - 100', '8 of 8 pictures are of one colour'],
  // No time of training is 0, where sampling begins.
  ['not finite', 'noisy * 1e-3 / time', '8 of 8 images are not finite'],
])('tells of samples that are %s, on the way and at the end', async (name, velocity, message) => {
  const out = join(folder, name);
  const told: string[] = [];
  const run = train(model(velocity), recipe, {
    data,
    out,
    sample: settings,
    backend: 'tfjs',
    onEvent: (event) => event.kind === 'warning' && told.push(event.message),
  });
  for await (const _ of run);
  const written = told.map((line) => line.slice(0, line.indexOf(': ')));
  expect(told.map((line) => line.includes(message))).toEqual([true, true]);
  expect(written.map((path) => [path.startsWith(out), existsSync(path)])).toEqual([
    [true, true],
    [true, true],
  ]);
});

it('tells of them in the library, where numbers that are not finite are an error', async () => {
  const told: string[] = [];
  const bias = { shape: [1], dtype: 'f32', data: Float32Array.of(0) } as const;
  const draw = (velocity: string): Promise<unknown> =>
    sample(model(velocity), {
      weights: { bias, 'bias.weight': bias },
      settings,
      backend: 'tfjs',
      onWarning: (message) => told.push(message),
    });
  await draw('noisy');
  expect(told).toEqual([]);
  await draw('noisy * 0 - 100');
  expect(told).toEqual([expect.stringContaining('1 of 1 picture is of one colour')]);
  await expect(draw('noisy / time')).rejects.toThrow('not finite in 1 of 1 image');
});
