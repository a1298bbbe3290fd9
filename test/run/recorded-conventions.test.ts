/** What weights, runs and ONNX files say of their model is kept, and contradicting specs are refused. */
import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readMetadata } from '../../src/backends/onnx/metadata';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { recordedConventions } from '../../src/compiler/lower/conventions';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { openWeights } from '../../src/data/checkpoints/open';
import { writeSafetensors } from '../../src/data/safetensors';
import { exportOnnx, loadWeights, sample, train, verifyOnnx } from '../../src/index';
import { asRecorded } from '../../src/run/recorded-conventions';
import type { TrainingData } from '../../src/train/batches';
import { compiledText } from '../support/compile';
import { shortRecipe } from '../support/recipe';
import { suiteFolder } from '../support/folder';

const recipe = shortRecipe({
  clip: null,
  steps: 3,
  checkpoint: 100,
});

/** Every batch shows the same grey. */
const data: TrainingData = {
  classes: [],
  count: 4,
  batch: async () => ({ x0: { shape: [4, 3, 4, 4], dtype: 'f32', data: new Float32Array(192).fill(0.5) } }),
};

function model(output: string, time: string): ModelGraph {
  return compiledText(`model M() {
  input noisy: image(4)
  input time:  ${time}
  let out = linear(rearrange(noisy, "c h w -> (h w) c"), 3) @out
  output ${output}: image(4) = rearrange(out, "(h w) c -> c h w", h: 4) + 0 * time
}`);
}

const folder = suiteFolder();
const before = { noise: 0, data: 1 };
const cases = [
  { output: 'velocity', time: 'scalar', prediction: 'velocity', scale: before },
  { output: 'x0', time: 'time(noise: 1000, data: 0)', prediction: 'x0', scale: { noise: 1000, data: 0 } },
  { output: 'noise', time: 'time(noise: 1, data: 0)', prediction: 'noise', scale: { noise: 1, data: 0 } },
] as const;

it.each(cases)('keeps $output and $time with the run, its weights and ONNX files', async (row) => {
  const own = model(row.output, row.time);
  const out = join(folder, row.output);
  for await (const _ of train(own, recipe, { data, out, backend: 'tfjs' }));
  const record = { prediction: row.prediction, time: row.scale, path: 'straight', leftOut: [] };
  const kept = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { conventions: unknown };
  expect(kept.conventions).toEqual(record);
  const weights = join(out, 'weights.safetensors');
  const file = await openWeights(weights);
  expect(JSON.parse(file.metadata.conventions)).toEqual(record);
  await file.close();

  const settings = { solver: 'euler', steps: 4 } as const;
  const images = await sample(own, { weights: await loadWeights(weights, own), settings, backend: 'tfjs', count: 2 });
  expect(images.data.every(Number.isFinite)).toBe(true);
  const path = join(folder, `${row.output}.onnx`);
  const walk = { ...settings, shift: 1, guidance: null };
  await exportOnnx(own, { weights, path, program: 'sample', sampling: walk });
  expect(JSON.parse((await readMetadata(path)).conventions)).toEqual(record);
  expect((await verifyOnnx(path, own, { weights, backend: 'tfjs' })).passed).toBe(true);

  for (const other of cases.filter((c) => c !== row).map((c) => model(c.output, c.time))) {
    await expect(loadWeights(weights, other)).rejects.toThrow('belongs to a model that predicts');
    await expect(verifyOnnx(path, other, {})).rejects.toThrow('belongs to a model that predicts');
    const resumed = train(other, { ...recipe, steps: 5 }, { data, out, resume: true, backend: 'tfjs' });
    await expect(resumed.next()).rejects.toThrow('The run in');
  }
});

it('refuses a recipe that trains the output as something else', async () => {
  const contradicting: TrainRecipe = {
    ...recipe,
    objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 }, predict: 'x0' },
  };
  const run = train(model('velocity', 'scalar'), contradicting, { data, backend: 'tfjs' });
  await expect(run.next()).rejects.toThrow('the recipe trains it to predict x0');
});

it('takes a run without a record as version 0.1.0 did', () => {
  const old: TrainRecipe = {
    ...recipe,
    objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 }, predict: 'x0' },
  };
  const taken = asRecorded(model('velocity', 'scalar'), { recipe: old }, 'The run');
  expect(recordedConventions(taken)).toEqual({ prediction: 'x0', time: before, path: 'straight', leftOut: [] });
});

it('refuses weights of version 0.1.0 for a text model that counts time otherwise now', async () => {
  const reads = (time: string): ModelGraph =>
    compiledText(`model M() {
  input noisy: image(4)
  input time:  ${time}
  input prompt: text(width: 4)
  output velocity = noisy * time * (param([1]) @scale) + mean(mean(prompt))
}`);
  const path = join(folder, 'old.safetensors');
  const scale = { shape: [1], dtype: 'f32', data: Float32Array.of(1) } as const;
  await writeSafetensors(path, { scale }, { metadata: { weft: '0.1.0', recipe: 'r' } });
  await expect(loadWeights(path, reads('scalar'))).rejects.toThrow('was trained by Weft 0.1.0');
  expect(Object.keys(await loadWeights(path, reads('time(noise: 1000, data: 0)')))).toEqual(['scale']);
  await writeSafetensors(path, { scale }, { metadata: { conventions: '{' } });
  await expect(loadWeights(path, reads('scalar'))).rejects.toThrow('cannot be read');
});

it('refuses a record of left out inputs that the model does not have', async () => {
  const own = model('velocity', 'scalar');
  const conventions = { ...recordedConventions(own), leftOut: ['low\u001b'] };
  const problem = 'left out the input `low\\x1b`, which M does not have: its inputs are x_t, t.';
  const where = 'The run in r';
  expect(() => asRecorded(own, { recipe, conventions }, where)).toThrow(`${where} says that training ${problem}`);
  const path = join(folder, 'left-out.safetensors');
  await writeSafetensors(path, {}, { metadata: { conventions: JSON.stringify(conventions) } });
  await expect(loadWeights(path, own)).rejects.toThrow(problem);
});
