/** Reads many small pieces of a large file through a buffer that moves along with them, so that most of them need no system call. */
// Tested by test/data/shards/tar.test.ts.
import type { FileHandle } from 'node:fs/promises';
import { readBytes } from '../read-bytes';

const most = 1 << 16;

export class Window {
  private start = 0;
  private bytes: Uint8Array = new Uint8Array(0);

  constructor(
    private readonly path: string,
    private readonly file: FileHandle,
    /** The file's length in bytes. */
    readonly size: number,
  ) {}

  /** `length` bytes from position `at`, which must lie in the file; they are not changed by later reads. */
  async read(at: number, length: number): Promise<Uint8Array> {
    if (at < this.start || at + length > this.start + this.bytes.length) {
      if (length > most) return readBytes(this.path, this.file, at, length);
      this.bytes = await readBytes(this.path, this.file, at, Math.min(most, this.size - at));
      this.start = at;
    }
    return this.bytes.subarray(at - this.start, at - this.start + length);
  }
}
