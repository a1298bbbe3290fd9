import { expect, it } from '@jest/globals';
import { erf, sigmoid } from '../../../src/compiler/ops/numerics';

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
