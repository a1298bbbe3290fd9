/** Every objective and optimiser of the shipped library is tried where its kind is tested. */
import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = 'specs/std';
const library = readdirSync(folder).map((file) => readFileSync(join(folder, file), 'utf8'));

it.each([
  ['objective', 'test/compiler/lower/objective/elaborate.test.ts'],
  ['optimizer', 'test/compiler/lower/optimizer/elaborate.test.ts'],
])('every %s of the library is called in %s', (kind, test) => {
  const declared = library.flatMap((text) => [...text.matchAll(new RegExp(`^${kind} (\\w+)`, 'gm'))].map((m) => m[1]));
  expect(declared.length).toBeGreaterThan(3);
  const calls = readFileSync(test, 'utf8');
  expect(declared.filter((name) => !new RegExp(`\\b${name}\\(`).test(calls))).toEqual([]);
});
