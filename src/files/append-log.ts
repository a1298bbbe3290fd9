/** A file that grows by whole records: kept together in memory for up to a second, then appended at once. */
import { appendFile, stat, truncate } from 'node:fs/promises';
import { fileError } from './file-error';
import { syncFile } from './sync';

/** What is pending is written at least once a second as records come, by `flush`, and for good by `sync`. */
export class AppendLog {
  private pending: Uint8Array[] = [];
  private written = performance.now();

  constructor(private readonly path: string) {}

  async add(record: Uint8Array): Promise<void> {
    this.pending.push(record);
    if (performance.now() - this.written > 1000) await this.flush();
  }

  /** Appends what is pending. Where there is no room for all of it, none of it stays. */
  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.pending);
    this.pending = [];
    this.written = performance.now();
    if (bytes.length === 0) return;
    const before = await stat(this.path).catch(() => null);
    try {
      await appendFile(this.path, bytes);
    } catch (error) {
      // Part of a record would make what follows it unreadable.
      await truncate(this.path, before?.size ?? 0).catch(() => {});
      throw await fileError(error, 'write', this.path);
    }
  }

  /** Sees to it that a power cut leaves what was written. */
  async sync(): Promise<void> {
    await this.flush();
    await syncFile(this.path).catch(async (error: unknown) => {
      throw await fileError(error, 'write', this.path);
    });
  }
}
