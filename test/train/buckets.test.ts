/** Runs on pictures of several forms, each trained at the size nearest to its own. */
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { compile, train } from '../../src/index';
import type { TrainCallOptions } from '../../src/api/train';
import { readSafetensors } from '../../src/data/safetensors';
import type { BackendName } from '../../src/backends/session';
import { openBuckets } from '../../src/train/open-buckets';
import { bucketsOf } from '../../src/train/stages';
import { summarizeData } from '../../src/train/summarize-data';
import type { TrainMetrics } from '../../src/train/metrics';

const folder = mkdtempSync(join(tmpdir(), 'weft-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Three pictures wider than high, two higher than wide, four squares, in two classes. */
const forms = [
  [12, 16],
  [24, 32],
  [30, 40],
  [16, 12],
  [40, 31],
  [9, 9],
  [20, 20],
  [21, 20],
  [33, 32],
] as const;

beforeAll(async () => {
  for (const [i, [height, width]] of forms.entries()) {
    for (const set of i >= 5 ? ['all', 'square'] : ['all']) {
      const path = join(folder, set, i % 2 === 0 ? 'a' : 'b', `${i}.png`);
      mkdirSync(dirname(path), { recursive: true });
      const background = { r: 28 * i, g: 255 - 20 * i, b: 5 * i };
      await sharp({ create: { width, height, channels: 3, background } })
        .png()
        .toFile(path);
    }
  }
});

const text = (settings: string, data = 'all'): string => `model M(size: Size = 8x8) {
  input noisy: image(size)
  input time: time(noise: 0, data: 1)
  let h = conv2d(noisy, 4) @a
  output velocity: image(size) = conv2d(silu(h) * time, 3) @b
}
train t of M {
  data = folder("${join(folder, data)}")
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-2)
  ema = 0.8
  batch = 2
  steps = 10
  checkpoint = 4
${settings}
}`;
const buckets = 'buckets = [bucket(size: 8x8), bucket(size: 6x8, batch: 3), bucket(size: 8x6)]';

async function run(
  spec: string,
  { stopAfter, ...options }: TrainCallOptions & { readonly stopAfter?: number } = {},
): Promise<TrainMetrics[]> {
  const { model, recipe } = compile('m.weft', { text: spec });
  const stop = new AbortController();
  const steps: TrainMetrics[] = [];
  for await (const m of train(model, recipe!, { backend: 'tfjs', signal: stop.signal, ...options })) {
    steps.push(m);
    if (m.step === stopAfter) stop.abort();
  }
  return steps;
}

const losses = (steps: readonly TrainMetrics[]): number[] => steps.map((m) => m.loss);

it('puts each picture into the bucket of its form, and shows batches of one form each', async () => {
  const { model, recipe, spec } = compile('m.weft', { text: text(buckets) });
  const modelWith = (set: { readonly [name: string]: string }) => spec.elaborate('M', set).model!;
  const models = bucketsOf(model, { recipe: recipe! }, { modelWith })!;
  const data = await openBuckets(models, recipe!, { onWarning: () => {} });
  try {
    expect([data.bucketCounts, data.count]).toEqual([[4, 3, 2], 9]);
    expect(data.classes).toEqual(['a', 'b']);
    const shown = [];
    for (let step = 0; step < 4; step++) shown.push([data.bucketAt?.(step), (await data.batch(step)).x0.shape]);
    // Two batches of squares, one of each other form, in some order.
    expect(shown.map(([bucket]) => bucket).sort()).toEqual([0, 0, 1, 2]);
    const shapes = { 0: [2, 3, 8, 8], 1: [3, 3, 6, 8], 2: [2, 3, 8, 6] };
    for (const [bucket, shape] of shown) expect(shape).toEqual(shapes[bucket as 0 | 1 | 2]);
  } finally {
    await data.close();
  }
});

it('tells once what is true of the folder, and of no class that it is empty because of its form', async () => {
  for (const [from, to] of [
    ['a/0', 'wide/0'],
    ['b/1', 'wide/1'],
    ['a/6', 'square/6'],
  ])
    cpSync(join(folder, 'all', `${from}.png`), join(folder, 'apart', `${to}.png`));
  mkdirSync(join(folder, 'apart', 'torn'));
  const png = readFileSync(join(folder, 'all', 'a', '0.png'));
  writeFileSync(join(folder, 'apart', 'torn', '3.png'), png.subarray(0, 40));
  const { model, recipe, spec } = compile('m.weft', {
    text: text('buckets = [bucket(size: 8x8), bucket(size: 6x8)]', 'apart'),
  });
  const modelWith = (set: { readonly [name: string]: string }) => spec.elaborate('M', set).model!;
  const told: string[] = [];
  const data = await openBuckets(bucketsOf(model, { recipe: recipe! }, { modelWith })!, recipe!, {
    onWarning: (note) => told.push(note),
  });
  await data.close();
  expect(told).toEqual([
    'Classes by number: 0 square, 1 torn, 2 wide.',
    'Class torn has no image that can be read; it keeps its number, 1, and is never trained.',
    '1 of 2 images cannot be read and is left out: torn/3.png (it is damaged or cut short).',
  ]);
});

it('counts them where weft data shows what is trained on', async () => {
  const { model, recipe } = compile('m.weft', { text: text(buckets) });
  const found = await summarizeData(model, recipe!);
  await found.close();
  expect(found.summary.buckets).toEqual([
    { size: '8x8', images: 4, batch: 2 },
    { size: '6x8', images: 3, batch: 3 },
    { size: '8x6', images: 2, batch: 2 },
  ]);
  // Each round of four steps shows nine of the nine images; the run has two rounds and a half.
  expect(found.summary.epochs).toBeCloseTo(2.5, 12);
});

it('is a plain run where there is one bucket of the size of the model', async () => {
  const plain = await run(text('', 'square'));
  expect(losses(await run(text('buckets = [bucket(size: 8x8)]', 'square')))).toEqual(losses(plain));
});

it.each<BackendName>(['tfjs', 'tensorflow'])('goes on exactly where it was interrupted, on %s', async (backend) => {
  const [whole, parts] = [join(folder, `whole-${backend}`), join(folder, `parts-${backend}`)];
  const steps = await run(text(buckets), { out: whole, backend });
  const first = await run(text(buckets), { out: parts, backend, stopAfter: 5 });
  const rest = await run(text(buckets), { out: parts, backend, resume: true });
  expect(losses([...first, ...rest])).toEqual(losses(steps));
  for (const file of ['weights.safetensors', 'ema.safetensors'])
    expect(await readSafetensors(join(parts, file))).toEqual(await readSafetensors(join(whole, file)));
});

it('computes a batch in parts, and validates at the size of the model', async () => {
  const at = (parts: string): string =>
    text(
      `${buckets.replace(', batch: 3', ', batch: 4')}\n${parts}\nvalidate = held_out(every: 5, data: folder("${join(folder, 'square')}"), images: 2)`,
    );
  const [plain, inParts] = [await run(at('')), await run(at('accumulate = 2'))];
  losses(inParts).forEach((loss, i) => expect(Math.abs(loss / plain[i].loss - 1)).toBeLessThan(1e-5));
  expect(plain.map((m) => m.validationLoss !== undefined)).toEqual(
    [1, 2, 3, 4, 5, 6, 7, 8, 9, 10].map((s) => s % 5 === 0),
  );
});

it('names the tensor that goes wrong in a bucket', async () => {
  await expect(run(text(buckets).replace('1e-2', '1e30'))).rejects.toThrow(
    /the first tensor to go wrong is the output of/,
  );
});

it('refuses buckets without pictures, and several devices', async () => {
  await expect(run(text('buckets = [bucket(size: 8x8), bucket(size: 2x8)]'))).rejects.toThrow(
    /None of 9 pictures in .* belongs to the bucket 2x8/,
  );
  await expect(run(text(buckets), { devices: 2, backend: 'pytorch' })).rejects.toThrow(
    'Buckets are trained on one device.',
  );
});
