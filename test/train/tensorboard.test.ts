/** Event files as the real TensorBoard reads them, where Python has it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { normalDraws } from '../../src/compiler/ops/philox';
import type { TrainingData } from '../../src/train/batches';
import { readSafetensors } from '../../src/data/safetensors';
import { readMetrics } from '../../src/train/metrics';
import { train } from '../../src/train/train';
import { bytesAt, fieldsOf, recordsOf } from '../support/event-file';
import { classes, tinyModel } from '../support/tiny-model';
import { inFolder } from '../support/weft';

/** Python with the `tensorboard` package: `WEFT_PYTHON`, or python3 on the path. */
const python = process.env.WEFT_PYTHON ?? 'python3';
const hasTensorBoard = spawnSync(python, ['-c', 'import tensorboard']).status === 0;
if (!hasTensorBoard)
  console.warn(`TensorBoard itself is not asked: ${python} has no package "tensorboard" (pip install tensorboard).`);

const model = tinyModel();
const recipe: TrainRecipe = {
  name: 'tiny',
  model: 'Tiny',
  data: { kind: 'mnist' },
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  warmup: 3,
  clip: null,
  ema: null,
  labelDrop: 0,
  precision: 'f32',
  batch: 4,
  steps: 8,
  seed: 7,
  phases: [],
  checkpoint: 2,
  sampleEvery: 3,
};
const data: TrainingData = {
  classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
  count: 100,
  batch: async (step) => ({
    x0: { shape: [4, 3, 4, 4], dtype: 'f32', data: Float32Array.from(normalDraws([step, 0], 0, 4 * 48)) },
    y: { shape: [4], dtype: 'i32', data: Int32Array.of(0, 1, 2, step % classes) },
  }),
};

/** A run that died in its sixth step, after the checkpoint of the fourth, and its rest. */
async function brokenRun(out: string): Promise<string[]> {
  const home = join(out, 'tensorboard');
  for await (const m of train(model, recipe, { data, backend: 'tfjs', out })) if (m.step === 5) break;
  rmSync(join(out, 'checkpoints', 'step-000005'), { recursive: true });
  const [name] = readdirSync(home);
  const file = join(home, name);
  // A record that was being written.
  appendFileSync(file, readFileSync(file).subarray(0, 30));
  const longer = { ...recipe, warmup: 0 };
  for await (const _ of train(model, longer, { data, backend: 'tfjs', out, resume: true }));
  return readdirSync(home)
    .sort()
    .map((file) => join(home, file));
}

it('begins a new file where a run goes on, which says from which step', () =>
  inFolder(async (folder) => {
    const [, second, ...more] = await brokenRun(join(folder, 'run'));
    expect(more).toEqual([]);
    const events = recordsOf(readFileSync(second));
    const steps = events.map((event) => fieldsOf(event).find(([n]) => n === 2)?.[1] ?? 0);
    // The version, the start, the settings; steps five to eight, with weights and grids after the sixth and the last.
    expect(steps).toEqual([0, 5, 5, 5, 6, 6, 6, 7, 8, 8, 8]);
    expect(fieldsOf(bytesAt(events[1], 7))).toEqual([[1, 1]]);
  }));

it('leaves nothing of a run that fails before its first step', () =>
  inFolder(async (folder) => {
    const failing: TrainingData = { ...data, batch: () => Promise.reject(new Error('no data')) };
    const out = join(folder, 'run');
    const run = train(model, recipe, { data: failing, backend: 'tfjs', out });
    await expect(run.next()).rejects.toThrow('no data');
    expect(readdirSync(folder)).toEqual([]);
  }));

const script = `
import base64, json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
kinds = ['scalars', 'images', 'tensors', 'histograms', 'compressedHistograms']
events = EventAccumulator(sys.argv[1], size_guidance={kind: 0 for kind in kinds}).Reload()
tags = events.Tags()
print(json.dumps({
  'scalars': {tag: [[e.step, e.value] for e in events.Scalars(tag)] for tag in tags['scalars']},
  'images': {tag: [[e.step, e.width, e.height, base64.b64encode(e.encoded_image_string).decode()]
                   for e in events.Images(tag)] for tag in tags['images']},
  'texts': {tag: [[e.step, e.tensor_proto.string_val[0].decode()] for e in events.Tensors(tag)]
            for tag in tags['tensors']},
  'histograms': {tag: [[e.step, e.histogram_value.min, e.histogram_value.max, e.histogram_value.num,
                        e.histogram_value.sum, sum(e.histogram_value.bucket)] for e in events.Histograms(tag)]
                 for tag in tags['histograms']},
  'plugin': {tag: events.SummaryMetadata(tag).plugin_data.plugin_name for tag in tags['tensors']},
}))
`;

interface Seen {
  readonly scalars: { readonly [tag: string]: readonly (readonly [number, number])[] };
  readonly images: { readonly [tag: string]: readonly (readonly [number, number, number, string])[] };
  readonly texts: { readonly [tag: string]: readonly (readonly [number, string])[] };
  readonly histograms: { readonly [tag: string]: readonly (readonly number[])[] };
  readonly plugin: { readonly [tag: string]: string };
}

(hasTensorBoard ? it : it.skip)('is read by TensorBoard as it was written, each step once', () =>
  inFolder(async (folder) => {
    const out = join(folder, 'run');
    await brokenRun(out);
    const printed = execFileSync(python, ['-c', script, join(out, 'tensorboard')], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const { scalars, images, texts, plugin, histograms } = JSON.parse(printed) as Seen;
    const metrics = await readMetrics(join(out, 'metrics.jsonl'));
    expect(metrics.map((m) => m.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const { fround } = Math;
    const byTime = [0, 1, 2, 3].map((i): [string, [number, number][]] => [
      `loss_by_time/${i + 1}_of_4`,
      metrics.flatMap(({ step, lossByTime }) => {
        const mean = lossByTime?.[i] ?? null;
        return mean === null ? [] : [[step, fround(mean)]];
      }),
    ]);
    expect(scalars).toEqual({
      ...Object.fromEntries(byTime.filter(([, means]) => means.length > 0)),
      loss: metrics.map((m) => [m.step, fround(m.loss)]),
      gradient_norm: metrics.map((m) => [m.step, fround(m.gradNorm)]),
      rate: metrics.map((m) => [m.step, fround(m.rate)]),
      images_per_second: metrics.flatMap(({ step, imagesPerSecond: speed }) =>
        speed === null ? [] : [[step, fround(speed)]],
      ),
      share_waiting_for_images: metrics.map(({ step, waiting = -1 }) => [step, fround(waiting)]),
    });
    expect(images.samples.map(([step]) => step)).toEqual([3, 6, 8]);
    const grids = ['samples/step-000003.png', 'samples/step-000006.png', 'samples.png'];
    grids.forEach((grid, i) => {
      const png = readFileSync(join(out, grid));
      const [, width, height, bytes] = images.samples[i];
      expect([width, height, bytes]).toEqual([png.readUInt32BE(16), png.readUInt32BE(20), png.toString('base64')]);
    });
    const weights = await readSafetensors(join(out, 'weights.safetensors'));
    expect(Object.keys(histograms).sort()).toEqual([...weights.keys()].map((name) => `weights/${name}`).sort());
    for (const [name, { data: numbers }] of weights) {
      const told = histograms[`weights/${name}`];
      expect(told.map(([step]) => step)).toEqual([2, 4, 6, 8]);
      const [, min, max, count, sum, inRanges] = told[3];
      expect([min, max, count, inRanges]).toEqual([
        Math.min(...numbers),
        Math.max(...numbers),
        numbers.length,
        numbers.length,
      ]);
      expect(sum).toBeCloseTo(
        Array.from(numbers).reduce((a, b) => a + b, 0),
        9,
      );
    }
    // The settings of each part of the run stand at its first step.
    expect(texts.settings.map(([step]) => step)).toEqual([1, 5]);
    expect(plugin).toEqual({ settings: 'text' });
    const recipes = texts.settings.map(([, text]) => JSON.parse(text.replaceAll('```json', '').replaceAll('```', '')));
    expect(recipes.map((r) => (r as { recipe: TrainRecipe }).recipe)).toEqual([recipe, { ...recipe, warmup: 0 }]);
  }),
);
