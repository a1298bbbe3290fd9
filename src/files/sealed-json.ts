/** JSON files that contain their own checksum, so that a damaged number is not mistaken for another. */
// Tested by test/train/checkpoints.test.ts.
import type { ZodType } from 'zod';
import { writeFileAtomic } from './atomic';
import { textSum } from './checksums';
import { DamagedFile, fitting, readAny } from './read-json';
import { isRecord } from './record';

/** Name of the last field: the SHA-256 of the other fields, as they are written. */
export const seal = 'seal';

export async function writeSealed(path: string, fields: object): Promise<void> {
  await writeFileAtomic(path, `${JSON.stringify({ ...fields, [seal]: sumOf(fields) }, null, 2)}\n`);
}

/** The contents of a file that is written with a seal, and whether it still has one. */
export interface Sealable<T> {
  readonly fields: T;
  readonly isSealed: boolean;
}

/** What is thrown of a file whose contents are not those of its seal. */
export class BrokenSeal extends DamagedFile {}

/** The contents of a sealed file. One without a seal, from version 0.1.0 or changed since, is read too: callers judge what it means. */
export async function readSealed<T>(path: string, schema: ZodType<T>): Promise<Sealable<T>> {
  const value = await readAny(path);
  if (!isRecord(value) || !(seal in value)) return { fields: fitting(path, value, schema), isSealed: false };
  const { [seal]: sum, ...fields } = value;
  if (sum === sumOf(fields)) return { fields: fitting(path, fields, schema), isSealed: true };
  throw new BrokenSeal(path, 'its contents are not those of its seal');
}

function sumOf(fields: object): string {
  return textSum(JSON.stringify(fields));
}
