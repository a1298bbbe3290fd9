/** Runs whose phases train with other programs: other sizes, batches, averages and data, on one state. */
import { expect, it } from '@jest/globals';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { compile, train } from '../../src/index';
import { readSafetensors } from '../../src/data/safetensors';
import { readMetrics, type TrainMetrics } from '../../src/train/metrics';
import type { TrainEvent } from '../../src/train/train';
import type { TrainCallOptions } from '../../src/api/train';
import { inFolder } from '../support/weft';

const spec = (phases: string, data = 'scenes(64)'): string => `model M(size: Size = 8x8) {
  input noisy: image(size)
  input time: time(noise: 0, data: 1)
  let h = conv2d(noisy, 4) @a
  output velocity: image(size) = conv2d(silu(h) * time, 3) @b
}
train t of M {
  data = ${data}
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-2)
  ema = 0.8
  batch = 4
  steps = 8
  checkpoint = 3
${phases}
}`;

const sizes = `phase at 0 { size = 4x4 batch = 8 }
phase at 3 { optimizer.rate = 1e-3 }
phase at 4 { size = 8x8 batch = 4 ema = 0.5 }`;

/** Steps, and what else was told, of a run on the portable backend. */
async function run(
  text: string,
  options: TrainCallOptions & { readonly stopAfter?: number } = {},
): Promise<{ steps: TrainMetrics[]; events: TrainEvent[] }> {
  const { stopAfter, ...others } = options;
  const { model, recipe } = compile('m.weft', { text });
  const [steps, events]: [TrainMetrics[], TrainEvent[]] = [[], []];
  const stop = new AbortController();
  const how = { backend: 'tfjs', signal: stop.signal, onEvent: (e: TrainEvent) => void events.push(e) } as const;
  for await (const m of train(model, recipe!, { ...how, ...others })) {
    steps.push(m);
    if (m.step === stopAfter) stop.abort();
  }
  return { steps, events };
}

const losses = (steps: readonly TrainMetrics[]): number[] => steps.map((m) => m.loss);

it('trains each stage at its size and with its batch, and says where one begins', async () => {
  const { steps, events } = await run(spec(sizes));
  expect(steps.map((m) => [m.step, m.rate])).toEqual([1, 2, 3, 4, 5, 6, 7, 8].map((s) => [s, s <= 3 ? 1e-2 : 1e-3]));
  const told = events.flatMap((e) => (e.kind === 'phase' ? [[e.step, e.changes]] : []));
  expect(told).toEqual([
    [0, 'size 4x4, batch 8'],
    [4, 'size 8x8, batch 4, ema 0.5'],
  ]);
  // The first stage is the run of a recipe of that size alone.
  const small = await run(spec('').replace('Size = 8x8', 'Size = 4x4').replace('batch = 4', 'batch = 8'));
  expect(losses(steps).slice(0, 3)).toEqual(losses(small.steps).slice(0, 3));
});

it('changes nothing where a phase changes nothing', () =>
  inFolder(async (folder) => {
    const [plain, phased] = [join(folder, 'plain'), join(folder, 'phased')];
    const before = await run(spec(''), { out: plain });
    const after = await run(spec('phase at 2 { batch = 4 } phase at 5 { precision = f32 }'), { out: phased });
    expect(losses(after.steps)).toEqual(losses(before.steps));
    for (const file of ['weights.safetensors', 'ema.safetensors'])
      expect(await readSafetensors(join(phased, file))).toEqual(await readSafetensors(join(plain, file)));
  }));

it.each([1, 3, 4, 5, 7])('goes on exactly where it was interrupted after step %i', (stopAfter) =>
  inFolder(async (folder) => {
    const [whole, parts] = [join(folder, 'whole'), join(folder, 'parts')];
    const { steps } = await run(spec(sizes), { out: whole });
    const first = await run(spec(sizes), { out: parts, stopAfter });
    expect(first.events.at(-1)).toEqual({ kind: 'interrupted', step: stopAfter });
    const second = await run(spec(sizes), { out: parts, resume: true });
    expect(losses([...first.steps, ...second.steps])).toEqual(losses(steps));
    expect((await readMetrics(join(parts, 'metrics.jsonl'))).map((m) => m.step)).toEqual(steps.map((m) => m.step));
    for (const file of ['weights.safetensors', 'ema.safetensors'])
      expect(await readSafetensors(join(parts, file))).toEqual(await readSafetensors(join(whole, file)));
  }),
);

it('keeps the state in memory between stages of a run without a folder', async () =>
  inFolder(async (folder) => {
    const inMemory = await run(spec(sizes));
    const inFiles = await run(spec(sizes), { out: join(folder, 'run') });
    expect(losses(inMemory.steps)).toEqual(losses(inFiles.steps));
  }));

it('refuses data with other classes in a phase, models without a spec, and batches of a program that give no others', async () => {
  await expect(run(spec('phase at 4 { data = mnist() }'))).rejects.toThrow(
    /The data of the phase at step 4 have the classes 0, 1.*; the run began with/,
  );
  const { model, recipe } = compile('m.weft', { text: spec(sizes) });
  const byHand = { ...model };
  await expect(train(byHand, recipe!, { backend: 'tfjs' }).next()).rejects.toThrow(
    'From step 0 on the recipe trains M with size = 4x4, and only a spec can build that.',
  );
  const data = { classes: [], count: 1, batch: () => Promise.reject(new Error('none')) };
  await expect(run(spec('phase at 0 { batch = 8 }'), { data })).rejects.toThrow(
    'From step 0 on the recipe needs its data in another form, and these were opened by a program.',
  );
});

it('remembers the data of a phase, and refuses others when it goes on', () =>
  inFolder(async (folder) => {
    const write = async (set: string, shade: number): Promise<void> => {
      for (const i of [1, 2, 3, 4]) {
        const path = join(folder, set, i < 3 ? 'a' : 'b', `${i}.png`);
        mkdirSync(dirname(path), { recursive: true });
        const background = { r: shade + i, g: 0, b: 0 };
        await sharp({ create: { width: 8, height: 8, channels: 3, background } })
          .png()
          .toFile(path);
      }
    };
    const text = spec(
      `phase at 4 { data = folder("${join(folder, 'second')}") }`,
      `folder("${join(folder, 'first')}")`,
    );
    const out = join(folder, 'run');
    await write('first', 0);
    await write('second', 50);
    const go = async (options: TrainCallOptions & { stopAfter?: number }): Promise<number[]> =>
      (await run(text, { out, ...options })).steps.map((m) => m.step);
    expect(await go({ stopAfter: 5 })).toEqual([1, 2, 3, 4, 5]);
    expect(await go({ resume: true, stopAfter: 6 })).toEqual([6]);
    await write('second', 100);
    await expect(go({ resume: true })).rejects.toThrow(
      /The phase at step 4 of the run in .* began with other data:\n {2}pictures: as many/,
    );
    expect(await go({ resume: true, acceptNewData: true })).toEqual([7, 8]);
  }));

it('goes back from one stage into the one before where a step goes wrong', () =>
  inFolder(async (folder) => {
    const text = spec('phase at 4 { batch = 8 optimizer.rate = 1e30 }\n  on_spike = rewind(3, times: 1)');
    const events: TrainEvent[] = [];
    const out = join(folder, 'run');
    await expect(run(text, { out, onEvent: (e) => void events.push(e) })).rejects.toThrow(
      /the loss is no longer finite/,
    );
    const [rewound] = events.filter((e) => e.kind === 'rewound');
    expect(rewound).toMatchObject({ to: 3 });
    const after = events.slice(events.indexOf(rewound));
    expect(after.flatMap((e) => (e.kind === 'phase' ? [[e.step, e.changes]] : []))).toEqual([
      [3, 'batch 4'],
      [4, 'batch 8'],
    ]);
  }));
