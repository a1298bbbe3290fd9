/** A run is the same on any number of devices, and outlives the death of one. On PyTorch: gloo among processes of this CPU. */
import { expect, it } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { hasPyTorch } from '../../src/backends/pytorch/python';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { ops } from '../../src/compiler/ops';
import { readSafetensors } from '../../src/data/safetensors';
import { withTemporaryFolder } from '../../src/files/atomic';
import { readMetrics } from '../../src/train/metrics';
import { partsOnDevice } from '../../src/train/device-parts';
import { sharedStep } from '../../src/train/shared-step';
import { train, type TrainEvent, type TrainOptions } from '../../src/train/train';
import { drawnBatches } from '../support/drawn-batches';
import { failureOf } from '../support/failure';
import { sharedRecipe } from '../support/recipe';
import { tinyModel } from '../support/tiny-model';

const itPyTorch = hasPyTorch() ? it : it.skip;
const tiny = tinyModel();
/** With draws inside the model too. */
const model = {
  ...tiny,
  outputs: { velocity: ops.dropout(tiny.outputs.velocity, { rate: 0.25, over: 'elements' }) },
};
const recipe = sharedRecipe(50);
const data = drawnBatches(recipe.batch);

async function run(out: string, changes: Partial<TrainRecipe>, options: Partial<TrainOptions>) {
  const how = { data, out, backend: 'pytorch', threads: 1, ...options } as const;
  const losses: number[] = [];
  for await (const m of train(model, { ...recipe, ...changes }, how)) losses[m.step - 1] = m.loss;
  const files = await Promise.all(['weights', 'ema'].map((n) => readSafetensors(join(out, `${n}.safetensors`))));
  return { losses, weights: files.flatMap((file) => [...file.values()].map((t) => [...t.data].map(Number))) };
}

/** The greatest relative difference of two lists, by the greatest number of each. */
function apart(a: readonly number[], b: readonly number[]): number {
  const size = Math.max(...a.map(Math.abs));
  return Math.max(...a.map((x, i) => Math.abs(x - b[i]))) / size;
}

function expectSame(a: Awaited<ReturnType<typeof run>>, b: typeof a): void {
  expect(b.losses).toHaveLength(a.losses.length);
  a.losses.forEach((x, i) => expect(Math.abs(b.losses[i] / x - 1)).toBeLessThan(1e-5));
  a.weights.forEach((w, i) => expect(apart(w, b.weights[i])).toBeLessThan(1e-5));
}

itPyTorch('PyTorch: trains the same on 1, 2 and 4 devices, and in parts', () =>
  withTemporaryFolder(async (folder) => {
    const one = await run(join(folder, '1'), {}, {});
    for (const devices of [2, 4]) expectSame(one, await run(join(folder, String(devices)), {}, { devices }));
    expectSame(one, await run(join(folder, 'parts'), { accumulate: 4 }, { devices: 2 }));
    expectSame(one, await run(join(folder, 'shards'), { parallel: 'shard' }, { devices: 2 }));
    expectSame(one, await run(join(folder, 'both'), { accumulate: 4, parallel: 'shard' }, { devices: 2 }));
  }),
);

itPyTorch('PyTorch: a compiled step trains as one that is run op by op', () =>
  withTemporaryFolder(async (folder) => {
    const one = await run(join(folder, 'eager'), { steps: 12 }, {});
    expectSame(one, await run(join(folder, 'compiled'), { steps: 12 }, { compile: true }));
  }),
);

const optimizers: readonly TrainRecipe['optimizer'][] = [
  { kind: 'came', rate: 1e-3, betas: [0.9, 0.999, 0.9999], eps: [1e-30, 1e-16], clip: 1, decay: 0.1 },
  { kind: 'muon', rate: 1e-3, momentum: 0.95, steps: 5, decay: 0.1, betas: [0.9, 0.95], eps: 1e-8 },
];

itPyTorch.each(optimizers)('PyTorch: shares the state of $kind out', (optimizer) =>
  withTemporaryFolder(async (folder) => {
    const short = { optimizer, steps: 8 };
    const one = await run(join(folder, '1'), short, {});
    expectSame(one, await run(join(folder, '2'), { ...short, parallel: 'shard' }, { devices: 2 }));
  }),
);

itPyTorch('PyTorch: refuses to compile what it cannot', async () => {
  const told = (changes: Partial<TrainRecipe>, options: Partial<TrainOptions>): Promise<string> =>
    failureOf(() => train(model, { ...recipe, ...changes }, { data, backend: 'pytorch', ...options }).next());
  expect(await told({ parallel: 'shard' }, { devices: 2, compile: true })).toMatch(
    /cannot compile a step that 2 devices share in shards/,
  );
});

itPyTorch(
  'PyTorch: goes on from the last checkpoint when a device dies, and on another number when it is resumed',
  () =>
    withTemporaryFolder(async (folder) => {
      const whole = await run(join(folder, 'whole'), { steps: 12 }, {});
      const out = join(folder, 'run');
      const events: TrainEvent[] = [];
      const onEvent = (event: TrainEvent): void => void events.push(event);
      const stop = new AbortController();
      let kills = 0;
      const how = { data, out, backend: 'pytorch', threads: 1, devices: 2, onEvent, signal: stop.signal } as const;
      for await (const { step } of train(model, { ...recipe, steps: 12 }, how)) {
        if (step === 7 && kills++ === 0) process.kill(rankOf(1), 'SIGKILL');
        if (step === 9) stop.abort();
      }
      const told = events.flatMap((e) => (e.kind === 'restarting' ? [e.message] : []));
      expect(told).toEqual([
        expect.stringMatching(/was ended by SIGKILL[^]*Starting again from the checkpoint of step 5 \(1 of at most 3/),
      ]);
      await run(out, { steps: 12 }, { devices: 4, resume: true });
      const metrics = await readMetrics(join(out, 'metrics.jsonl'));
      expect(metrics.map((m) => m.step)).toEqual(Array.from({ length: 12 }, (_, i) => i + 1));
      metrics.forEach((m, i) => expect(Math.abs(m.loss / whole.losses[i] - 1)).toBeLessThan(1e-5));
    }),
);

itPyTorch('PyTorch: goes on when a device dies after the first step, before that is reported', () =>
  withTemporaryFolder(async (folder) => {
    const events: TrainEvent['kind'][] = [];
    let kills = 0;
    const onEvent = (event: TrainEvent): void => {
      events.push(event.kind);
      if (event.kind === 'first-step' && kills++ === 0) process.kill(rankOf(1), 'SIGKILL');
    };
    const how = { data, out: join(folder, 'run'), backend: 'pytorch', threads: 1, devices: 2, onEvent } as const;
    const steps: number[] = [];
    for await (const m of train(model, { ...recipe, steps: 2, checkpoint: 1 }, how)) steps.push(m.step);
    expect(steps.at(-1)).toBe(2);
    expect(events.filter((kind) => kind === 'restarting')).toHaveLength(1);
  }),
);

/** The id of a child of this process that serves as this rank. */
function rankOf(rank: number): number {
  const lines = execFileSync('ps', ['-o', 'pid=,args=', '--ppid', String(process.pid)], { encoding: 'utf8' }).split(
    '\n',
  );
  const found = lines.find((line) => line.includes('serve.py') && line.endsWith(` ${rank}`));
  return Number(found?.trim().split(' ')[0]);
}

it('shares a batch in parts that are no larger than those of one device', () => {
  const parts = (batch: number, accumulate: number, devices: number): number =>
    partsOnDevice({ ...recipe, batch, accumulate }, devices);
  expect([parts(8, 1, 1), parts(8, 1, 4), parts(8, 4, 1), parts(8, 4, 2), parts(8, 4, 8)]).toEqual([1, 1, 4, 2, 1]);
  // Six images each; a part has at most four.
  expect(parts(12, 3, 2)).toBe(2);
  expect(sharedStep(model, recipe, 1)).toBeNull();
});

it('refuses what devices cannot share', async () => {
  const told = (changes: Partial<TrainRecipe>, options: Partial<TrainOptions>): Promise<string> =>
    failureOf(() => train(model, { ...recipe, ...changes }, { data, ...options }).next());
  expect(await told({}, { backend: 'pytorch', devices: 3 })).toMatch(
    /A batch of 8 images cannot be shared evenly by 3 devices\.[^]*--devices 2 or 4, or --batch 6 or 9/,
  );
  expect(await told({}, { backend: 'tfjs', devices: 2 })).toMatch(
    /The tfjs backend runs on one device[^]*--engine pytorch/,
  );
  expect(await told({}, { backend: 'tfjs', compile: true })).toMatch(/only the pytorch engine has/);
});
