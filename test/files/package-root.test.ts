/** The package's own folder, as its other files find it. */
import { expect, it } from '@jest/globals';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/files/package-root';

it('is the folder that holds the launcher and the standard library', () => {
  expect(existsSync(join(packageRoot(), 'bin', 'weft.js'))).toBe(true);
  expect(existsSync(join(packageRoot(), 'specs', 'std'))).toBe(true);
});
