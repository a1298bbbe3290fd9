/** The folder that is named is that of a run; that of a study holds several. */
import { expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import { readRunRecord } from '../../src/train/find-record';
import { runSchema } from '../../src/train/run-schema';

async function refusal(folder: string): Promise<WeftError> {
  const error: unknown = await readRunRecord(folder).catch((e: unknown) => e);
  if (error instanceof WeftError) return error;
  throw new Error(`${folder} was taken: ${String(error)}`);
}

it('names the runs in the folder of a study', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-study-'));
  for (const name of ['wide', 'deep']) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'run.json'), '{}');
  }
  mkdirSync(join(folder, 'notes'));
  const { message, hint } = await refusal(folder);
  expect(message).toBe(`${folder} holds 2 runs and is none itself, as the folder of a study does.`);
  expect(hint).toBe(`Name one of them: ${join(folder, 'deep')}, ${join(folder, 'wide')}.`);
});

it('says of any other folder that it is none of a run', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'weft-empty-'));
  expect((await refusal(folder)).message).toBe(`${folder} is not the folder of a training run: it has no run.json.`);
});

const sample = { name: 's', model: 'M', solver: 'euler', steps: 2, shift: 1, guidance: null };
const recipe = {
  name: 'r',
  model: 'M',
  data: { kind: 'mnist' },
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], decay: 0, eps: 1e-8 },
  warmup: 0,
  ema: null,
  precision: 'f32',
  batch: 4,
  steps: 8,
  seed: 0,
  checkpoint: 2,
  clip: null,
  labelDrop: 0,
  phases: [],
};
const record = { weft: '0.1.0', spec: null, hyperparameters: {}, recipe, sample, classes: [], digest: 'd' };

/** The field of a changed `run.json` that is refused; null if none is. */
function refused(changes: { sample?: object; recipe?: object }): string | null {
  const changed = { ...record, sample: { ...sample, ...changes.sample }, recipe: { ...recipe, ...changes.recipe } };
  return runSchema.safeParse(changed).error?.issues[0].path.join('.') ?? null;
}

const encoder = { kind: 'features', tokens: 4, width: 8 };
it.each([
  [{}, null],
  [{ sample: { guidance: { scale: 2, from: 0, to: 1 }, given: { low: { values: ['0'] } } } }, null],
  [{ sample: { guidance: undefined } }, 'sample.guidance'],
  [{ sample: { guidance: { kind: 'declared', call: 'cfg(2)' } } }, 'sample.guidance'],
  [{ sample: { guidance: { scale: '2', from: 0, to: 1 } } }, 'sample.guidance'],
  [{ sample: { steps: -2 } }, 'sample.steps'],
  [{ sample: { steps: 1.5 } }, 'sample.steps'],
  [{ sample: { shift: 0 } }, 'sample.shift'],
  [{ sample: { given: { low: 1 } } }, 'sample.given.low'],
  [{ recipe: { align: { ...encoder, teacher: 'a.onnx' } } }, null],
  [{ recipe: { align: encoder } }, 'recipe.align'],
  [{ recipe: { align: { ...encoder, teacher: { model: 'E' } } } }, 'recipe.align'],
])('refuses what sampling and alignment cannot use: %j', (changes, field) => {
  expect(refused(changes)).toEqual(field === null ? null : expect.stringContaining(field));
});
