/** A file that grows by whole records: they are collected in memory for up to a second, then appended together. */
import { appendFile, stat, truncate } from 'node:fs/promises';
import { fileError } from './file-error';
import { syncFile } from './sync';

/** Pending records are written at least once a second as records come, and by `flush`; `sync` also flushes them to the disk. */
export class AppendLog {
  private pending: Uint8Array[] = [];
  private written = performance.now();

  constructor(private readonly path: string) {}

  async add(record: Uint8Array): Promise<void> {
    this.pending.push(record);
    if (performance.now() - this.written > 1000) await this.flush();
  }

  /** Appends the pending records. If there is no room for all of them, none is kept in the file. */
  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.pending);
    this.pending = [];
    this.written = performance.now();
    if (bytes.length === 0) return;
    const before = await stat(this.path).catch(() => null);
    try {
      await appendFile(this.path, bytes);
    } catch (error) {
      // Part of a record would make everything after it unreadable.
      await truncate(this.path, before?.size ?? 0).catch(() => {});
      throw await fileError(error, 'write', this.path);
    }
  }

  /** Makes sure that a power cut does not lose what was written. */
  async sync(): Promise<void> {
    await this.flush();
    await syncFile(this.path).catch(async (error: unknown) => {
      throw await fileError(error, 'write', this.path);
    });
  }
}
