import { expect, it } from '@jest/globals';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeFileAtomic } from '../../src/files/atomic';
import { checkKept, keepSpec } from '../../src/train/kept-spec';
import { suiteFolder } from '../support/folder';

const home = suiteFolder();

const kept = (main: string, ...others: string[]): string[] => {
  const { main: at, files } = keepSpec(main, new Map([main, ...others].map((path) => [path, ''])));
  return [at, ...[...files.keys()].slice(1)];
};

it('keeps files as they lie to each other', () => {
  expect(kept('specs/examples/a.weft', 'specs/b.weft', 'specs/examples/c.weft')).toEqual([
    'examples/a.weft',
    'b.weft',
    'examples/c.weft',
  ]);
});

it('keeps a single file at the top and shipped files apart', () => {
  expect(kept('/home/me/a.weft', 'std/nn', 'std/dit')).toEqual([
    'a.weft',
    'shipped/std/nn.weft',
    'shipped/std/dit.weft',
  ]);
});

it('refuses a copy that has changed, or a part of it that is missing', async () => {
  const { files, sums } = keepSpec(
    '/home/me/a.weft',
    new Map([
      ['/home/me/a.weft', 'model A() {}'],
      ['std/nn', 'x'],
    ]),
  );
  for (const [name, text] of files) await writeFileAtomic(join(home, name), text);
  checkKept(home, sums);
  checkKept(home);
  writeFileSync(join(home, 'a.weft'), 'model A() { }');
  expect(() => checkKept(home, sums)).toThrow(/a\.weft has changed since the run began/);
  writeFileSync(join(home, 'a.weft'), 'model A() {}');
  rmSync(join(home, 'shipped'), { recursive: true });
  expect(() => checkKept(home, sums)).toThrow(/nn\.weft is missing/);
});
