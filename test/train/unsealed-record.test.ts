/** A `run.json` without its seal is told, and not used where it is damaged. */
import { expect, it } from '@jest/globals';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Session } from '../../src/backends/session';
import { saveCheckpoint } from '../../src/train/checkpoints';
import { findRunRecord } from '../../src/train/find-record';
import { runPaths, writeRunRecord, type RunRecord } from '../../src/train/run-folder';
import { suiteFolder } from '../support/folder';
import { shortRecipe } from '../support/recipe';

const folder = suiteFolder();
const paths = runPaths(folder);
const copy = join(paths.checkpoints, 'step-000002', 'run.json');

const written: RunRecord = {
  weft: '0.1.0',
  spec: null,
  hyperparameters: { depth: 2 },
  recipe: shortRecipe(),
  conventions: { prediction: 'velocity', time: { noise: 0, data: 1 }, path: 'straight' },
  sample: null,
  classes: ['a', 'b'],
  digest: 'd',
};

const session = { save: async (path: string) => writeFileSync(path, 'state') } as unknown as Session;

type Fields = { [name: string]: unknown };

/** The record that is found after a change, and what is said. */
async function found(
  change: (record: Fields) => void,
  { copies = true, before = written }: { readonly copies?: boolean; readonly before?: RunRecord } = {},
): Promise<{ record: RunRecord | null; told: string[] }> {
  rmSync(paths.checkpoints, { recursive: true, force: true });
  await writeRunRecord(folder, before);
  if (copies) {
    const meta = { step: 2, seed: 0, recipe: 'r', backend: 'tfjs' } as const;
    await saveCheckpoint(paths.checkpoints, session, meta, before);
  }
  const { seal: _, ...fields } = JSON.parse(readFileSync(paths.record, 'utf8')) as Fields;
  change(fields);
  writeFileSync(paths.record, JSON.stringify(fields));
  const told: string[] = [];
  const record = await findRunRecord(folder, (message) => told.push(message));
  return { record, told };
}

it('takes a change by hand of what may change, and names it', async () => {
  const { record, told } = await found((r) => (r.classes = ['b', 'a']));
  expect(record?.classes).toEqual(['b', 'a']);
  expect(told).toEqual([
    `${paths.record} has no seal: it was changed by hand, or is damaged. It is used as it is (classes: ["a","b"] before, ["b","a"] now); to undo this, copy ${copy} over it.`,
  ]);
});

it('uses the copy of one that is not as its seal, and says how a change by hand is kept', async () => {
  await writeRunRecord(folder, written);
  rmSync(paths.checkpoints, { recursive: true, force: true });
  await saveCheckpoint(paths.checkpoints, session, { step: 2, seed: 0, recipe: 'r', backend: 'tfjs' }, written);
  writeFileSync(paths.record, readFileSync(paths.record, 'utf8').replace('"depth": 2', '"depth": 3'));
  const told: string[] = [];
  expect(await findRunRecord(folder, (message) => told.push(message))).toEqual(written);
  expect(told).toEqual([
    `${paths.record} is damaged: its contents are not those of its seal; where you changed it by hand, take out "seal". Its copy ${copy} takes its place.`,
  ]);
});

it('says nothing of one that is as its copy', async () => {
  const { record, told } = await found(() => {});
  expect([record, told]).toEqual([written, []]);
});

it.each([
  [
    'its recipe was changed, but not its digest',
    (r: Fields) => ((r.recipe as Fields).batch = 8),
    'its recipe is not the one its digest was made from (recipe.batch: 4 before, 8 now). Settings are changed with --set NAME=VALUE, not in this file',
  ],
  ['a field is gone', (r: Fields) => delete r.conventions, 'no conventions'],
])('takes the copy where %s', async (_, change, problem) => {
  const { record, told } = await found(change);
  expect(record).toEqual(written);
  expect(told).toHaveLength(1);
  expect(told[0]).toContain(problem);
  expect(told[0]).toMatch(`Its copy ${copy} takes its place.`);
});

it('takes one without a copy, and says that it has no seal', async () => {
  const { record, told } = await found((r) => (r.classes = []), { copies: false });
  expect(record?.classes).toEqual([]);
  expect(told).toEqual([
    expect.stringMatching(/has no seal: it was changed by hand, or is damaged\. No checkpoint has/),
  ]);
});

it('refuses one that a later version wrote, without its conventions', async () => {
  const before = { ...written, data: { images: { count: 2, digest: 'x' } } };
  await expect(found((r) => delete r.conventions, { copies: false, before })).rejects.toThrow(
    /no seal and no conventions/,
  );
});

it('takes one of version 0.1.0, and says that it had no seal', async () => {
  const { record, told } = await found((r) => delete r.conventions, { copies: false });
  expect(record?.classes).toEqual(['a', 'b']);
  expect(told).toEqual([
    `${paths.record} was written by version 0.1.0, without a seal: if something in it is damaged, that is not noticed.`,
  ]);
});
