import { expect, it } from '@jest/globals';
import { openEncoder } from '../../src/text/encoder';

it('gives words in the width of the model, and refuses a width that a language model has not', async () => {
  const settings = { prefix: '', length: 4 };
  expect((await openEncoder({ encoder: 'words', ...settings }, { width: 24 })).width).toBe(24);
  await expect(openEncoder({ encoder: 'minilm', ...settings }, { width: 24 })).rejects.toThrow(
    'gives 384 numbers a token, but the model reads 24',
  );
});
