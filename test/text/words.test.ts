import { expect, it } from '@jest/globals';
import { unknownWords, wordEncoder, wordsOf, wordVector } from '../../src/text/words';

it('takes words without signs and in small letters, in any script', () => {
  expect(wordsOf('Face with Tears-of joy!')).toEqual(['face', 'with', 'tears', 'of', 'joy']);
  expect(wordsOf('flag: Côte d’Ivoire 1st')).toEqual(['flag', 'côte', 'd', 'ivoire', '1st']);
  expect(wordsOf(' … ')).toEqual([]);
});

it('gives a word the same vector always, others one almost at right angles', () => {
  const [red, heart] = ['red', 'heart'].map((word) => wordVector(word, 256));
  const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * b[i], 0) / 256;
  expect(wordVector('red', 256)).toEqual(red);
  expect(dot(red, red)).toBeCloseTo(1, 5);
  // The mean of 256 products of independent numbers of variance one has a deviation of 1/16.
  expect(Math.abs(dot(red, heart))).toBeLessThan(4 / 16);
  // The numbers themselves, so that weights trained today mean the same tomorrow.
  expect([...red.subarray(0, 3)].map((x) => Math.round(x * 1e4))).toEqual([-4672, 2977, 2039]);
});

it('begins every text with one token, keeps the order, and cuts what is too long', async () => {
  const { counts, features, width, cut } = await wordEncoder(8).encode(['', 'red heart', 'a b c d e'], 4);
  expect([[...counts], width, cut]).toEqual([[1, 3, 4], 8, 1]);
  const tokens = ['', '', 'red', 'heart', '', 'a', 'b', 'c'].flatMap((word) => [...wordVector(word, 8)]);
  expect([...features]).toEqual(tokens);
});

it('names words that no caption has, with those that were meant', () => {
  const known = ['apple', 'green', 'heart'];
  expect(unknownWords(['a green haert', ''], 'a picture of', known)).toEqual(['haert (did you mean heart?)']);
});
