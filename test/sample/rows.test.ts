import { expect, it } from '@jest/globals';
import { pairRows, type Wanted } from '../../src/sample/rows';
import { failureOf } from '../support/failure';

const asked = <T>(...items: T[]): Wanted<T> => ({ items, asked: true });
const usual = <T>(...items: T[]): Wanted<T> => ({ items, asked: false });
const shown = (...args: Parameters<typeof pairRows>): string | undefined =>
  pairRows(...args)
    ?.map(({ label, prompt }) => `${label ?? ''}${prompt ?? ''}`)
    .join(' ');

it('gives each label or prompt a row', () => {
  expect([shown(asked(3, 1), null), shown(null, usual('a', 'b')), shown(null, null)]).toEqual([
    '3 1',
    'a b',
    undefined,
  ]);
});

it('pairs labels with prompts, one alone with each of the others', () => {
  expect(shown(asked(3, 1), asked('a', 'b'))).toBe('3a 1b');
  expect(shown(asked(3), asked('a', 'b'))).toBe('3a 3b');
  expect(shown(asked(3, 1), asked('a'))).toBe('3a 1a');
});

it('takes in turn what was not asked for', () => {
  expect(shown(usual(0, 1), asked('a', 'b', 'c'))).toBe('0a 1b 0c');
  expect(shown(asked(4, 5, 6), usual('a', 'b'))).toBe('4a 5b 6a');
  expect(shown(usual(0, 1, 2), usual('a', 'b'))).toBe('0a 1b');
});

it('refuses lists that make no pairs', async () => {
  const told = await failureOf(() => pairRows(asked(0, 1), asked('a', 'b', 'c')));
  expect(told).toMatch(/2 classes and 3 prompts make no pairs[^]*only one of either/);
});
