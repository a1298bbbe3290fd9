import { expect, it } from '@jest/globals';
import { nearestForm } from '../../src/data/forms';

const size = (height: number, width: number) => ({ height, width });

it('takes the size whose aspect ratio is nearest, by the quotient of the ratios', () => {
  const sizes = [size(32, 32), size(24, 32), size(32, 24)];
  expect([size(500, 500), size(300, 400), size(1600, 1200)].map((s) => nearestForm(s, sizes))).toEqual([0, 1, 2]);
  // 1.15 is as near to 1 as to 4:3 in the sum, and nearer to 1 in the quotient; 1.16 is nearer to 4:3.
  expect([nearestForm(size(1000, 1150), sizes), nearestForm(size(1000, 1160), sizes)]).toEqual([0, 1]);
  expect([nearestForm(size(1, 100), sizes), nearestForm(size(100, 1), sizes)]).toEqual([1, 2]);
  expect(nearestForm(size(10, 10), [size(8, 8), size(16, 16)])).toBe(0);
});
