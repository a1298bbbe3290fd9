import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { makeCacheFolder } from '../../src/files/cache-folder';
import { failureOf } from '../support/failure';
import { inFolder } from '../support/weft';

it('makes a folder and those above it, once', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'weft', 'images');
    await makeCacheFolder(path);
    await makeCacheFolder(path);
    expect(existsSync(path)).toBe(true);
  }));

it('names the variable that moves the cache where a file is in the way', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'file'), '');
    const path = join(folder, 'file', 'weft', 'images');
    await expect(makeCacheFolder(path)).rejects.toMatchObject({
      message: expect.stringContaining('a file is in the way'),
      hint: expect.stringContaining('Set XDG_CACHE_HOME'),
      exitCode: 3,
    });
  }));

(process.platform === 'linux' ? it : it.skip)('ends where the system takes no folders', async () =>
  expect(await failureOf(() => makeCacheFolder('/proc/weft/images'))).toContain('/proc/weft/images cannot be made'),
);
