import { expect, it } from '@jest/globals';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cachedTexts } from '../../src/text/cached';
import { wordEncoder } from '../../src/text/words';
import { inFolder } from '../support/weft';

it('asks the encoder once for the same texts, and again for others, another length, or a broken file', () =>
  inFolder(async (cache) => {
    let asked = 0;
    const plain = wordEncoder(4);
    const encoder: typeof plain = { ...plain, encode: (...args) => (asked++, plain.encode(...args)) };
    const first = await cachedTexts(encoder, ['a b', 'c'], 2, { cache });
    expect(await cachedTexts(encoder, ['a b', 'c'], 2, { cache })).toEqual(first);
    expect([asked, first.cut]).toEqual([1, 1]);
    await cachedTexts(encoder, ['a b', 'd'], 2, { cache });
    await cachedTexts(encoder, ['a b', 'c'], 3, { cache });
    await cachedTexts({ ...encoder, facts: 'another' }, ['a b', 'c'], 2, { cache });
    expect(asked).toBe(4);
    for (const name of readdirSync(join(cache, 'texts'))) writeFileSync(join(cache, 'texts', name), 'x');
    expect(await cachedTexts(encoder, ['a b', 'c'], 2, { cache })).toEqual(first);
    expect(asked).toBe(5);
    for (const name of readdirSync(join(cache, 'texts'))) flipBit(join(cache, 'texts', name));
    const warnings: string[] = [];
    expect(await cachedTexts(encoder, ['a b', 'c'], 2, { cache, onWarning: (w) => warnings.push(w) })).toEqual(first);
    expect([asked, warnings]).toEqual([
      6,
      [expect.stringMatching(/\.safetensors is damaged; what it held is computed/)],
    ]);
  }));

/** Of the last number. */
function flipBit(path: string): void {
  const bytes = readFileSync(path);
  bytes[bytes.length - 2] ^= 1;
  writeFileSync(path, bytes);
}
