import { expect, it } from '@jest/globals';
import { minimise } from '../../../fuzz/front/minimise';

it('leaves out every line and token that the finding does not need', async () => {
  const text = 'let a = 1\nlet b = f(2, bad)\nlet c = 3\n';
  expect(await minimise(text, async (candidate) => candidate.includes('bad'), 1000)).toBe('bad');
});

it('asks no more often than it may', async () => {
  let asked = 0;
  const shows = async (candidate: string): Promise<boolean> => (asked++, candidate.includes('x'));
  await minimise('a\n'.repeat(100) + 'x', shows, 5);
  expect(asked).toBe(5);
});
