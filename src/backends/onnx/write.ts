/** Writes the files of a model as a stream, under temporary names first; they are renamed when whole, so a failure leaves nothing behind. */
// Tested by test/backends/onnx/export.test.ts.
import { open, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { beginFile, makeFolder, type PendingFile } from '../../files/atomic';
import { codeOf, fileError, formatTwoSizes, freeBytes, meantPath } from '../../files/file-error';
import type { FileLayout } from './layout';
import type { WeightTensor } from './emit';

/** A file by its final path. */
export interface OutputFile {
  readonly path: string;
  readonly layout: FileLayout;
}

/** Called after each weight with the bytes written so far, the total number of bytes, and the weight's name. */
export type Progress = (done: number, total: number, name: string) => void;

/** Writes the files, all in one folder, and renames them once all are whole. */
export async function writeFiles(
  files: readonly OutputFile[],
  encode: (weight: WeightTensor) => Promise<Uint8Array>,
  progress?: Progress,
): Promise<void> {
  const folder = dirname(files[0].path);
  const total = files.reduce((sum, f) => sum + f.layout.bytes, 0);
  const begun: (PendingFile & { path: string; committed: boolean })[] = [];
  let made: string | undefined;
  try {
    made = await makeFolder(folder);
    await expectRoom(folder, total);
    let before = 0;
    for (const { path, layout } of files) {
      const pending = await beginFile(path);
      begun.push({ ...pending, path, committed: false });
      await writeLayout(pending.temporary, layout, encode, (done, name) => progress?.(before + done, total, name));
      before += layout.bytes;
    }
    for (const file of begun) {
      await file.commit();
      file.committed = true;
    }
  } catch (error) {
    for (const file of begun) await (file.committed ? removeOutput(file) : file.discard());
    const reason = await explained(error, folder, total);
    if (made) await rm(made, { recursive: true, force: true });
    throw reason;
  }
}

async function writeLayout(
  path: string,
  layout: FileLayout,
  encode: (weight: WeightTensor) => Promise<Uint8Array>,
  progress: (done: number, name: string) => void,
): Promise<void> {
  const file = await open(path, 'w');
  try {
    for (const piece of layout.pieces) {
      const bytes = piece.kind === 'bytes' ? piece.bytes : await encode(piece.weight);
      for (let at = 0; at < bytes.length;) {
        at += (await file.write(bytes, at, bytes.length - at, piece.offset + at)).bytesWritten;
      }
      if (piece.kind === 'weight') progress(piece.offset + bytes.length, piece.weight.name);
    }
  } finally {
    await file.close();
  }
}

/** Devices are written in place and stay; only files that were renamed into place are removed again. */
async function removeOutput({ path, temporary }: { readonly path: string; readonly temporary: string }): Promise<void> {
  if (temporary !== path) await rm(path, { force: true });
}

async function expectRoom(folder: string, needed: number): Promise<void> {
  const free = await freeBytes(folder);
  if (free !== null && free < needed) throw tooLittleRoom(folder, needed, free);
}

async function explained(error: unknown, folder: string, needed: number): Promise<unknown> {
  if (['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '')) return tooLittleRoom(folder, needed, await freeBytes(folder));
  return fileError(error, 'write', folder);
}

function tooLittleRoom(folder: string, needed: number, free: number | null): WeftError {
  const [wanted, left] = formatTwoSizes(needed, free ?? needed);
  const room = free === null ? '' : `, and ${left} are free`;
  return new WeftError(
    `The disk of ${dirname(meantPath(join(folder, 'x')))} has too little room: the export needs ${wanted}${room}.`,
    'Free some space, choose another folder, or export with half precision (fp16).',
    3,
  );
}
