/** Checkpoints and weights that are copied into the folder of another run, of the same spec and the same seed, are told. */
import { beforeAll, expect, it } from '@jest/globals';
import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { train, type TrainCallOptions } from '../../src/api/train';
import { openSafetensors, readSafetensors, writeSafetensors } from '../../src/data/safetensors';
import { readRunRecord } from '../../src/train/find-record';
import { runPaths, writeRunRecord } from '../../src/train/run-folder';
import { weightsOfRun } from '../../src/train/run-weights';
import { drawnBatches } from '../support/drawn-batches';
import { failureOf } from '../support/failure';
import { suiteFolder } from '../support/folder';
import { shortRecipe } from '../support/recipe';
import { tinyModel } from '../support/tiny-model';
import { unexpected } from '../support/unexpected';

const folder = suiteFolder();
const [own, other] = [join(folder, 'own'), join(folder, 'other')];
const model = tinyModel();
const recipe = shortRecipe({ model: 'Tiny', checkpoint: 1 });

/** Trains a run of these tests; gives what it warned of. */
async function run(name: string, steps: number, options: TrainCallOptions = {}): Promise<string[]> {
  const told: string[] = [];
  const how: TrainCallOptions = {
    backend: 'reference',
    data: drawnBatches(4),
    out: join(folder, name),
    onEvent: (e) => {
      if (e.kind === 'warning') told.push(e.message);
    },
    ...options,
  };
  for await (const _ of train(model, { ...recipe, steps }, how));
  return told;
}

beforeAll(async () => {
  for (const name of ['own', 'other']) expect(await run(name, 2)).toEqual([]);
});

/** A copy of `own` into which files of `other` were copied. */
function mixed(name: string, files: readonly string[]): string {
  const out = join(folder, name);
  cpSync(own, out, { recursive: true });
  for (const file of files) cpSync(join(other, file), join(out, file), { recursive: true });
  return out;
}

const newest = join('checkpoints', 'step-000002');

it('keeps the id of a run in its record, its checkpoints and its weights, and when it goes on', async () => {
  const { id } = await readRunRecord(own);
  expect(id).toMatch(/^[0-9a-f]{16}$/);
  expect((await readRunRecord(other)).id).not.toBe(id);
  const out = mixed('longer', []);
  expect(await run('longer', 3, { resume: true })).toEqual([]);
  expect((await readRunRecord(out)).id).toBe(id);
  const weights = await openSafetensors(runPaths(out).weights);
  expect(weights.metadata).toMatchObject({ run: id, steps: '3' });
  await weights.close();
});

it('goes on from its own checkpoint where a newer one is of another run, and says so', async () => {
  const out = mixed('checkpoint', [newest]);
  expect(await run('checkpoint', 3, { resume: true })).toEqual([
    `The checkpoint ${join(out, newest)} was copied here from another run. The one before it, of step 1, is used.`,
  ]);
});

it('goes on from no checkpoint of another run', async () => {
  const out = mixed('checkpoints', ['checkpoints']);
  expect(await failureOf(() => run('checkpoints', 3, { resume: true }))).toMatch(
    /No checkpoint of the run in .* can be used\.\n.*step-000002 was copied here from another run/,
  );
  rmSync(runPaths(out).weights);
  const record = await readRunRecord(out);
  expect(await failureOf(() => weightsOfRun({ folder: out, record, model }, 'raw', folder, unexpected))).toMatch(
    /copied here from another run/,
  );
});

it('refuses weights of another run, unless they are named', async () => {
  const out = mixed('weights', ['weights.safetensors']);
  const record = await readRunRecord(out);
  expect(await failureOf(() => weightsOfRun({ folder: out, record, model }, 'raw', folder, unexpected))).toMatch(
    /weights\.safetensors was written by another run than the one in whose folder it lies/,
  );
});

it('takes weights and checkpoints where one side has no id, as in runs of earlier versions', async () => {
  const out = mixed('earlier', ['checkpoints']);
  const { id: _, ...record } = await readRunRecord(out);
  await writeRunRecord(out, record);
  const { weights } = runPaths(out);
  await writeSafetensors(weights, await readSafetensors(weights), { metadata: { steps: '2' } });
  expect((await weightsOfRun({ folder: out, record, model }, 'raw', folder, unexpected)).path).toBe(weights);
  expect(await run('earlier', 3, { resume: true })).toEqual([]);
  expect((await readRunRecord(out)).id).toBeUndefined();
});
