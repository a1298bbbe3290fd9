import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { version } from '../src/version';

it('is the version of the package', () => {
  const { version: published } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
  expect(version).toBe(published);
});
