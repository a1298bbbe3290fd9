import { expect, it } from '@jest/globals';
import { applyScales, scalingsOf, spoilingScale, type TensorInfo } from '../../../src/data/checkpoints/scales';
import { failureOf } from '../../support/failure';

/** The scaling of an F8 weight of a shape that has scales of a shape beside it. */
function scalingOf(weight: readonly number[], scale: readonly number[]) {
  const tensors = new Map<string, TensorInfo>([
    ['x.weight', { dtype: 'F8_E4M3', shape: weight }],
    ['x.weight_scale_inv', { dtype: 'F32', shape: scale }],
  ]);
  return scalingsOf('w', ['x.weight'], (name) => tensors.get(name)).get('x.weight')!;
}

it.each<[readonly number[], readonly number[], readonly number[]]>([
  [[4, 6], [], [4, 6]],
  [
    [4, 6],
    [1, 1],
    [4, 6],
  ],
  [[4, 6], [4], [1, 6]],
  [[6, 6], [6], [1, 6]],
  [
    [4, 6],
    [1, 6],
    [4, 1],
  ],
  [
    [4, 6],
    [2, 3],
    [2, 2],
  ],
  [
    [4, 6],
    [4, 2],
    [1, 3],
  ],
  [
    [256, 576],
    [2, 5],
    [128, 128],
  ],
  [
    [8, 4, 2, 2],
    [8, 1, 1, 1],
    [1, 4, 2, 2],
  ],
])('a weight %p with scales %p has blocks of %p', (weight, scale, block) => {
  expect(scalingOf(weight, scale).block).toEqual(block);
});

it.each([
  // Two of 65, or one of 128 and a rest?
  [
    [130, 4],
    [2, 1],
  ],
  [[4, 6], [6]],
  [
    [4, 6],
    [3, 6],
  ],
  [
    [4, 6],
    [2, 2, 2],
  ],
])('a weight %p with scales %p is refused', async (weight, scale) => {
  expect(await failureOf(() => scalingOf(weight, scale))).toMatch(/which numbers each covers is not certain/);
});

it('multiplies every number by the scale of its block, the last blocks being cut', () => {
  const shape = [3, 130];
  const stored = Float32Array.from({ length: 390 }, (_, i) => (i % 7) - 3);
  const scales = Float32Array.of(2, 10, 3, 100, 5, 1000);
  const found = applyScales(stored, shape, scales, { shape: [3, 2], block: [1, 128] });
  const want = stored.map((x, i) => x * scales[2 * Math.floor(i / 130) + Math.floor((i % 130) / 128)]);
  expect(found).toEqual(want);
});

it.each<[readonly number[], readonly number[], number]>([
  [[1, 2, 3, 4], [0.5, 2], -1],
  [[1, 2, 3, 4], [0.5, NaN], 1],
  [[1, 2, 3, 4], [-Infinity, 1], 0],
  [[1, 2, 3, 4], [1, Infinity], 1],
  [[1, 2, 3, 4], [1, 0], 1],
  // Nothing times nothing.
  [[1, 2, 0, 0], [1, 0], -1],
  [[0, 0, 0, 0], [NaN, 1], 0],
])('of %p the scales %p spoil at %d', (stored, scales, wanted) => {
  const scaling = { shape: [2, 1], block: [1, 2] };
  expect(spoilingScale(Float32Array.from(stored), [2, 2], Float32Array.from(scales), scaling)).toBe(wanted);
});
