import { expect, it } from '@jest/globals';
import { hasMiniLm } from '../../src/text/minilm-files';
import { miniLm, miniLmEncoder, miniLmWidth } from '../../src/text/minilm';
import { expectClose, goldenCase } from '../support/golden';

const packaged = goldenCase('minilm_packaged');
// The files are 83 MB of a Python package, which a test does not fetch by itself; WEFT_TEST_ENCODERS=1 does, beforehand.
const present = hasMiniLm();
if (!present) console.warn('all-MiniLM-L6-v2 is not in the cache: its features are not compared.');
const itWithFiles = present ? it : it.skip;

it('has the parameters of all-MiniLM-L6-v2, the pooling left out', () => {
  const { model } = miniLm();
  const count = model.weights.reduce((sum, w) => sum + w.shape.reduce<number>((n, d) => n * Number(d), 1), 0);
  // 22,713,216 in all, of which 384 · 384 + 384 pool.
  expect(count).toBe(22_713_216 - 385 * 384);
});

itWithFiles.each(['tfjs', 'auto'] as const)('gives on %s the features of the packaged model', async (backend) => {
  const texts = packaged.about.texts as string[];
  const encoder = await miniLmEncoder({ backend });
  // A longer text beside them pads them, which must not show.
  const { counts, features, cut } = await encoder.encode([...texts, 'a face with tears of joy, seen from afar'], 9);
  expect([[...counts], cut]).toEqual([[5, 5, 9], 1]);
  const { features: want } = packaged.under('out');
  expectClose(features.subarray(0, want.data.length), want.data, packaged.tolerance.out, 'features');
  expect(features.length).toBe(19 * miniLmWidth);
});
