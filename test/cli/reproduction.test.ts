import { expect, it } from '@jest/globals';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { reproduction, saveReproduction } from '../../src/cli/reproduction';
import { suiteFolder } from '../support/folder';

const folder = suiteFolder();

it('holds the command, versions, the stack and the specs that were named, and nothing of the environment', () => {
  const spec = join(folder, 'mine.weft');
  writeFileSync(spec, 'model M() {}\n');
  process.env.WEFT_TEST_SECRET = 'hunter2 of the environment';
  const text = reproduction(new Error('boom'), ['train', `${spec}#M`, '--prompt', "a 'red' heart", 'gone.weft']);
  delete process.env.WEFT_TEST_SECRET;
  expect(text).toContain(`==== command\nweft train ${spec}#M --prompt 'a '\\''red'\\'' heart' gone.weft\n`);
  expect(text).toMatch(/==== versions\nweft \d+\.\d+\.\d+, node v\d+/);
  expect(text).toMatch(/==== stack\nError: boom\n {4}at /);
  expect(text).toContain(`==== ${spec}\nmodel M() {}\n`);
  expect(text).toMatch(/==== gone\.weft\n\(not read: ENOENT/);
  for (const value of ['hunter2', process.env.PATH, homedir()]) expect(text).not.toContain(value);
});

it('is kept in the cache for its owner alone', () => {
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = folder;
  const path = saveReproduction(new Error('boom'), ['check'], new Date(0))!;
  process.env.XDG_CACHE_HOME = join(folder, 'mine.weft');
  const refused = saveReproduction(new Error('boom'), ['check']);
  if (before === undefined) delete process.env.XDG_CACHE_HOME;
  else process.env.XDG_CACHE_HOME = before;
  expect(path).toContain(join('weft', 'reports', '1970-01-01T00-00-00-000Z'));
  expect(readFileSync(path, 'utf8')).toContain('weft check');
  if (process.platform !== 'win32') expect(statSync(path).mode & 0o077).toBe(0);
  expect(refused).toBeNull();
});
