/** A run on a large folder computes the same whether its pictures were rendered before or are as they come. */
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { openTrainingData } from '../../src/train/data';
import { readRunRecord } from '../../src/train/find-record';
import { train, type TrainOptions } from '../../src/train/train';
import { compileModel } from '../support/compile';
import { failureOf } from '../support/failure';
import { inFolder } from '../support/weft';

const small = { size: '4x4', patch: '2', width: '8', heads: '2', depth: '1', pixel_width: '4', pixel_depth: '1' };
const model = compileModel('specs/pixeldit.weft', 'PixelDiT', { ...small, classes: '2' });
const count = 2000;

const recipeOf = (path: string): TrainRecipe => ({
  name: 'tiny',
  model: 'PixelDiT',
  data: { kind: 'folder', path, flip: true },
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  warmup: 0,
  clip: null,
  ema: null,
  labelDrop: 0.1,
  precision: 'f32',
  batch: 8,
  steps: 6,
  seed: 5,
  phases: [],
  checkpoint: 2,
});

async function picture(level: number): Promise<Buffer> {
  return sharp(Buffer.alloc(48, level), { raw: { width: 4, height: 4, channels: 3 } })
    .png()
    .toBuffer();
}

/** Two classes of flat pictures; every 20th is damaged, so that a run meets some. */
async function writeMany(folder: string): Promise<void> {
  const levels = await Promise.all(Array.from({ length: 256 }, (_, level) => picture(level)));
  for (const name of ['a', 'b']) mkdirSync(join(folder, name), { recursive: true });
  for (let i = 0; i < count; i++) {
    const bytes = levels[i % 256];
    writeFileSync(join(folder, i % 2 ? 'a' : 'b', `${i}.png`), i % 20 === 0 ? bytes.subarray(0, 60) : bytes);
  }
}

async function losses(
  folder: string,
  cache: string,
  { stopAfter, ...options }: Partial<TrainOptions> & { readonly stopAfter?: number },
): Promise<number[]> {
  const recipe = recipeOf(folder);
  const data = await openTrainingData(model, recipe, { cache, onWarning: () => {} });
  try {
    const found: number[] = [];
    for await (const { step, loss } of train(model, recipe, { data, backend: 'tfjs', ...options })) {
      found.push(loss);
      if (step === stopAfter) break;
    }
    return found;
  } finally {
    await data.close();
  }
}

it('has the same losses with a cold cache, a warm one, and after a stop between', () =>
  inFolder(async (home) => {
    const [folder, cold, warm, out] = ['pictures', 'cold', 'warm', 'run'].map((name) => join(home, name));
    await writeMany(folder);
    const first = await losses(folder, cold, {});
    expect(first).toHaveLength(6);

    const whole = await openTrainingData(model, recipeOf(folder), { cache: warm, onWarning: () => {} });
    const digest = await whole.wholeDigest?.();
    await whole.close();
    expect(await losses(folder, warm, {})).toEqual(first);

    rmSync(cold, { recursive: true });
    const begun = await losses(folder, cold, { out, stopAfter: 3 });
    const { data: before } = await readRunRecord(out);
    expect(before?.images).toEqual({ count, source: expect.stringMatching(/^[0-9a-f]{64}$/) });
    // It ends before its last step, after which samples would be drawn.
    const ended = await losses(folder, warm, { out, resume: true, stopAfter: 5 });
    expect([...begun, ...ended]).toEqual(first.slice(0, 5));
    expect((await readRunRecord(out)).data?.images).toEqual({ ...before?.images, digest });

    // Files that are others with the same pixels are accepted once pixels are compared; other pixels are not.
    rmSync(cold, { recursive: true });
    const again = await sharp(await picture(3))
      .png({ compressionLevel: 0 })
      .toBuffer();
    writeFileSync(join(folder, 'a', '3.png'), again);
    expect(await losses(folder, cold, { out, resume: true, stopAfter: 6 })).toEqual(first.slice(5));
    writeFileSync(join(folder, 'a', '3.png'), await picture(4));
    expect(await failureOf(() => losses(folder, cold, { out, resume: true }))).toContain('began with other data');
  }));
