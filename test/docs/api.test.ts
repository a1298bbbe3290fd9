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

it('says of every number and every callback of the library what it is', () => {
  const cellsOf = (row: string): string[] => row.slice(2, -2).split(/ (?<!\\)\| /);
  let header: string[] = [];
  let told = 0;
  const bare: string[] = [];
  for (const line of page.split('\n')) {
    if (line.startsWith('| Property')) header = cellsOf(line);
    if (!line.startsWith('| <a id')) continue;
    const cell = (column: string): string => cellsOf(line)[header.indexOf(column)] ?? '';
    // docs/settings.md has the settings of recipes.
    const isSetting = /^`(Omit|TextSettings)\./.test(cell('Inherited from'));
    if (isSetting || !/`number`|=>/.test(cell('Type'))) continue;
    if (cell('Description') === '-') bare.push(cell('Property').replace(/<[^>]*>/g, ''));
    else told++;
  }
  expect(bare).toEqual([]);
  expect(told).toBeGreaterThan(60);
});
