/** Variables as a folder with one safetensors file: how sessions without a format of their own save and restore. */
// Tested by test/backends/onnx/session.test.ts.
import { counted, someOf } from '../compiler/diagnostics/counted';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { openSafetensors, writeSafetensors, type FloatStorage } from '../data/safetensors';
import { writeFolderAtomic } from '../files/atomic';
import type { HostTensor, HostTensors } from './session';

const fileName = 'variables.safetensors';

/** The type in which a backend computes with f32, and so in which its variables are saved. */
export type HeldFloats = Extract<FloatStorage, 'F32' | 'F64'>;

/** Writes a new folder; it appears whole or not at all. */
export async function saveVariables(folder: string, values: HostTensors, dtype: HeldFloats): Promise<void> {
  if (await exists(folder)) throw new WeftError(`${folder} exists already.`, 'Save to a new folder.', 2);
  await writeFolderAtomic(folder, (temporary) => writeSafetensors(join(temporary, fileName), values, { dtype }));
}

/** Reads the named variables of a folder that `saveVariables` wrote, in either type, refusing one that lacks any. */
export async function restoreVariables(
  folder: string,
  names: readonly string[],
  dtype: HeldFloats,
): Promise<HostTensors> {
  const path = join(folder, fileName);
  if (!(await exists(path)))
    throw new WeftError(`${folder} holds no saved variables.`, `It should have a file ${fileName}.`);
  const file = await openSafetensors(path);
  try {
    const stored = new Set(file.names);
    const missing = names.filter((name) => !stored.has(name));
    if (missing.length > 0) {
      throw new WeftError(
        `${path} lacks ${counted(missing.length, 'variable')}: ${someOf(missing, 5)}.`,
        'Restore what was saved from the same model and recipe.',
      );
    }
    const values: [string, HostTensor][] = [];
    for (const name of names) values.push([name, await file.read(name, { float64: dtype === 'F64' })]);
    return Object.fromEntries(values);
  } finally {
    await file.close();
  }
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
