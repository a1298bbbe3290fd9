import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { downloadFolder, findTensorFlow, libraryNames } from '../../src/setup/find-tensorflow';
import { suiteFolder } from '../support/folder';

const root = suiteFolder();

/** A folder laid out like an unpacked wheel. */
function makeLibrary(folder: string): string {
  mkdirSync(join(folder, 'include', 'tensorflow', 'c'), { recursive: true });
  mkdirSync(join(folder, 'include', 'tensorflow', 'core', 'public'), { recursive: true });
  writeFileSync(join(folder, 'include', 'tensorflow', 'c', 'c_api.h'), '');
  const version = '#define TF_MAJOR_VERSION 2\n#define TF_MINOR_VERSION 18\n#define TF_PATCH_VERSION 1\n';
  writeFileSync(join(folder, 'include', 'tensorflow', 'core', 'public', 'version.h'), version);
  for (const name of libraryNames) writeFileSync(join(folder, name), '');
  return folder;
}

it('takes the library that WEFT_TENSORFLOW names, before any other', () => {
  const folder = makeLibrary(join(root, 'named'));
  const found = findTensorFlow({ WEFT_TENSORFLOW: folder, XDG_CACHE_HOME: root }, false);
  expect(found).toEqual({ folder, version: '2.18.1', source: 'environment', cuda: false });
});

it('says what the folder that WEFT_TENSORFLOW names lacks', () => {
  const folder = join(root, 'empty');
  mkdirSync(folder);
  expect(() => findTensorFlow({ WEFT_TENSORFLOW: folder }, false)).toThrow(
    `WEFT_TENSORFLOW names ${folder}, which lacks`,
  );
});

it('finds what an earlier set-up left in the cache, for the device at hand', () => {
  const env = { XDG_CACHE_HOME: join(root, 'cache') };
  makeLibrary(join(downloadFolder(false, env), 'tensorflow'));
  // An installed Python TensorFlow would come first; either way the library is found.
  expect(['cache', 'python']).toContain(findTensorFlow(env, false)?.source);
  expect(findTensorFlow(env, true)?.source).not.toBe('cache');
});
