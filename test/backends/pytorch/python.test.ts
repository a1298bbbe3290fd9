import { expect, it } from '@jest/globals';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { findPyTorch, requirePyTorch } from '../../../src/backends/pytorch/python';
import { failureOf } from '../../support/failure';
import { suiteFolder } from '../../support/folder';

const folder = suiteFolder();

/** A program that answers as a Python does whose PyTorch has this version. */
function python(path: string, answer: string): string {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `#!/bin/sh\necho "torch ${answer}"\n`);
  chmodSync(path, 0o755);
  return path;
}

it('takes the Python that WEFT_PYTHON names, and no other', () => {
  const named = python(join(folder, 'named'), '2.6.0+cpu');
  expect(findPyTorch({ WEFT_PYTHON: named })).toEqual({ kind: 'fit', program: named, torch: '2.6.0+cpu' });
  expect(findPyTorch({ WEFT_PYTHON: join(folder, 'absent') })).toMatchObject({ kind: 'no python' });
});

it('finds an environment in the cache folder of Weft', () => {
  const kept = python(join(folder, 'cache', 'weft', 'python', 'bin', 'python'), '2.15.0');
  expect(findPyTorch({ XDG_CACHE_HOME: join(folder, 'cache') })).toEqual({
    kind: 'fit',
    program: kept,
    torch: '2.15.0',
  });
});

it.each([
  ['there is none', 'absent', null, /found no Python: .*absent, which WEFT_PYTHON names, does not start/],
  ['it has no PyTorch', 'bare', 'none', /found no PyTorch: .*bare, which WEFT_PYTHON names, has none/],
  [
    'its PyTorch is too old',
    'old',
    '2.3.1',
    /PyTorch 2.3.1 in .*old, which WEFT_PYTHON names, is too old .* 2.4 or later/,
  ],
])('says the way out where %s', async (_, name, answer, words) => {
  const path = join(folder, 'unfit', name);
  if (answer) python(path, answer);
  const told = await failureOf(() => requirePyTorch({ WEFT_PYTHON: path }));
  expect(told).toMatch(words);
  expect(told).toMatch(/weft setup --pytorch.*WEFT_PYTHON/);
});
