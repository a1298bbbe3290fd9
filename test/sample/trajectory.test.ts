/** What is told of images on their way is the same for a solver by its table and one of the language, in any batch; an animation keeps it. */
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { initialValue } from '../../src/backends/initial-values';
import { hasPyTorch } from '../../src/backends/pytorch/python';
import type { HostTensor } from '../../src/backends/session';
import { variable } from '../../src/compiler/ir/graph';
import { imageGrid } from '../../src/data/png';
import { sample, type SampleCallOptions } from '../../src/index';
import { imageNoise } from '../../src/sample/noise';
import type { DrawnStep } from '../../src/sample/sample-images';
import { checkTrajectoryPath, framesOf, Trajectory } from '../../src/sample/trajectory';
import { isNativeAvailable } from '../../src/setup/native';
import { suiteFolder } from '../support/folder';
import { relMax } from '../support/golden';
import { tinyModel } from '../support/tiny-model';
import { settingsOf } from '../support/walk';

const folder = suiteFolder();
const model = tinyModel();
const weights = Object.fromEntries(
  model.weights.map((w, i) => [
    w.leaf.name,
    initialValue(variable(w.leaf.name, w.shape, { kind: 'normal', std: 0.3 }, 'weight'), i),
  ]),
);
const steps = 4;
const guidance = { scale: 3, from: 0.2, to: 0.8 };
const table = { solver: 'heun' as const, steps, shift: 2, guidance };
const declared = settingsOf({ solver: `heun(steps: ${steps}, shift: 2)`, guidance: 'cfg(3, from: 0.2, to: 0.8)' });

async function told(
  settings: SampleCallOptions['settings'],
  more: Partial<SampleCallOptions> = {},
): Promise<{ readonly images: HostTensor; readonly way: readonly DrawnStep[] }> {
  const way: DrawnStep[] = [];
  const onStep = (step: DrawnStep): void => void way.push(step);
  const labels = [0, 1, 4];
  const images = await sample(model, { settings, weights, labels, seed: 5, backend: 'tfjs', onStep, ...more });
  return { images, way };
}

it.each([
  ['by its table', table],
  ['of the language', declared],
])('tells of a solver %s all states from the noise to the images', async (_, settings) => {
  const { images, way } = await told(settings);
  expect(way.map(({ step, steps: of, first }) => [step, of, first])).toEqual([0, 1, 2, 3, 4].map((s) => [s, 4, 0]));
  expect(Array.from(way[0].images.data)).toEqual(Array.from(imageNoise(5, [3, 4, 4], 3).data));
  expect(Array.from(way[4].images.data)).toEqual(Array.from(images.data));
  // The last batch has one image, and another as filling, which is not told.
  const parts = await told(settings, { batch: 2 });
  expect(parts.way.map(({ first, images: { shape } }) => [first, shape[0]])).toEqual([
    ...Array.from({ length: 5 }, () => [0, 2]),
    ...Array.from({ length: 5 }, () => [2, 1]),
  ]);
  const joined = [...parts.way[2].images.data, ...parts.way[7].images.data];
  expect(relMax(joined, way[2].images.data)).toBeLessThan(1e-5);
});

const others = (['reference', 'tensorflow', 'pytorch'] as const).filter((name) => {
  if (name === 'tensorflow') return isNativeAvailable();
  return name !== 'pytorch' || hasPyTorch();
});

it.each(['tfjs', ...others] as const)('tells the same of both kinds of solver on %s', async (backend) => {
  // Heun's states on the way differ: in the language its first half is the state, which the next step corrects.
  const euler = { ...table, solver: 'euler' as const };
  const own = settingsOf({ solver: `euler(steps: ${steps}, shift: 2)`, guidance: 'cfg(3, from: 0.2, to: 0.8)' });
  const [one, other, here] = [await told(euler, { backend }), await told(own, { backend }), await told(euler)];
  for (const [i, { images }] of one.way.entries()) {
    // Four steps in float32, whose sums are added in another order.
    expect(relMax(other.way[i].images.data, images.data)).toBeLessThan(1e-4);
    expect(relMax(images.data, here.way[i].images.data)).toBeLessThan(1e-4);
  }
});

it('animates them as grids, whatever the batches are', async () => {
  const path = join(folder, 'way.webp');
  const trajectory = new Trajectory([3, 3, 4, 4]);
  const { way } = await told(table, { batch: 2, onStep: trajectory.add });
  expect(way).toEqual([]);
  await trajectory.write(path, 3);
  const picture = sharp(path, { animated: true });
  const { pages = 0, pageHeight = 0, width } = await picture.metadata();
  const { way: whole } = await told(table);
  const grids = whole.map(({ images }) =>
    imageGrid({ shape: images.shape, data: Float32Array.from(images.data) }, { columns: 3 }),
  );
  // Each pixel is a square of 24.
  expect([pages, pageHeight, width]).toEqual([5, 24 * grids[0].height, 24 * grids[0].width]);
  const small = await picture.removeAlpha().raw().toBuffer();
  const { height, width: across } = grids[0];
  for (const [page, { pixels }] of grids.entries())
    for (let y = 0; y < height; y++)
      for (let x = 0; x < across; x++) {
        const from = ((page * pageHeight + 24 * y) * width + 24 * x) * 3;
        const level = pixels[(y * across + x) * 3];
        // A batch of another size may round a level the other way.
        expect(Math.abs(small[from] - level)).toBeLessThanOrEqual(1);
      }
});

it('shows at most 100 pictures of very many steps, the first and the last among them', () => {
  expect(framesOf(3)).toEqual([0, 1, 2, 3]);
  const many = framesOf(1000);
  expect([many.length, many[0], many.at(-1)]).toEqual([100, 0, 1000]);
  expect(new Set(many).size).toBe(100);
});

it('refuses other endings, and the file of the images', () => {
  expect(() => checkTrajectoryPath('way.mp4')).toThrow('way.mp4 is no animation that is written (.webp, .gif).');
  expect(() => checkTrajectoryPath('a.webp', './a.webp')).toThrow('--out and --trajectory both name a.webp.');
});
