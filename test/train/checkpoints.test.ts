import { expect, it } from '@jest/globals';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Session } from '../../src/backends/session';
import { checkpointBefore, dropAfter, findCheckpoints, saveCheckpoint } from '../../src/train/checkpoints';
import type { RunRecord } from '../../src/train/run-folder';
import { suiteFolder } from '../support/folder';

/** A session that saves one file, of which only the bytes matter here. */
const session = {
  backend: 'tfjs',
  save: async (path: string) => {
    mkdirSync(path);
    writeFileSync(join(path, 'state'), Buffer.from(Array.from({ length: 100 }, (_, i) => i)));
  },
} as unknown as Session;

const record = { weft: '0', recipe: {} } as unknown as RunRecord;

const sound = join(suiteFolder(), 'checkpoints');

const saved = (async () => {
  for (const step of [2, 4, 6]) {
    await saveCheckpoint(sound, session, { step, seed: 0, recipe: 'r', backend: 'tfjs' }, record);
  }
})();

it('keeps the two newest, whole', async () => {
  await saved;
  expect(readdirSync(sound).sort()).toEqual(['step-000004', 'step-000006']);
  expect(readdirSync(join(sound, 'step-000006')).sort()).toEqual(['meta.json', 'run.json', 'variables']);
  const { latest, damaged } = await findCheckpoints(sound);
  expect([latest?.step, damaged]).toEqual([6, []]);
});

const returning = join(suiteFolder(), 'checkpoints');

it('keeps those that a run may go back to', async () => {
  const folder = returning;
  const far = { weft: '0', recipe: { onSpike: { steps: 5 } } } as unknown as RunRecord;
  for (const step of [0, 2, 4, 6, 8]) {
    await saveCheckpoint(folder, session, { step, seed: 0, recipe: 'r', backend: 'tfjs' }, far);
    if (step === 4) expect(readdirSync(folder).sort()).toEqual(['step-000000', 'step-000002', 'step-000004']);
  }
  expect(readdirSync(folder).sort()).toEqual(['step-000002', 'step-000004', 'step-000006', 'step-000008']);
  expect([(await checkpointBefore(folder, 5))?.step, (await checkpointBefore(folder, 1))?.step]).toEqual([4, 2]);
  await dropAfter(folder, 4);
  expect(readdirSync(folder).sort()).toEqual(['step-000002', 'step-000004']);
});

const meta = 'meta.json';
const edit = (change: (fields: { [name: string]: unknown }) => void) => (text: Buffer) => {
  const fields = JSON.parse(text.toString()) as { [name: string]: unknown };
  change(fields);
  return JSON.stringify(fields);
};
/** What happens to a file of the newest checkpoint, and what is said of it. */
const damages: { [what: string]: [file: string, change: ((b: Buffer) => Buffer | string) | null, words: RegExp] } = {
  'a flipped bit': [
    'variables/state',
    (b) => (b.writeUInt8(b[50] ^ 4, 50), b),
    /variables\/state is not what was written/,
  ],
  'a cut file': ['variables/state', (b) => b.subarray(0, 60), /variables\/state has 60 bytes in place of 100 bytes/],
  'an empty file': ['variables/state', () => '', /variables\/state has 0 bytes/],
  'a missing file': ['variables/state', null, /variables\/state is missing/],
  'no meta.json': [meta, null, /meta\.json does not exist/],
  'an empty meta.json': [meta, () => '', /meta\.json is damaged: it is empty/],
  'a meta.json of something else': [meta, () => '[1]', /meta\.json is damaged/],
  // A checkpoint without its seal is not used, so nothing is said of taking it out.
  'a flipped digit': [meta, edit((f) => (f.seed = 1)), /its contents are not those of its seal\.$/],
  'another step': [meta, edit((f) => ((f.step = 4), delete f.seal)), /speaks of step 4/],
  'no step': [meta, edit((f) => (delete f.step, delete f.seal)), /step: /],
  'a step that is none': [meta, edit((f) => ((f.step = -6), delete f.seal)), /step: /],
  'no seal': [meta, edit((f) => delete f.seal), /meta\.json has lost its seal/],
  'another seed and no seal': [meta, edit((f) => ((f.seed = 1), delete f.seal)), /meta\.json has lost its seal/],
  'no sums and no seal': [meta, edit((f) => (delete f.files, delete f.seal)), /meta\.json has lost its seal/],
  'sums of no file': [meta, edit((f) => ((f.files = {}), delete f.seal)), /meta\.json has lost its seal/],
  'an unknown backend': [meta, edit((f) => ((f.backend = 'tpu'), delete f.seal)), /backend: /],
};

it.each(Object.entries(damages))(
  'falls back to the checkpoint before at %s, and says so',
  async (_, [file, change, words]) => {
    await saved;
    const folder = mkdtempSync(join(tmpdir(), 'weft-damage-'));
    try {
      cpSync(sound, folder, { recursive: true });
      const path = join(folder, 'step-000006', file);
      if (change) writeFileSync(path, change(readFileSync(path)));
      else rmSync(path);
      const { latest, damaged, notes } = await findCheckpoints(folder);
      expect(latest?.step).toBe(4);
      expect(damaged).toHaveLength(1);
      expect(notes).toEqual([`${damaged[0]} The one before it, of step 4, is used.`]);
      expect(damaged[0]).toMatch(words);
      expect(damaged[0]).toContain(join(folder, 'step-000006'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
);

it('takes a checkpoint of version 0.1.0, which had no sums and no record, and says so', async () => {
  await saved;
  const folder = mkdtempSync(join(tmpdir(), 'weft-old-'));
  try {
    cpSync(sound, folder, { recursive: true });
    const path = join(folder, 'step-000006');
    const change = edit((f) => (delete f.files, delete f.seal));
    writeFileSync(join(path, meta), change(readFileSync(join(path, meta))));
    rmSync(join(path, 'run.json'));
    const { latest, damaged, notes } = await findCheckpoints(folder);
    expect([latest?.step, latest?.isSealed, damaged]).toEqual([6, false, []]);
    expect(notes).toEqual([
      `The checkpoint ${path} was written by version 0.1.0, without checksums: if it is damaged, that is not noticed.`,
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
