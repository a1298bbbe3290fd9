import { expect, it } from '@jest/globals';
import { normalDraws, philox4x32, uniformDraws } from '../../../src/compiler/ops/philox';

/** Known answers published with the Random123 library: counter, key, block. */
const known: [number[], number[], number[]][] = [
  [
    [0, 0, 0, 0],
    [0, 0],
    [0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8],
  ],
  [
    [0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff],
    [0xffffffff, 0xffffffff],
    [0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd],
  ],
  [
    [0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344],
    [0xa4093822, 0x299f31d0],
    [0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1],
  ],
];

it.each(known)('philox4x32-10 of counter %p and key %p is the published block', (counter, key, block) => {
  expect([...philox4x32(counter, key)]).toEqual(block);
});

it('draws the same numbers whatever the count, and others from other seeds and streams', () => {
  const first = normalDraws([1, 2], 0, 1000);
  expect([...normalDraws([1, 2], 0, 7)]).toEqual([...first.slice(0, 7)]);
  expect(normalDraws([1, 2], 1, 7)).not.toEqual(first.slice(0, 7));
  expect(normalDraws([2, 2], 0, 7)).not.toEqual(first.slice(0, 7));
});

it('has the moments of its laws', () => {
  const n = 40_000;
  const normal = normalDraws([7, 8], 0, n);
  const uniform = uniformDraws([7, 8], 0, n);
  const moment = (x: Float64Array, p: number): number => x.reduce((sum, v) => sum + v ** p, 0) / n;
  // Five standard errors: √(var(xᵖ) / n).
  const se = 5 / Math.sqrt(n);
  expect(Math.abs(moment(normal, 1))).toBeLessThan(se);
  expect(Math.abs(moment(normal, 2) - 1)).toBeLessThan(se * Math.sqrt(2));
  expect(Math.abs(moment(normal, 4) - 3)).toBeLessThan(se * Math.sqrt(96));
  expect(Math.abs(moment(uniform, 1) - 1 / 2)).toBeLessThan(se * Math.sqrt(1 / 12));
  expect(Math.abs(moment(uniform, 2) - 1 / 3)).toBeLessThan(se * Math.sqrt(4 / 45));
  expect(Math.min(...uniform)).toBeGreaterThanOrEqual(0);
  expect(Math.max(...uniform)).toBeLessThan(1);
  expect(uniform.every((x) => Math.fround(x) === x)).toBe(true);
});
