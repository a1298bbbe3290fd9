import { expect, it } from '@jest/globals';
import { erf, roundToBf16, roundToF16, sigmoid } from '../../../src/compiler/ops/numerics';

it('knows erf to the last places, on both sides of where its method changes', () => {
  // Table values to 16 digits.
  expect(erf(0.5)).toBeCloseTo(0.5204998778130465, 15);
  expect(erf(1)).toBeCloseTo(0.8427007929497149, 15);
  expect(erf(-2)).toBeCloseTo(-0.9953222650189527, 15);
  expect(erf(3)).toBeCloseTo(0.9999779095030014, 15);
  expect(erf(2.5 - 1e-12)).toBeCloseTo(erf(2.5), 12);
  expect([erf(0), erf(7), erf(-Infinity)]).toEqual([0, 1, -1]);
});

it('does not overflow in the sigmoid', () => {
  expect([sigmoid(-1000), sigmoid(0), sigmoid(1000)]).toEqual([0, 0.5, 1]);
});

it('rounds to bfloat16 with ties to even', () => {
  expect([1 + 2 ** -8, 1 + 3 * 2 ** -8, -1.01, 0, Infinity].map(roundToBf16)).toEqual([
    1,
    1 + 2 ** -6,
    -1.0078125,
    0,
    Infinity,
  ]);
  expect(roundToBf16(NaN)).toBeNaN();
});

it('rounds to half with ties to even, subnormals and overflow', () => {
  expect(
    [1 + 2 ** -11, 1 + 3 * 2 ** -11, 65519, 65520, 2 ** -24, 2 ** -25, -(2 ** -25) * 1.01].map(roundToF16),
  ).toEqual([1, 1 + 2 ** -9, 65504, Infinity, 2 ** -24, 0, -(2 ** -24)]);
});
