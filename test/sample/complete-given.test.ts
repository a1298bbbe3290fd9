/** What a recipe makes of conditions that are given by hand, and of an image, is made for drawing too, and told. */
import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import sharp from 'sharp';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import { completeGiven, readImage } from '../../src/sample/complete-given';
import { readConditions } from '../../src/sample/given';
import { madeConditions } from '../../src/train/made-conditions';
import { compiledText } from '../support/compile';
import { suiteFolder } from '../support/folder';

const folder = suiteFolder();
const model = compiledText(`model M() {
  input noisy: image(4)
  input time:  time(noise: 0, data: 1)
  input hole:  image(4, channels: 1)
  input known: image(4)
  input low:   image(2)
  input scale: scalar
  input twice: scalar
  let seen = concat(noisy, upsample(low, 2), hole, known, axis: 0)
  let out = linear(rearrange(seen, "c h w -> (h w) c"), 3) @out + scale * twice * time
  output velocity: image(4) = rearrange(out, "(h w) c -> c h w", h: 4)
}`);

const recipe = {
  hole: 'random_mask(min: 0.2, max: 0.5)',
  known: 'image * (1 - hole)',
  low: 'downsample(image, 2)',
  scale: 'uniform(1, 8)',
  twice: 'scale * 2',
};

const tensor = (shape: number[], data: number[]): HostTensor => ({
  shape,
  dtype: 'f32',
  data: Float32Array.from(data),
});
const plane = Array.from({ length: 48 }, (_, i) => Math.sin(i));
const image = tensor([1, 3, 4, 4], plane);
const mask = Array.from({ length: 16 }, (_, i) => (i % 4 < 2 ? 1 : 0));

async function complete(
  given: HostTensors,
  clean?: HostTensor,
  count = 2,
): Promise<{ readonly made: HostTensors; readonly notes: readonly string[] }> {
  const notes: string[] = [];
  const how = { given: recipe, seed: 1, backend: 'tfjs', count, tell: (note: string) => notes.push(note) } as const;
  return { made: await completeGiven(model, given, clean, how), notes };
}

it('makes what is derived of an image and a mask that are given', async () => {
  const hole = tensor([1, 1, 4, 4], mask);
  const { made, notes } = await complete({ hole, scale: tensor([2], [3, 5]) }, image);
  expect([...made.hole.data]).toEqual([...mask, ...mask]);
  for (let row = 0; row < 2; row++)
    for (let i = 0; i < 48; i++) expect(made.known.data[48 * row + i]).toBeCloseTo(plane[i] * (1 - mask[i % 16]), 6);
  expect([...made.twice.data]).toEqual([6, 10]);
  expect(made.low.shape).toEqual([2, 3, 2, 2]);
  expect(made.low.data[0]).toBeCloseTo((plane[0] + plane[1] + plane[4] + plane[5]) / 4, 6);
  expect(notes).toEqual([
    'known: made as the recipe says, image * (1 - hole)',
    'low: made as the recipe says, downsample(image, 2)',
    'twice: made as the recipe says, scale * 2',
  ]);
});

it('draws beside an image what is only drawn, as one for all that is made of it', async () => {
  const { made } = await complete({}, image);
  for (let row = 0; row < 2; row++) {
    const hole = made.hole.data.slice(16 * row, 16 * (row + 1));
    expect(new Set(hole)).toEqual(new Set([0, 1]));
    for (let i = 0; i < 48; i++) expect(made.known.data[48 * row + i]).toBeCloseTo(plane[i] * (1 - hole[i % 16]), 6);
    expect(made.twice.data[row]).toBeCloseTo(2 * made.scale.data[row], 5);
  }
});

it('tells what the recipe makes a condition of that is given all the same', async () => {
  const known = tensor([1, 3, 4, 4], plane);
  const { made, notes } = await complete({
    known,
    hole: tensor([1, 1, 4, 4], mask),
    low: tensor([1, 3, 2, 2], plane.slice(0, 12)),
    scale: tensor([1], [3]),
  });
  expect([...made.known.data]).toEqual([...known.data, ...known.data]);
  expect([...made.twice.data]).toEqual([6, 6]);
  expect(notes).toEqual([
    'known is taken as it is given; the recipe makes it: image * (1 - hole)',
    'twice: made as the recipe says, scale * 2',
  ]);
});

it('asks for the image that a missing condition is made of', async () => {
  await expect(complete({ hole: tensor([1, 1, 4, 4], mask) })).rejects.toMatchObject({
    message: expect.stringContaining('conditioned on `known`, which is not given'),
    hint: 'Add --given image=picture.png, of which the recipe makes it (image * (1 - hole)); or --given known=….',
  });
});

it('refuses an image that nothing is left to be made of', async () => {
  const rest = { known: tensor([1, 3, 4, 4], plane), low: tensor([1, 3, 2, 2], plane.slice(0, 12)) };
  await expect(complete(rest, image)).rejects.toThrow('All that is made of the image is given by hand.');
});

it('draws nothing by itself where no image is given', async () => {
  const rest = { known: tensor([1, 3, 4, 4], plane), low: tensor([1, 3, 2, 2], plane.slice(0, 12)) };
  const { made } = await complete(rest);
  expect(Object.keys(made).sort()).toEqual(['known', 'low']);
});

it('reads the image as training reads pictures, and refuses one that nothing is made of', async () => {
  const path = join(folder, 'photo.png');
  const data = Buffer.from(Array.from({ length: 16 }, () => [255, 0, 51]).flat());
  await sharp(data, { raw: { width: 4, height: 4, channels: 3 } })
    .png()
    .toFile(path);
  const notes: string[] = [];
  const read = await readImage(model, { values: [path] }, recipe, (note) => notes.push(note));
  expect([read.shape, read.data[0], read.data[16]]).toEqual([[1, 3, 4, 4], 1, -1]);
  expect(notes).toEqual([`image: ${path}, black is -1 and white 1`]);
  await expect(readImage(model, { values: [path] }, { scale: 'uniform(1, 8)' }, () => {})).rejects.toThrow(
    'No recipe is known that makes a condition of M of an image',
  );
});

it('makes conditions of those that a sample section gives, as it gives them', async () => {
  const sampled = { scale: { values: ['3'] } };
  const read = await readConditions(model, sampled);
  const x0 = tensor([2, 3, 4, 4], [...plane, ...plane]);
  const made = await madeConditions(model, { x0 }, { given: recipe, sampled, seed: 1, batch: 2, backend: 'tfjs' });
  expect([...made.scale.data]).toEqual([read.scale.data[0], read.scale.data[0]]);
  expect([...made.twice.data]).toEqual([6, 6]);
});
