import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';

const index = readFileSync('src/index.ts', 'utf8');
const page = readFileSync('docs/api.md', 'utf8');

/** What the library exports, types too. */
const exported = [...index.matchAll(/^export (?:type )?\{([^}]*)\}/gm)].flatMap(([, list]) =>
  list.split(',').flatMap((item) => {
    const name = item
      .trim()
      .replace(/^type /, '')
      .replace(/^.* as /, '');
    return name ? [name] : [];
  }),
);

it('documents every export of the library, and nothing that is gone', () => {
  const told = [...page.matchAll(/^### (\w+)(?:\(\))?$/gm)].map(([, name]) => name);
  // Type parameters and overloads make no difference to the name.
  expect([...new Set(told)].sort()).toEqual([...new Set(exported)].sort());
  expect(exported.length).toBeGreaterThan(60);
});
