import { existsSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { withLock } from '../../src/setup/lock';
import { suiteFolder } from '../support/folder';

const folder = suiteFolder();

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

it('lets one holder work at a time, and tells the other that it waits', async () => {
  const events: string[] = [];
  const work = (name: string) => async () => {
    events.push(`${name} starts`);
    await pause(150);
    events.push(`${name} ends`);
  };
  const first = withLock(folder, 'a.lock', work('first'));
  await Promise.all([first, withLock(folder, 'a.lock', work('second'), () => events.push('second waits'))]);
  expect(events).toEqual(['first starts', 'second waits', 'first ends', 'second starts', 'second ends']);
  expect(existsSync(join(folder, 'a.lock'))).toBe(false);
});

it('is free again after the work failed', async () => {
  const fail = withLock(folder, 'b.lock', () => Promise.reject(new Error('no')));
  await expect(fail).rejects.toThrow('no');
  expect(await withLock(folder, 'b.lock', async () => 'yes')).toBe('yes');
});

it('takes over from a holder that has died', async () => {
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  const lock = join(folder, 'c.lock');
  writeFileSync(lock, JSON.stringify({ pid: dead, host: hostname(), token: 'dead' }));
  expect(await withLock(folder, 'c.lock', async () => 'mine')).toBe('mine');
});
