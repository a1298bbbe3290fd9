import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { root } from '../support/weft';

it('says at its start and in its counts that TensorFlow has no part', () => {
  const args = ['scripts/run-ts.mjs', 'fuzz/main.ts', 'differential', '--seconds', '0.1'];
  const env = { ...process.env, WEFT_PORTABLE: '1' };
  const { status, stdout } = spawnSync(process.execPath, args, { cwd: root, env, encoding: 'utf8' });
  expect(status).toBe(0);
  expect(stdout).toMatch(/^TensorFlow has no part, compiled or not: WEFT_PORTABLE hides the native library/);
  expect(stdout).toMatch(/^ {2}without TensorFlow {2,}[1-9]\d*$/m);
  expect(stdout).not.toMatch(/^ {2}xla/m);
});
