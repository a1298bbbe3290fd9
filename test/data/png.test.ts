import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { imageGrid, toBytes, writeImageGrid } from '../../src/data/png';
import { withTemporaryFolder } from '../../src/files/atomic';
import { failureOf } from '../support/failure';
import { goldenCase } from '../support/golden';

it('turns floats into bytes as the reference does', () => {
  const { tensors } = goldenCase('to_uint8');
  expect([...toBytes(tensors['in/x'].data)]).toEqual([...tensors['out/y'].data]);
});

it('clips, and rounds halves up', () => {
  expect([...toBytes([-1, 1, -7, 7, Infinity, -Infinity, NaN, 0])]).toEqual([0, 255, 0, 255, 255, 0, 0, 128]);
});

it('lays images out row by row with white between them', () => {
  // Three images of 1 x 1 pixel: red, green, blue.
  const data = Float32Array.of(1, -1, -1, -1, 1, -1, -1, -1, 1);
  const grid = imageGrid({ shape: [3, 3, 1, 1], data }, { columns: 2, gap: 1 });
  expect([grid.height, grid.width]).toEqual([5, 5]);
  const pixel = (y: number, x: number) => [...grid.pixels.subarray((y * 5 + x) * 3, (y * 5 + x) * 3 + 3)];
  expect([pixel(1, 1), pixel(1, 3), pixel(3, 1), pixel(3, 3), pixel(2, 2)]).toEqual([
    [255, 0, 0],
    [0, 255, 0],
    [0, 0, 255],
    [255, 255, 255],
    [255, 255, 255],
  ]);
});

it('writes a PNG that reads back to the same bytes, every pixel a square', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'one.png');
    const data = Uint8Array.of(10, 20, 30, 40, 50, 60);
    await writeImageGrid(path, { shape: [1, 3, 1, 2], data }, { scale: 2 });
    const { data: pixels, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
    expect([info.height, info.width, info.channels]).toEqual([2, 4, 3]);
    const row = [10, 30, 50, 10, 30, 50, 20, 40, 60, 20, 40, 60];
    expect([...pixels]).toEqual([...row, ...row]);
  }));

it('refuses what is not a set of images', async () => {
  expect(await failureOf(() => imageGrid({ shape: [2, 3, 4, 4], data: new Float32Array(7) }))).toMatch(
    /not \[2, 3, 4, 4\] with 7 numbers/,
  );
});

it.each([
  ['x.webp', 16_383],
  ['x.jpg', 65_500],
])('refuses a picture that %s cannot hold, and no smaller one', (name, most) =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, name);
    const wide = (width: number) => ({ shape: [1, 1, 1, width], data: new Uint8Array(width) });
    await writeImageGrid(path, wide(most));
    expect(await sharp(path).metadata()).toMatchObject({ width: most, height: 1 });
    await expect(writeImageGrid(path, wide(most + 1))).rejects.toThrow(
      `would be a picture of ${most + 1}x1 pixels; the sides of a ${name.slice(1)} have at most ${most}.`,
    );
  }),
);
