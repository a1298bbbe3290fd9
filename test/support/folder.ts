/** A folder for what a test file writes. */
import { randomUUID } from 'node:crypto';
import { mkdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll } from '@jest/globals';

/** A new folder, there from the first test of the file that asks for it to the last; none where all are skipped. */
export function suiteFolder(): string {
  const folder = join(tmpdir(), `weft-test-${randomUUID()}`);
  beforeAll(() => void mkdirSync(folder));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
