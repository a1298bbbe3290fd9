import { expect, it } from '@jest/globals';
import { withPrefix } from '../../src/text/conditions';
import { openEncoder, tokenCounter } from '../../src/text/encoder';
import { wordsIn } from '../../src/text/vocabulary';

it('gives words in the width of the model, and refuses a width that a language model has not', async () => {
  const settings = { prefix: '', length: 4 };
  expect((await openEncoder({ encoder: 'words', ...settings }, { width: 24 })).width).toBe(24);
  await expect(openEncoder({ encoder: 'minilm', ...settings }, { width: 24 })).rejects.toThrow(
    'gives 384 numbers a token, but the model reads 24',
  );
});

const texts = ['', 'Two red hearts!', "don't", 'a face, with tears of joy'];

it.each(['words', 'vocabulary'] as const)('counts what the encoder %s gives tokens for', async (encoder) => {
  const settings = { encoder, prefix: 'a picture of ', length: 3 };
  const opened = await openEncoder({ ...settings, words: wordsIn(texts) }, { width: 4 });
  const wanted = texts.map((text) => withPrefix(text, settings));
  const { counts } = await opened.encode(wanted, 100);
  expect(wanted.map((await tokenCounter(settings))!)).toEqual([...counts]);
});

it('counts nothing where files would have to be fetched', async () => {
  const before = process.env.XDG_CACHE_HOME;
  process.env.XDG_CACHE_HOME = 'no-such-folder';
  try {
    expect(await tokenCounter({ encoder: 'minilm', prefix: '', length: 3 })).toBeNull();
  } finally {
    if (before === undefined) delete process.env.XDG_CACHE_HOME;
    else process.env.XDG_CACHE_HOME = before;
  }
});
