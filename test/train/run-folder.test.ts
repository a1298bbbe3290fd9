/** The folder that is named is that of a run; that of a study holds several. */
import { expect, it } from '@jest/globals';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import { readRunRecord } from '../../src/train/run-folder';

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
