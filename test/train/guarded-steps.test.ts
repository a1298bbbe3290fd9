import { expect, it } from '@jest/globals';
import { cpSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { normalDraws } from '../../src/compiler/ops/philox';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { readSafetensors } from '../../src/data/safetensors';
import { withTemporaryFolder } from '../../src/files/atomic';
import { isNativeAvailable } from '../../src/setup/native';
import type { TrainingData } from '../../src/train/batches';
import { readMetrics, type TrainMetrics } from '../../src/train/metrics';
import { drawsAfter, Level } from '../../src/train/rewinds';
import { train, type TrainEvent, type TrainOptions } from '../../src/train/train';
import { classes, tinyModel } from '../support/tiny-model';

const model = tinyModel();
const recipe: TrainRecipe = {
  name: 'tiny',
  model: 'Tiny',
  data: { kind: 'mnist' },
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  warmup: 0,
  clip: 1,
  ema: 0.9,
  labelDrop: 0.2,
  precision: 'f32',
  batch: 4,
  steps: 34,
  seed: 7,
  phases: [],
  checkpoint: 5,
  onSpike: { kind: 'rewind', steps: 7, times: 2, above: 8 },
};

/** Every step another batch; those in `bad` have a pixel of `value`. */
function dataWith(value: number, bad: (batch: number) => boolean): TrainingData {
  return {
    classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
    count: 100,
    batch: async (step) => {
      const pixels = Float32Array.from(normalDraws([step, 0], 0, 4 * 48));
      if (bad(step)) pixels[5] = value;
      return {
        x0: { shape: [4, 3, 4, 4], dtype: 'f32', data: pixels },
        y: { shape: [4], dtype: 'i32', data: Int32Array.of(0, 1, 2, step % classes) },
      };
    },
  };
}

const spiky = dataWith(1000, (batch) => batch === 27);

async function collect(options: Partial<TrainOptions>, changes: Partial<TrainRecipe> = {}): Promise<TrainMetrics[]> {
  const all: TrainMetrics[] = [];
  for await (const m of train(model, { ...recipe, ...changes }, { data: spiky, backend: 'tfjs', ...options }))
    all.push(m);
  return all;
}

const numbers = (all: readonly TrainMetrics[]) => all.map(({ step, loss, gradNorm }) => [step, loss, gradNorm]);

it.each(isNativeAvailable() ? (['tfjs', 'tensorflow'] as const) : (['tfjs'] as const))(
  'goes back from a spike with other images and noise, and resumes across it bit for bit, on %s',
  (backend) =>
    withTemporaryFolder(async (folder) => {
      const [out, atOnce, later] = ['run', 'at-once', 'later'].map((name) => join(folder, name));
      const events: TrainEvent[] = [];
      const onEvent = (e: TrainEvent): void => {
        events.push(e);
        // As a process leaves the folder that is killed here.
        const isBack = events.some(({ kind }) => kind === 'rewound');
        if (e.kind === 'rewound') cpSync(out, atOnce, { recursive: true });
        if (e.kind === 'checkpoint' && isBack && e.step === 25) cpSync(out, later, { recursive: true });
      };
      const all = await collect({ out, backend, onEvent });
      const rewinds = events.filter((e) => e.kind === 'rewound');
      expect(rewinds).toMatchObject([{ from: 28, to: 20, because: expect.stringMatching(/times .* its median/) }]);
      expect(all.map((m) => m.step)).toEqual([...range(1, 27), ...range(21, 34)]);
      const [before, after] = [all.slice(20, 27), all.slice(27, 34)];
      expect(before.map((m) => m.step)).toEqual(after.map((m) => m.step));
      expect(before.filter((m, i) => m.loss === after[i].loss)).toEqual([]);

      const lines = await readMetrics(join(out, 'metrics.jsonl'));
      expect(lines.map((m) => m.step)).toEqual(range(1, 34));
      expect(lines.flatMap((m) => (m.rewound ? [[m.step, m.rewound.map((r) => [r.from, r.to])]] : []))).toEqual([
        [21, [[28, 20]]],
      ]);
      const weights = await readSafetensors(join(out, 'weights.safetensors'));
      // Where a step is compiled, one of the two is enough.
      for (const stopped of backend === 'tfjs' ? [atOnce, later] : [atOnce]) {
        rmSync(join(stopped, '.lock'));
        const rest = await collect({ out: stopped, backend, resume: true });
        expect(rest[0].step).toBe(stopped === atOnce ? 21 : 26);
        expect(numbers(rest)).toEqual(numbers(all.slice(-rest.length)));
        expect(await readSafetensors(join(stopped, 'weights.safetensors'))).toEqual(weights);
        expect(numbers(await readMetrics(join(stopped, 'metrics.jsonl')))).toEqual(numbers(lines));
      }
      const written = readdirSync(join(out, 'tensorboard')).map((f) => readFileSync(join(out, 'tensorboard', f)));
      expect(Buffer.concat(written).includes('From step 28 to step 20: the ')).toBe(true);
    }),
);

it('goes back from a number that is not finite, and names where it began', () =>
  withTemporaryFolder(async (folder) => {
    const events: TrainEvent[] = [];
    const data = dataWith(NaN, (batch) => batch === 6);
    const all = await collect(
      { out: join(folder, 'run'), data, onEvent: (e) => events.push(e) },
      { steps: 8, accumulate: 2 },
    );
    expect(all.map((m) => m.step)).toEqual([...range(1, 6), ...range(1, 8)]);
    expect(events.find((e) => e.kind === 'rewound')).toMatchObject({
      from: 7,
      to: 0,
      because: 'the loss is no longer finite; the first tensor to go wrong is the input x0 (1 number)',
    });
  }));

it('ends with its last good state where returns do not help', () =>
  withTemporaryFolder(async (folder) => {
    const out = join(folder, 'run');
    const data = dataWith(1000, (batch) => batch >= 27);
    await expect(collect({ out, data })).rejects.toThrow(
      /^Step \d+: the .* its median over the last \d+ steps\. The run has gone back 2 times, as often as on_spike allows\. The checkpoint of step 20 is kept\.$/,
    );
    expect(readdirSync(join(out, 'checkpoints')).sort()).toEqual(['step-000015', 'step-000020']);
    const nan = dataWith(NaN, (batch) => batch >= 12);
    await expect(collect({ out: join(folder, 'nan'), data: nan })).rejects.toThrow(
      /Step 1: the loss is no longer finite; .* the input x0/,
    );
  }));

it('may be asked for, and changed, when a run goes on', () =>
  withTemporaryFolder(async (folder) => {
    const out = join(folder, 'run');
    await collect({ out }, { steps: 3, onSpike: undefined });
    expect((await collect({ out, resume: true }, { steps: 5 })).map((m) => m.step)).toEqual([4, 5]);
  }));

it('needs a folder', async () => {
  await expect(collect({})).rejects.toThrow('`on_spike` goes back to checkpoints, and this run has no folder.');
});

it('judges by the median of a hundred steps, once there are twenty', () => {
  const calm = (count: number) => Array.from({ length: count }, (_, i) => ({ loss: 1 + (i % 3), gradNorm: 0.1 }));
  expect(new Level(5, calm(19)).next({ loss: 100, gradNorm: 0.1 })).toBeNull();
  expect(new Level(5, calm(51)).next({ loss: 10.1, gradNorm: 0.1 })).toBe(
    'the loss 10.1 is 5.05 times 2, its median over the last 51 steps',
  );
  expect(new Level(5, calm(300)).next({ loss: 2, gradNorm: 1 })).toBe(
    'the gradient norm 1 is 10 times 0.1, its median over the last 100 steps',
  );
  const negative = calm(60).map((s) => ({ ...s, loss: -1 }));
  expect(new Level(5, negative).next({ loss: 100, gradNorm: 0.1 })).toBeNull();
});

it('gives each return seeds and images of its own', () => {
  const rewinds = [
    { from: 56, to: 40, because: '' },
    { from: 60, to: 40, because: '' },
  ];
  expect(drawsAfter({ seed: 7 }, [])).toEqual({ seed: 7, skipped: 0 });
  expect(drawsAfter({ seed: 7 }, rewinds)).toEqual({ seed: 2_000_013, skipped: 36 });
  expect(drawsAfter({ seed: 2 ** 31 - 1 }, rewinds).seed).toBeLessThan(2 ** 31);
});

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}
