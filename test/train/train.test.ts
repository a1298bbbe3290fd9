import { expect, it } from '@jest/globals';
import { appendFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { normalDraws } from '../../src/compiler/ops/philox';
import { openSafetensors, readSafetensors } from '../../src/data/safetensors';
import type { TrainingData } from '../../src/train/batches';
import { readMetrics, type TrainMetrics } from '../../src/train/metrics';
import { LostRun, ownRun, type RunOwner } from '../../src/train/run-owner';
import { train, type TrainEvent, type TrainOptions } from '../../src/train/train';
import { failureOf } from '../support/failure';
import { classes, tinyModel } from '../support/tiny-model';

const model = tinyModel();
const recipe: TrainRecipe = {
  name: 'tiny',
  model: 'Tiny',
  data: { kind: 'mnist' },
  objective: { kind: 'rectified_flow', time: { kind: 'logit_normal', mean: 0, std: 1, shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  warmup: 3,
  clip: 1,
  ema: 0.9,
  labelDrop: 0.2,
  precision: 'f32',
  batch: 4,
  steps: 8,
  seed: 7,
  phases: [{ at: 6, rate: 1e-4, clip: null }],
  checkpoint: 2,
};

/** Every step another batch, drawn from its number. */
const data: TrainingData = {
  classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
  count: 100,
  batch: async (step) => ({
    x0: { shape: [4, 3, 4, 4], dtype: 'f32', data: Float32Array.from(normalDraws([step, 0], 0, 4 * 48)) },
    y: { shape: [4], dtype: 'i32', data: Int32Array.of(0, 1, 2, step % classes) },
  }),
};

async function collect(options: Partial<TrainOptions>, changes: Partial<TrainRecipe> = {}): Promise<TrainMetrics[]> {
  const all: TrainMetrics[] = [];
  for await (const m of train(model, { ...recipe, ...changes }, { data, backend: 'tfjs', ...options })) all.push(m);
  return all;
}

async function inFolder(use: (out: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'weft-train-'));
  await use(join(folder, 'run')).finally(() => rmSync(folder, { recursive: true }));
}

it('says which share of a step was spent waiting for its images', async () => {
  const slow: TrainingData = {
    ...data,
    batch: async (step) => {
      await new Promise((resume) => setTimeout(resume, 200));
      return data.batch(step);
    },
  };
  const [first, ...steps] = await collect({ data: slow }, { steps: 4 });
  expect(first.waiting).toBeGreaterThan(0);
  // Less than the 200 ms only by what the loop does between two steps.
  for (const { waiting = 0, seconds } of steps) {
    expect(waiting).toBeLessThan(1);
    expect(waiting * seconds).toBeGreaterThan(0.1);
  }
});

it('goes on after an interruption exactly as an uninterrupted run would', () =>
  inFolder(async (out) => {
    const whole = await collect({});
    expect(whole.map((m) => m.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const stop = new AbortController();
    const events: TrainEvent[] = [];
    const first: TrainMetrics[] = [];
    const interrupted = train(model, recipe, {
      data,
      backend: 'tfjs',
      out,
      signal: stop.signal,
      onEvent: (e) => events.push(e),
    });
    for await (const m of interrupted) {
      first.push(m);
      if (m.step === 5) stop.abort();
    }
    expect(events.at(-1)).toEqual({ kind: 'interrupted', step: 5 });
    expect(readdirSync(join(out, 'checkpoints')).sort()).toEqual(['step-000004', 'step-000005']);
    const rest = await collect({ out, resume: true, backend: 'auto' });
    expect([...first, ...rest].map(({ step, loss, gradNorm, rate }) => [step, loss, gradNorm, rate])).toEqual(
      whole.map(({ step, loss, gradNorm, rate }) => [step, loss, gradNorm, rate]),
    );
    expect((await readMetrics(join(out, 'metrics.jsonl'))).map((m) => m.step)).toEqual(whole.map((m) => m.step));
    expect((await readSafetensors(join(out, 'ema.safetensors'))).size).toBe(model.weights.length);
  }));

it('loses nothing when the caller stops early', () =>
  inFolder(async (out) => {
    for await (const m of train(model, recipe, { data, backend: 'tfjs', out })) if (m.step === 5) break;
    expect(readdirSync(out).filter((name) => name.startsWith('.'))).toEqual([]);
    const weights = await openSafetensors(join(out, 'weights.safetensors'));
    expect(weights.metadata.steps).toBe('5');
    await weights.close();
    expect((await collect({ out, resume: true })).map((m) => m.step)).toEqual([6, 7, 8]);
  }));

it('forgets the steps after the last checkpoint when the process died', () =>
  inFolder(async (out) => {
    for await (const m of train(model, recipe, { data, backend: 'tfjs', out })) if (m.step === 5) break;
    rmSync(join(out, 'checkpoints', 'step-000005'), { recursive: true });
    appendFileSync(join(out, 'metrics.jsonl'), '{"step":6,"loss":0.1');
    expect((await collect({ out, resume: true })).map((m) => m.step)).toEqual([5, 6, 7, 8]);
    expect((await readMetrics(join(out, 'metrics.jsonl'))).map((m) => m.step)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  }));

it.each(['goes on', 'is stopped', 'is left'])(
  'writes nothing into a folder that another training has taken when it %s',
  (then) =>
    inFolder(async (out) => {
      const stop = new AbortController();
      let other: RunOwner | null = null;
      const all = train(model, { ...recipe, checkpoint: 2 }, { data, backend: 'tfjs', out, signal: stop.signal });
      const seen: number[] = [];
      const going = async (): Promise<void> => {
        for await (const { step } of all) {
          seen.push(step);
          if (step !== 3) continue;
          rmSync(out, { recursive: true });
          other = await ownRun(out);
          if (then === 'is stopped') stop.abort();
          if (then === 'is left') break;
        }
      };
      const failure = await going().then(
        () => null,
        (error: unknown) => error,
      );
      expect(failure).toBeInstanceOf(LostRun);
      expect(failure).toMatchObject({
        message: expect.stringContaining('belongs to another training now'),
        exitCode: 3,
      });
      expect([seen, readdirSync(out)]).toEqual([[1, 2, 3], ['.lock']]);
      // Its own lock stays too.
      expect(await failureOf(() => ownRun(out))).toMatch(/is being trained by process/);
      (other as RunOwner | null)?.release();
    }),
);

it('warms the rate up and lowers it in a phase', async () => {
  const rates = (await collect({})).map((m) => m.rate);
  [1e-3 / 3, 2e-3 / 3, 1e-3, 1e-3, 1e-3, 1e-3, 1e-4, 1e-4].forEach((r, i) => expect(rates[i]).toBeCloseTo(r, 12));
});

it('stops at a number that is not finite, names it, and keeps the checkpoint before', () =>
  inFolder(async (out) => {
    const poisoned: TrainingData = {
      ...data,
      batch: async (step) => {
        const batch = await data.batch(step);
        if (step === 4) batch.x0.data[5] = NaN;
        return batch;
      },
    };
    await expect(collect({ out, data: poisoned })).rejects.toThrow(
      /^Step 5: the loss is no longer finite; the first tensor to go wrong is the input x0 \(1 number\)\. The checkpoint of step 4 is kept\.$/,
    );
    expect(existsSync(join(out, 'checkpoints', 'step-000004'))).toBe(true);
  }));

it('names the weight gradient or module that went wrong', async () => {
  await expect(collect({}, { optimizer: { ...recipe.optimizer, rate: 1e30 }, warmup: 0, clip: null })).rejects.toThrow(
    /first tensor to go wrong is the output of block \(128 numbers\)\. No checkpoint was written before\.$/,
  );
});

it('refuses to mix runs', () =>
  inFolder(async (out) => {
    await expect(collect({ out, resume: true })).rejects.toThrow('There is no run to resume');
    expect(existsSync(out)).toBe(false);
    await collect({ out }, { steps: 2 });
    await expect(collect({ out })).rejects.toThrow('already holds a training run');
    await expect(collect({ out, resume: true }, { steps: 1 })).rejects.toThrow(
      'has done 2 steps; it cannot end after 1',
    );
    expect((await collect({ out, resume: true }, { steps: 3 })).map((m) => m.step)).toEqual([3]);
    const record = JSON.parse(readFileSync(join(out, 'run.json'), 'utf8')) as { recipe: TrainRecipe };
    expect(record.recipe.steps).toBe(3);
  }));

const { optimizer } = recipe;
const changes: { [what: string]: { change: Partial<TrainRecipe>; problem: string | null } } = {
  'its rate': { change: { optimizer: { ...optimizer, rate: 1e-2 } }, problem: null },
  'clipping, phases and warm-up': { change: { clip: null, phases: [], warmup: 0 }, problem: null },
  'the interval of checkpoints': { change: { checkpoint: 5 }, problem: null },
  'its seed': { change: { seed: 8 }, problem: 'seed: 7 before, 8 now' },
  'its batch': { change: { batch: 8, ema: null }, problem: 'ema: 0.9 before, none now\n  batch: 4 before, 8 now' },
  'its optimiser': {
    change: { optimizer: { ...optimizer, eps: 1e-6 } as TrainRecipe['optimizer'] },
    problem: 'optimizer.eps: 1e-8 before, 0.000001 now',
  },
};

it.each(Object.entries(changes))('knows whether a resumed run may change %s', (_, { change, problem }) =>
  inFolder(async (out) => {
    await collect({ out }, { steps: 2 });
    const resumed = collect({ out, resume: true }, { steps: 3, ...change });
    if (problem === null) expect((await resumed).map((m) => m.step)).toEqual([3]);
    else await expect(resumed).rejects.toThrow(`started with another model or recipe:\n  ${problem}`);
  }),
);

const [a, b] = [
  { images: { count: 100, digest: 'a' }, encoder: 'e', teacher: 't' },
  { images: { count: 100, digest: 'b' }, encoder: 'e', teacher: 't' },
];
const otherData: { [what: string]: { now: Partial<TrainingData>; problem: RegExp } } = {
  'renamed classes': {
    now: { classes: ['x', 'class 1', 'class 2'] },
    problem: /classes: the run numbers class 0, .*; the data have x, class 1/,
  },
  'classes in another order': {
    now: { classes: [...data.classes].reverse() },
    problem: /the data have class \d, .*class 0$/m,
  },
  'other pictures': { now: { identity: b }, problem: /pictures: as many as before \(100\), but not the same/ },
  'fewer pictures': {
    now: { identity: { ...a, images: { count: 99, digest: 'a' } } },
    problem: /pictures: 100 before, 99 now/,
  },
  'another encoder': { now: { identity: { ...a, encoder: 'f' } }, problem: /the text encoder: its files/ },
  'another teacher': {
    now: { identity: { ...a, teacher: 'u' } },
    problem: /the image encoder it is aligned with: its files/,
  },
};

it.each(Object.entries(otherData))('goes on with %s only where it is told to', (_, { now, problem }) =>
  inFolder(async (out) => {
    const before = { ...data, identity: a };
    await collect({ out, data: before }, { steps: 2 });
    const changed = { out, resume: true, data: { ...before, ...now } };
    await expect(collect(changed, { steps: 3 })).rejects.toThrow(problem);
    expect((await collect({ ...changed, acceptNewData: true }, { steps: 3 })).map((m) => m.step)).toEqual([3]);
    expect((await collect(changed, { steps: 4 })).map((m) => m.step)).toEqual([4]);
  }),
);

it('names the classes that are new to a run, and no setting that the run cannot change', () =>
  inFolder(async (out) => {
    await collect({ out }, { steps: 2 });
    const more = { out, resume: true, data: { ...data, classes: [...data.classes, 'new'] } };
    await expect(collect(more, { steps: 3 })).rejects.toThrow(
      /^The run in .* began with other data:\n {2}classes: .*new/,
    );
    await expect(collect({ ...more, acceptNewData: true }, { steps: 3 })).rejects.toMatchObject({
      message: expect.stringContaining(`The data have ${classes + 1} classes`),
      hint: expect.stringContaining('A run keeps its number of classes.'),
    });
  }));

it('goes on with a run of version 0.1.0, which kept no sums and no fingerprint', () =>
  inFolder(async (out) => {
    const whole = await collect({});
    await collect({ out, data: { ...data, identity: a } }, { steps: 4 });
    for (const name of ['run.json', 'checkpoints/step-000004/meta.json', 'checkpoints/step-000002/meta.json']) {
      const path = join(out, name);
      const {
        seal: _1,
        data: _2,
        files: _3,
        ...fields
      } = JSON.parse(readFileSync(path, 'utf8')) as { [name: string]: unknown };
      writeFileSync(path, JSON.stringify(fields));
      if (name !== 'run.json') rmSync(join(out, name.replace('meta.json', 'run.json')));
    }
    const rest = await collect({ out, resume: true, data: { ...data, identity: a } });
    expect(rest.map((m) => m.loss)).toEqual(whole.slice(4).map((m) => m.loss));
  }));

it('refuses data with more classes than the model knows', async () => {
  const many = { ...data, classes: Array.from({ length: classes + 1 }, String) };
  await expect(collect({ data: many })).rejects.toThrow(`The data have ${classes + 1} classes`);
});
