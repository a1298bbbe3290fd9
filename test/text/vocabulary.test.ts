import { expect, it } from '@jest/globals';
import { openEncoder } from '../../src/text/encoder';
import { vocabularyEncoder, wordsIn } from '../../src/text/vocabulary';

it('lists every word of texts once, in the order of the alphabet', () => {
  expect(wordsIn(['Red heart', '', 'a RED apple!'])).toEqual(['a', 'apple', 'heart', 'red']);
});

it('numbers words from 1, those of the prefix first, and begins every text with 0', async () => {
  const encoder = vocabularyEncoder(['apple', 'of', 'red'], 'icon of: ', 5);
  const { counts, features, width, cut } = await encoder.encode(['', 'icon of: red apple', 'Apple'], 4);
  expect([[...counts], [...features], width, cut]).toEqual([[1, 4, 2], [0, 0, 1, 2, 4, 0, 3], 1, 1]);
});

it('leaves out words it has no number for', async () => {
  const { counts, features, cut } = await vocabularyEncoder(['apple', 'red'], '', 3).encode(['a red pear', 'pear'], 2);
  expect([[...counts], [...features], cut]).toEqual([[2, 1], [0, 2, 0], 0]);
});

it('tells how large a table has to be, and that it needs the words of a run', async () => {
  expect(() => vocabularyEncoder(['apple', 'red'], 'a', 3)).toThrow(
    '3 words, for which a table of 4 rows is needed, but',
  );
  const settings = { encoder: 'vocabulary', prefix: '', length: 4 } as const;
  await expect(openEncoder(settings, { width: 1, vocabulary: 9 })).rejects.toThrow('are not known here');
  await expect(openEncoder({ ...settings, words: ['red'] }, { width: 1, vocabulary: 1 })).rejects.toThrow('of 2 rows');
});

it('has other facts for other words, so that their numbers are not taken from the cache', () => {
  const facts = [['red'], ['blue'], ['red']].map((words) => vocabularyEncoder(words, '', 9).facts);
  expect(facts[1]).not.toEqual(facts[0]);
  expect(facts[2]).toEqual(facts[0]);
});
