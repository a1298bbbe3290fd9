import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import { listFolder } from '../../../src/data/folder/walk';
import { inFolder } from '../../support/weft';

const touch = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '');
};

it('lists files and the folders at the top, without hidden ones', () =>
  inFolder(async (root) => {
    const names = ['b/deep/2.png', 'b/1.png', 'a.txt', '.git/x.png', '__MACOSX/a.png', 'b/._1.png'];
    names.forEach((name) => touch(join(root, name)));
    mkdirSync(join(root, 'empty'));
    const { files, folders, passed, outside } = await listFolder(root);
    expect(files).toEqual(['a.txt', 'b/1.png', 'b/deep/2.png']);
    expect([folders, passed.size, outside]).toEqual([['b', 'empty'], 0, []]);
  }));

it.each<[string, (root: string, beside: string) => void, object]>([
  [
    'a link that leads nowhere',
    (root) => symlinkSync('nowhere.png', join(root, 'a.png')),
    { passed: ['links that lead nowhere', 'a.png'] },
  ],
  [
    'a link to itself',
    (root) => symlinkSync('a.png', join(root, 'a.png')),
    { passed: ['links that lead nowhere', 'a.png'] },
  ],
  [
    'a link to the folder',
    (root) => symlinkSync('.', join(root, 'loop')),
    { passed: ['links to folders that hold them', 'loop'] },
  ],
  [
    'a link to a folder above',
    (root) => symlinkSync('/', join(root, 'loop')),
    { passed: ['links to folders that hold them', 'loop'] },
  ],
  [
    'a link to a folder further down',
    (root, beside) => {
      mkdirSync(join(root, 'b'));
      symlinkSync(beside, join(root, 'b', 'there'));
    },
    { passed: ['links to folders further down, which are not followed', 'b/there'] },
  ],
  [
    'a link to a file elsewhere',
    (root, beside) => symlinkSync(join(beside, '1.png'), join(root, 'a.png')),
    { files: ['a.png'], outside: ['a.png'] },
  ],
  [
    'a link to a folder elsewhere',
    (root, beside) => symlinkSync(beside, join(root, 'c')),
    { files: ['c/1.png'], outside: ['c'] },
  ],
  [
    'a link inside',
    (root) => {
      touch(join(root, 'b.png'));
      symlinkSync('b.png', join(root, 'a.png'));
    },
    { files: ['a.png', 'b.png'] },
  ],
  ['a pipe', (root) => execFileSync('mkfifo', [join(root, 'p.png')]), { passed: ['pipes', 'p.png'] }],
  ['a link to a device', (root) => symlinkSync('/dev/zero', join(root, 'z.png')), { passed: ['devices', 'z.png'] }],
])('tells of %s', (_, make, wanted) =>
  inFolder(async (folder) => {
    const [root, beside] = [join(folder, 'root'), join(folder, 'beside')];
    mkdirSync(root);
    touch(join(beside, '1.png'));
    make(root, beside);
    const { files, passed, outside } = await listFolder(root);
    const found = { files, outside, passed: [...passed].flatMap(([kind, names]) => [kind, ...names]) };
    expect(found).toEqual({ files: [], outside: [], passed: [], ...wanted });
  }),
);

it('tells of a socket', () =>
  inFolder(async (root) => {
    const server = createServer();
    await new Promise<void>((done) => server.listen(join(root, 's'), done));
    try {
      expect([...(await listFolder(root)).passed]).toEqual([['sockets', ['s']]]);
    } finally {
      await new Promise((done) => server.close(done));
      rmSync(join(root, 's'), { force: true });
    }
  }));

it('reports progress on many files', () =>
  inFolder(async (root) => {
    for (let i = 0; i < 10_500; i++) writeFileSync(join(root, `${i}.png`), '');
    const counts: number[] = [];
    expect((await listFolder(root, (files) => counts.push(files))).files).toHaveLength(10_500);
    expect(counts).toEqual([10_000]);
  }));
