import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { root } from '../support/weft';

/** Seconds for each, two minutes in all; a longer run of any of them is `npm run fuzz`. */
const shares = { front: 30, differential: 30, gradients: 20, files: 20, kill: 20 };

it.each(Object.entries(shares))('finds nothing in a share of the campaign %s: %i seconds', (campaign, seconds) => {
  const args = ['scripts/run-ts.mjs', 'fuzz/main.ts', campaign, '--seconds', String(seconds), '--seed', '1'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  const tried = Number(/^ {2}\D+(\d+)$/m.exec(stdout)?.[1]);
  expect({ status, stdout, stderr }).toMatchObject({ status: 0 });
  expect(tried).toBeGreaterThan(0);
});
