import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { staleAfterMs, thisProcess, type Holder } from '../../src/files/holder';
import { takeLock } from '../../src/files/lock';
import { suiteFolder } from '../support/folder';

const home = suiteFolder();
const dead = spawnSync(process.execPath, ['-e', '']).pid;
let count = 0;

function lockPath(): string {
  const folder = join(home, `run-${count++}`);
  mkdirSync(folder);
  return join(folder, '.lock');
}

const text = (change: Partial<Holder>) => (path: string) => JSON.stringify({ ...thisProcess(path), ...change });
const isLinux = process.platform === 'linux';
const old = Date.now() - staleAfterMs - 60_000;

/** What a lock holds, how old it is, and whether it keeps others out. */
const locks: { [what: string]: { text: (path: string) => string; time?: number; keeps: boolean } } = {
  'of a living process': { text: text({}), keeps: true },
  'of a living process, however old': { text: text({}), time: old, keeps: true },
  'of a dead process': { text: text({ pid: dead }), keeps: false },
  'of a process whose number is used again': { text: text({ started: '1' }), keeps: !isLinux },
  'from before the machine started anew': { text: text({ boot: 'another', pid: process.pid }), keeps: !isLinux },
  'of another machine that is at work': { text: text({ host: 'elsewhere', pid: dead }), keeps: true },
  'of another machine, long silent': { text: text({ host: 'elsewhere', pid: dead }), time: old, keeps: false },
  'of another container that is at work': { text: text({ space: 'pid:[1]', pid: dead }), keeps: true },
  'of another container, long silent': { text: text({ space: 'pid:[1]', pid: dead }), time: old, keeps: false },
  'that a power cut left empty': { text: () => '', keeps: false },
  'that makes no sense': { text: () => '{"pid":', keeps: false },
};

it.each(Object.entries(locks))('knows what to do with a lock %s', (_, { text, time, keeps }) => {
  const path = lockPath();
  writeFileSync(path, text(path));
  if (time) utimesSync(path, time / 1000, time / 1000);
  const lock = takeLock(path);
  expect(lock.held).toBe(!keeps);
  if (lock.held) lock.release();
  expect(readdirSync(join(path, '..'))).toEqual(keeps ? ['.lock'] : []);
});

it.each([
  ['a folder', (path: string) => mkdirSync(path)],
  ['a link', (path: string) => symlinkSync('nowhere', path)],
  ['no file', (path: string) => spawnSync('mkfifo', [path])],
])('refuses a lock that is %s, and does not look at it for ever', (what, make) => {
  const path = lockPath();
  make(path);
  expect(() => takeLock(path)).toThrow(`${path} is ${what}, where a lock is to be.`);
  expect(readdirSync(join(path, '..'))).toEqual(['.lock']);
});

it('is free again once released, and names the holder until then', () => {
  const path = lockPath();
  const first = takeLock(path);
  const second = takeLock(path);
  expect([first.held, second.held && second, !second.held && second.holder.pid]).toEqual([true, false, process.pid]);
  if (first.held) first.release();
  expect(existsSync(path)).toBe(false);
});

it('goes with a folder that is renamed, and not with a copy', () => {
  const path = lockPath();
  const lock = takeLock(path);
  const copy = lockPath();
  copyFileSync(path, copy);
  expect(takeLock(copy).held).toBe(true);
  const moved = join(home, 'moved');
  renameSync(join(path, '..'), moved);
  expect(takeLock(join(moved, '.lock')).held).toBe(false);
  expect(lock.held && readFileSync(join(moved, '.lock'), 'utf8')).toMatch(/token/);
});
