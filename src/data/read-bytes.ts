/** Reads part of a file that may be many gigabytes long. */
// Tested by test/data/safetensors/shards.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import type { FileHandle } from 'node:fs/promises';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { fileError, formatBytes } from '../files/file-error';

/** Bytes from a position on, in their own ArrayBuffer. Reads of more than 2 GB are split, as Node requires. */
export async function readBytes(path: string, file: FileHandle, position: number, length: number): Promise<Uint8Array> {
  let at = 0;
  try {
    const bytes = new Uint8Array(length);
    while (at < length) {
      const { bytesRead } = await file.read(bytes, at, Math.min(length - at, 2 ** 30), position + at);
      if (bytesRead === 0) throw cutShort(path, position + at, position + length);
      at += bytesRead;
    }
    return bytes;
  } catch (error) {
    if (error instanceof RangeError) {
      throw new WeftError(
        `${path} holds a tensor of ${formatBytes(length)}, more than there is memory for.`,
        'Free some memory.',
        3,
      );
    }
    throw await fileError(error, 'read', path);
  }
}

/** The error for a file that is shorter than its contents should be; `needed` bytes are all of it, or its beginning. */
export function cutShort(path: string, size: number, needed: number, isAll = false): WeftError {
  return new WeftError(
    `${path} is cut short: it has ${size} of ${isAll ? '' : 'at least '}${counted(needed, 'byte')}.`,
    'Download or copy it again, and check that the disk is not full.',
  );
}
