/** A folder for what a test file writes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from '@jest/globals';

/** A new, empty folder that is gone after the last test of the file that asks for it. */
export function suiteFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'weft-test-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
