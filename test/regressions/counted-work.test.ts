/** For texts that are one thing over and over no piece of code runs more often than their length explains; counted, not timed. */
import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { root } from '../support/weft';

function countWork(...args: readonly string[]): unknown {
  const script = ['scripts/run-ts.mjs', 'test/support/count-work.ts', ...args];
  const { stdout, stderr } = spawnSync(process.execPath, script, { cwd: root, encoding: 'utf8' });
  expect(stderr).toBe('');
  return JSON.parse(stdout);
}

it('grows with the length of the text, and not with its square', () => {
  expect(countWork()).toEqual({});
});

it('would see what grows with the square', () => {
  expect(countWork('--pairs')).toHaveProperty('pairs');
});
