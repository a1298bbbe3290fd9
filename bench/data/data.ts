/** How long a folder of many small pictures takes until the first batch, and what reading it from the disk costs in every step. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import sharp from 'sharp';
import { openTrainingData } from '../../src/train/data';
import { train } from '../../src/train/train';
import { packageRoot } from '../../src/files/package-root';
import { elaborateModel, openSpec, recipeNamed } from '../../src/spec/open';
import type { TrainingData } from '../../src/train/batches';

/** A set this small is held in memory whatever its pictures are. */
const fewImages = 1000;

/** Prints the seconds of each part and the peak memory; `--images` and `--side` choose the set. */
export async function benchData(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      images: { type: 'string', default: '100000' },
      side: { type: 'string', default: '64' },
      steps: { type: 'string', default: '20' },
    },
  });
  const [images, side, steps] = [Number(values.images), Number(values.side), Number(values.steps)];
  const folder = mkdtempSync(join(tmpdir(), 'weft-bench-'));
  try {
    await writePictures(join(folder, 'many'), images, side);
    await writePictures(join(folder, 'few'), fewImages, side);
    const few = await openSet(folder, 'few', side);
    const late = await timed('first batch, nothing cached', images, () => openSet(folder, 'many', side));
    await compare(side, steps, { late, few });
    await timed('the rest of the set', images, () => late.wholeDigest?.() ?? Promise.resolve(''));
    await late.close();
    const many = await timed('first batch, from the cache', images, () => openSet(folder, 'many', side));
    console.log(`peak memory so far: ${(process.resourceUsage().maxRSS / 1024).toFixed(0)} MiB`);
    await compare(side, steps, { many, few });
    await many.close();
    await few.close();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

type Opened = Awaited<ReturnType<typeof openTrainingData>>;

/** Pictures of noise in ten classes, as PNG files. */
async function writePictures(folder: string, count: number, side: number): Promise<void> {
  for (let c = 0; c < 10; c++) mkdirSync(join(folder, String(c)), { recursive: true });
  const together = 8;
  for (let at = 0; at < count; at += together) {
    const numbers = Array.from({ length: Math.min(together, count - at) }, (_, i) => at + i);
    await Promise.all(numbers.map((i) => writePicture(join(folder, String(i % 10), `${i}.png`), i, side)));
  }
}

async function writePicture(path: string, seed: number, side: number): Promise<void> {
  const pixels = new Uint8Array(side * side * 3);
  for (let at = 0; at < pixels.length; at++) pixels[at] = (at * (seed + 7)) >> 3;
  await sharp(pixels, { raw: { width: side, height: side, channels: 3 } })
    .png({ compressionLevel: 1 })
    .toFile(path);
}

function recipeOf(path: string, side: number) {
  const text = `import { PixelDiT } from "./pixeldit"
model Small = PixelDiT(size: ${side}x${side}, classes: 10, patch: 8, width: 64, heads: 4, depth: 2, pixel_width: 8, pixel_depth: 1)
train bench of Small {
  data      = folder(${JSON.stringify(path)}, flip: true)
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-4)
  batch     = 32
  steps     = 1000
}
`;
  const { spec } = openSpec(join(packageRoot(), 'specs', 'bench.weft'), { text });
  return { model: elaborateModel(spec, 'Small'), recipe: recipeNamed(spec, 'bench') };
}

/** The set with its first batch read. */
async function openSet(folder: string, name: string, side: number): Promise<Opened> {
  const { model, recipe } = recipeOf(join(folder, name), side);
  const data = await openTrainingData(model, recipe, { cache: join(folder, 'cache'), onWarning: () => {} });
  await data.batch(0);
  return data;
}

async function timed<T>(what: string, images: number, run: () => Promise<T>): Promise<T> {
  const [start, before] = [performance.now(), process.cpuUsage()];
  const result = await run();
  const seconds = (performance.now() - start) / 1000;
  const { user, system } = process.cpuUsage(before);
  const busy = (user + system) / 1e6;
  console.log(
    `${what.padEnd(28)} ${seconds.toFixed(1).padStart(7)} s, ${busy.toFixed(1)} s of them on a core: ${((1000 * busy) / images).toFixed(3)} ms an image`,
  );
  return result;
}

/** Trains on a large set and a small one by turns; the medians of the steps. Each turn shows other images. */
async function compare(side: number, steps: number, sets: { readonly [name: string]: Opened }): Promise<void> {
  const { model, recipe } = recipeOf('unused', side);
  const names = Object.keys(sets);
  const empty = (): { [name: string]: number[] } => Object.fromEntries(names.map((name) => [name, []]));
  const [seconds, waiting] = [empty(), empty()];
  const turns = 2;
  for (let turn = 0; turn < turns; turn++) {
    for (const [name, data] of Object.entries(sets)) {
      const first = turn * (steps + 2);
      const batch: TrainingData['batch'] = (step) => data.batch(first + step);
      const own: TrainingData = { ...data, identity: undefined, batch };
      const run = train(model, { ...recipe, steps: steps + 2 }, { data: own, backend: 'tensorflow' });
      for await (const step of run) {
        if (step.step <= 2) continue;
        seconds[name].push(step.seconds);
        waiting[name].push(step.waiting ?? 0);
      }
    }
  }
  for (const name of names)
    console.log(
      `${name.padEnd(5)} ${(1000 * median(seconds[name])).toFixed(1)} ms a step of 32, ${(100 * median(waiting[name])).toFixed(2)} % of it waiting for images`,
    );
  const [large, small] = names;
  console.log(`throughput of ${large} to ${small}: ${(median(seconds[small]) / median(seconds[large])).toFixed(3)}`);
}

function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
