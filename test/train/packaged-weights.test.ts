/** A packaged encoder in a `given`, by its name: the features that `weft score` compares, made in the training step. */
import { copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { hasPyTorch } from '../../src/backends/pytorch/python';
import { hasEfficientNetLite0, openEfficientNetLite0 } from '../../src/score/efficientnet-lite0';
import { isNativeAvailable } from '../../src/setup/native';
import { elaborateModel, openSpec, recipeNamed } from '../../src/spec/open';
import { openTrainingData } from '../../src/train/data';
import { madeConditions } from '../../src/train/made-conditions';
import { writeSafetensors } from '../../src/data/safetensors';
import { patternedWeight } from '../support/patterned';
import { suiteFolder } from '../support/folder';
import { relMax } from '../support/golden';
import { trainedLosses } from '../support/trained-losses';
import { weft } from '../support/weft';

const folder = suiteFolder();
// 17 MB of a Python package, which a test does not fetch by itself.
const present = hasEfficientNetLite0();
if (!present) console.warn('EfficientNet-Lite0 is not in the cache: no packaged encoder is tried.');
const itWithFiles = present ? it : it.skip;
const backends = [
  'tfjs' as const,
  ...(isNativeAvailable() ? (['tensorflow'] as const) : []),
  ...(hasPyTorch() ? (['pytorch'] as const) : []),
];

const specText = (given: string): string => `
import { EfficientNetLite0 } from "./efficientnet-lite0"
model Small() {
  input picture: [3, 8, 8]
  output style: [1280] = linear(rearrange(picture, "c h w -> (c h w)"), 1280) @out
}
model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  input style: [1280]
  let out = linear(rearrange(noisy, "c h w -> (h w) c"), 3) @out + linear(style, 3) @style
  output velocity: image(8) = rearrange(out, "(h w) c -> c h w", h: 8) * time
}
/// Without random draws, which differ between backends.
objective halfway() {
  return mean(square(model(image / 2, time: 0.5) - image), axis: all)
}
train t of M {
  data = folder("pics")
  from = "start.safetensors"
  given style = ${given}
  objective = halfway()
  optimizer = adamw(rate: 1e-3)
  batch = 2
  steps = 3
}
`;
const encode = 'encode(image, EfficientNetLite0(size: 32x32), weights: efficientnet_lite0)';
const spec = join(folder, 'm.weft');

beforeAll(async () => {
  mkdirSync(join(folder, 'pics'));
  copyFileSync('specs/encoders/efficientnet-lite0.weft', join(folder, 'efficientnet-lite0.weft'));
  // Backends draw different first weights.
  const start = { out: [3, 3], style: [3, 1280] };
  const tensors = Object.entries(start).flatMap(([name, shape]) => [
    [`${name}.weight`, patternedWeight(`${name}.weight`, shape)] as const,
    [`${name}.bias`, patternedWeight(`${name}.bias`, [3])] as const,
  ]);
  await writeSafetensors(join(folder, 'start.safetensors'), Object.fromEntries(tensors));
  for (let i = 0; i < 4; i++) {
    const pixels = Buffer.from(Array.from({ length: 192 }, (_, j) => Math.round(127 + 120 * Math.sin(j * (i + 1)))));
    await sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
      .png()
      .toFile(join(folder, `pics/${i}.png`));
  }
});

function opened(given: string) {
  writeFileSync(spec, specText(given));
  const { spec: own } = openSpec(spec);
  const [model, recipe] = [elaborateModel(own, 'M'), recipeNamed(own, null)];
  const options = { cache: join(folder, 'cache'), onWarning: () => {} };
  return { model, recipe, data: () => openTrainingData(model, recipe, options) };
}

it('keeps the name of packaged weights, which is no path', () => {
  const { recipe } = opened(encode);
  expect(recipe.given!.style.split('\n')[0]).toBe(encode);
});

itWithFiles.each(backends)('makes in a step the features that the extractor gives, on %s', async (backend) => {
  const { model, recipe, data: open } = opened(encode);
  const data = await open();
  const batch = await data.batch(0);
  const { style } = await madeConditions(model, batch, { given: recipe.given, seed: 0, batch: 2, backend });
  const extractor = await openEfficientNetLite0({ size: 32 });
  const features = await extractor.features(batch.x0);
  expect(style.shape).toEqual([2, 1280]);
  // Sums of up to a thousand products in another order, layer after layer; the packaged network agrees with PyTorch as closely.
  expect(relMax(style.data, [...features])).toBeLessThan(1e-4);
  await Promise.all([extractor.close(), data.close()]);
});

itWithFiles('trains alike on every backend', async () => {
  const run = (backend: (typeof backends)[number]): Promise<number[]> =>
    trainedLosses(opened(encode), 2, { out: join(folder, backend), backend });
  const first = await run('tfjs');
  expect(first[1]).toBeLessThan(first[0]);
  for (const other of backends.slice(1)) expect(await run(other)).toEqual(first.map((x) => expect.closeTo(x, 4)));
});

itWithFiles('says where packaged weights do not fit, before images are prepared', async () => {
  const given = 'encode(image, Small, weights: efficientnet_lite0)';
  const trained = (): Promise<number[]> =>
    trainedLosses(opened(given), 1, { out: join(folder, 'no'), backend: 'tfjs' });
  await expect(trained()).rejects.toThrow(/missing +out\.weight/);
  const { stdout, stderr } = await weft(['check', spec]);
  expect(stdout + stderr).toMatch(/given style = encode[^]*out\.weight/);
});
