import { expect, it } from '@jest/globals';
import { chmodSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setUpPyTorch } from '../../src/setup/setup-pytorch';
import { failureOf } from '../support/failure';
import { suiteFolder } from '../support/folder';

const folder = suiteFolder();

/** A folder with a `python3` of this text as the only thing on the path. */
async function withPython<T>(name: string, script: string, work: () => Promise<T>): Promise<T> {
  const bin = join(folder, name);
  mkdirSync(bin, { recursive: true });
  for (const program of ['python3', 'python']) {
    writeFileSync(join(bin, program), `#!/bin/sh\n${script}\n`);
    chmodSync(join(bin, program), 0o755);
  }
  const before = process.env.PATH;
  process.env.PATH = [bin, '/usr/bin', '/bin'].join(delimiter);
  try {
    return await work();
  } finally {
    process.env.PATH = before;
  }
}

it('takes a Python that has PyTorch, without downloading', async () => {
  const report = await withPython('fit', 'echo "torch 2.9.0+cpu"', () =>
    setUpPyTorch({ env: { XDG_CACHE_HOME: join(folder, 'empty') } }),
  );
  expect(report).toEqual({ python: 'python3', torch: '2.9.0+cpu', made: false });
});

it.each([
  ['downloading is off', 'off', 'echo "torch none"', false, /downloading is off\.[^]*WEFT_PYTHON/],
  ['there is no Python', 'none', 'exit 1', true, /no Python 3[^]*Install Python 3/],
  [
    'the environment cannot be made',
    'no-venv',
    'case "$*" in *venv*) echo "No module named venv" >&2; exit 1;; *metadata*) echo "torch none";; *) echo "3.11.7 1";; esac',
    true,
    /No module named venv[^]*python3-venv/,
  ],
])('says the way out where %s, and leaves nothing', async (_, name, script, download, words) => {
  const env = { XDG_CACHE_HOME: join(folder, `${name}-cache`) };
  const told = await withPython(name, script, () => failureOf(() => setUpPyTorch({ env, download })));
  expect(told).toMatch(words);
  const cache = join(env.XDG_CACHE_HOME, 'weft');
  expect(existsSync(cache) ? readdirSync(cache).filter((n) => n !== 'setup.lock') : []).toEqual([]);
});

it('refuses a Python that WEFT_PYTHON names and that has none', async () => {
  const told = await failureOf(() => setUpPyTorch({ env: { WEFT_PYTHON: join(folder, 'absent') } }));
  expect(told).toMatch(/absent, which WEFT_PYTHON names, does not start/);
});
