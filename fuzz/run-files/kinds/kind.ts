/** What a kind of file is to the campaign against damage, and what several of them need. */
import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { DamageKind } from '../damage';

export interface FileKind {
  readonly name: string;
  readonly damage: DamageKind;
  /** Makes a folder of sound files at a path. */
  make(folder: string): Promise<void>;
  /** The files that may be damaged, below the folder. */
  files(folder: string): string[];
  /** What comes of reading them; `warn` hears what the user is told. */
  read(folder: string, warn: (message: string) => void): Promise<Found>;
}

/** What was read, as digests. */
export interface Found {
  /** What damage may not change in silence: everything where a file has sums, else names, shapes and counts. */
  readonly form: string;
  /** Everything. A file without sums that holds other numbers of the same form is a sound file of other numbers. */
  readonly all: string;
}

/** Of files with sums. */
export function summed(data: string | Uint8Array): Found {
  return { form: digest(data), all: digest(data) };
}

/** Of files without. */
export function unsummed(form: unknown, numbers: unknown): Found {
  const text = JSON.stringify(form);
  return { form: digest(text), all: digest(`${text}\n${JSON.stringify(numbers)}`) };
}

/** Every file below a part of a folder. */
export function filesBelow(folder: string, part = ''): string[] {
  const entries = readdirSync(join(folder, part), { recursive: true, withFileTypes: true });
  return entries.flatMap((e) => (e.isFile() ? [join(e.parentPath, e.name).slice(folder.length + 1)] : [])).sort();
}

function digest(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}
