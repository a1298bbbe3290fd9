import { expect, it } from '@jest/globals';
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { train, type TrainCallOptions } from '../../src/api/train';
import type { SampleSettings, TrainRecipe } from '../../src/compiler/recipe/index';
import type { TrainingData } from '../../src/train/batches';
import { readRunRecord } from '../../src/train/find-record';
import { writeRunRecord } from '../../src/train/run-folder';
import { ownRun } from '../../src/train/run-owner';
import { failureOf } from '../support/failure';
import { classes, tinyModel } from '../support/tiny-model';

const recipe: TrainRecipe = {
  name: 'tiny',
  model: 'Tiny',
  data: { kind: 'folder', path: 'no such folder', flip: false },
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  warmup: 0,
  clip: null,
  ema: null,
  labelDrop: 0,
  precision: 'f32',
  batch: 4,
  steps: 2,
  seed: 7,
  phases: [],
  checkpoint: 2,
};

const data: TrainingData = {
  classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
  count: 4,
  batch: async () => ({
    x0: { shape: [4, 3, 4, 4], dtype: 'f32', data: new Float32Array(4 * 48) },
    y: { shape: [4], dtype: 'i32', data: new Int32Array(4) },
  }),
};

async function run(changes: Partial<TrainRecipe>, options: TrainCallOptions): Promise<number> {
  let steps = 0;
  for await (const { step } of train(tinyModel(), { ...recipe, ...changes }, { backend: 'reference', ...options }))
    steps = step;
  return steps;
}

const drawn: SampleSettings = { name: 'x', model: 'Tiny', solver: 'euler', steps: 2, shift: 1, guidance: null };

type Row = readonly [what: string, changes: Partial<TrainRecipe>, options: TrainCallOptions, problem: RegExp];

// The data of the recipe are not there: who reads them first says so instead.
const rows: readonly Row[] = [
  ['fewer steps than are done', { steps: 1 }, { resume: true }, /has done 2 steps; it cannot end after 1/],
  ['another recipe', { steps: 4, seed: 8 }, { resume: true }, /another model or recipe:\n {2}seed: 7 before, 8 now/],
  ['a folder that is taken', {}, {}, /already holds a training run/],
  ['a folder without a run', {}, { resume: true, out: 'nowhere' }, /no run to resume in nowhere/],
  ['a schedule that goes wrong', { schedule: '1 - 2 * step' }, { out: 'nowhere' }, /At step 1 this is the Int -1/],
  ['weights that are not there', { from: 'no such file' }, { out: 'nowhere' }, /no such file/],
  [
    'a condition of samples that the model does not have',
    {},
    { out: 'nowhere', sample: { ...drawn, given: { low: { values: ['0'] } } } },
    /has no condition `?low/,
  ],
];

it('refuses what folder and recipe rule out before it looks for the data', async () => {
  const out = join(mkdtempSync(join(tmpdir(), 'weft-before-data-')), 'run');
  try {
    expect(await run({}, { out, data })).toBe(2);
    for (const [what, changes, options, problem] of rows)
      expect([what, await failureOf(() => run(changes, { out, ...options }))]).toEqual([
        what,
        expect.stringMatching(problem),
      ]);
    const owner = await ownRun(out);
    expect(await failureOf(() => run({ steps: 4 }, { out, resume: true }))).toMatch(/is being trained by process \d+/);
    owner.release();
    const fitting = await failureOf(() => run({ steps: 4 }, { out, resume: true }));
    expect(fitting).toContain('no such folder');
  } finally {
    rmSync(join(out, '..'), { recursive: true });
  }
});

it('goes on from no checkpoint of a run with another seed', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-before-data-'));
  const [own, other] = [join(folder, 'own'), join(folder, 'other')];
  try {
    await run({}, { out: own, data });
    await run({ seed: 8 }, { out: other, data });
    rmSync(join(own, 'checkpoints'), { recursive: true });
    cpSync(join(other, 'checkpoints'), join(own, 'checkpoints'), { recursive: true });
    // Runs of earlier versions have no ids that would tell them apart.
    const { id: _, ...record } = await readRunRecord(own);
    await writeRunRecord(own, record);
    expect(await failureOf(() => run({ steps: 4 }, { out: own, data, resume: true }))).toMatch(
      /step-000002 is of a run with the seed 8, and this run has the seed 7/,
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('refuses to train a model without weights', async () => {
  const training = train({ ...tinyModel(), weights: [] }, recipe, { backend: 'reference', data });
  expect(await failureOf(async () => void (await training.next()))).toContain('has no weights, so there is nothing');
});
