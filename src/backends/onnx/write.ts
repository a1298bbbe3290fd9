/** Writing the files of a model as a stream: beside their names first and renamed when whole, so a failure leaves nothing behind. */
import { mkdir, open, rename, rm, statfs } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import type { FileLayout } from './layout';
import type { WeightTensor } from './emit';

/** A file by its final path. */
export interface OutputFile {
  readonly path: string;
  readonly layout: FileLayout;
}

/** Called after each weight with the bytes written so far and in all. */
export type Progress = (done: number, total: number, name: string) => void;

/** Writes the files in order and gives them their names when all are whole. */
export async function writeFiles(
  files: readonly OutputFile[],
  encode: (weight: WeightTensor) => Promise<Uint8Array>,
  progress?: Progress,
): Promise<void> {
  const folder = dirname(files[0].path);
  const total = files.reduce((sum, f) => sum + f.layout.bytes, 0);
  const made = await makeFolder(folder, total);
  const partial = files.map((f) =>
    join(folder, `.${basename(f.path)}.${process.pid}.${Math.random().toString(36).slice(2)}.part`),
  );
  const renamed: string[] = [];
  try {
    let before = 0;
    for (const [i, file] of files.entries()) {
      await writeFile(partial[i], file.layout, encode, (done, name) => progress?.(before + done, total, name));
      before += file.layout.bytes;
    }
    for (const [i, file] of files.entries()) {
      await rename(partial[i], file.path);
      renamed.push(file.path);
    }
  } catch (error) {
    for (const path of [...partial, ...renamed]) await rm(path, { force: true });
    const reason = await explained(error, folder, total);
    if (made) await rm(made, { recursive: true, force: true });
    throw reason;
  }
}

/** Makes the folder if need be, and sees that the files fit. Returns the topmost folder it made. */
async function makeFolder(folder: string, total: number): Promise<string | undefined> {
  const made = await mkdir(folder, { recursive: true }).catch(async (error: unknown) => {
    throw await explained(error, folder, total);
  });
  const free = await freeBytes(folder);
  if (free !== null && free < total) {
    if (made) await rm(made, { recursive: true, force: true });
    throw tooLittleSpace(folder, total, free);
  }
  return made;
}

async function writeFile(
  path: string,
  layout: FileLayout,
  encode: (weight: WeightTensor) => Promise<Uint8Array>,
  progress: (done: number, name: string) => void,
): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const piece of layout.pieces) {
      const bytes = piece.kind === 'bytes' ? piece.bytes : await encode(piece.weight);
      for (let at = 0; at < bytes.length;) {
        at += (await file.write(bytes, at, bytes.length - at, piece.offset + at)).bytesWritten;
      }
      if (piece.kind === 'weight') progress(piece.offset + bytes.length, piece.weight.name);
    }
    await file.sync();
  } finally {
    await file.close();
  }
}

async function freeBytes(folder: string): Promise<number | null> {
  try {
    const { bavail, bsize } = await statfs(folder);
    return bavail * bsize;
  } catch {
    return null;
  }
}

/** The failure in words of the one who exports; anything that is not about files passes unchanged. */
async function explained(error: unknown, folder: string, total: number): Promise<unknown> {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : null;
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return tooLittleSpace(folder, total, await freeBytes(folder));
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new WeftError(
        `The folder ${folder} cannot be written to (${code}).`,
        'Choose another folder, or change its permissions.',
        3,
      );
    case 'ENOTDIR':
    case 'EEXIST':
      return new WeftError(`${folder} is not a folder.`, 'Choose another place to write to.', 2);
    case 'EISDIR':
      return new WeftError(`A folder stands where a file is to be written in ${folder}.`, 'Choose another name.', 2);
    default:
      return error;
  }
}

function tooLittleSpace(folder: string, needed: number, free: number | null): WeftError {
  const room = free === null ? '' : `, and ${free} bytes are free`;
  return new WeftError(
    `The disk of ${folder} has too little room: the export needs ${needed} bytes${room}.`,
    'Free some space, choose another folder, or export with half precision (fp16).',
    3,
  );
}
