import { expect, it } from '@jest/globals';
import { tokenCounter } from '../../src/text/count-tokens';
import { openEncoder } from '../../src/text/encoder';
import { withPrefix } from '../../src/text/conditions';
import { wordsIn } from '../../src/text/vocabulary';

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
