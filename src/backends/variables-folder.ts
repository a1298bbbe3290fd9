/** Variables as a folder with one safetensors file: how sessions without a format of their own save and restore. */
// Tested by test/backends/onnx/session.test.ts.
import { counted, someOf } from '../compiler/diagnostics/counted';
import { held } from '../compiler/invariant';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { readSafetensors, writeSafetensors } from '../data/safetensors';
import { writeFolderAtomic } from '../files/atomic';
import type { HostTensors } from './session';

const fileName = 'variables.safetensors';

/** Writes a new folder; it appears whole or not at all. */
export async function saveVariables(folder: string, values: HostTensors): Promise<void> {
  if (await exists(folder)) throw new WeftError(`${folder} exists already.`, 'Save to a new folder.', 2);
  await writeFolderAtomic(folder, (temporary) => writeSafetensors(join(temporary, fileName), values));
}

/** Reads the named variables of a folder that `saveVariables` wrote, refusing one that lacks any. */
export async function restoreVariables(folder: string, names: readonly string[]): Promise<HostTensors> {
  const path = join(folder, fileName);
  if (!(await exists(path)))
    throw new WeftError(`${folder} holds no saved variables.`, `It should have a file ${fileName}.`);
  const stored = await readSafetensors(path);
  const missing = names.filter((name) => !stored.has(name));
  if (missing.length > 0) {
    throw new WeftError(
      `${path} lacks ${counted(missing.length, 'variable')}: ${someOf(missing, 5)}.`,
      'Restore what was saved from the same model and recipe.',
    );
  }
  return Object.fromEntries(names.map((name) => [name, held(stored, name)]));
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
