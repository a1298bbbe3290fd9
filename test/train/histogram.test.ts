import { expect, it } from '@jest/globals';
import { histogramOf } from '../../src/train/histogram';

it('counts every number once, in ranges from the least to the largest', () => {
  const numbers = Float32Array.from({ length: 1000 }, (_, i) => Math.sin(i));
  const { min, max, num, sum, sumSquares, bucket, bucketLimit } = histogramOf(numbers);
  expect([min, max, num]).toEqual([Math.min(...numbers), Math.max(...numbers), 1000]);
  expect(sum).toBeCloseTo(
    numbers.reduce((a, b) => a + b, 0),
    9,
  );
  expect(sumSquares).toBeCloseTo(
    numbers.reduce((a, b) => a + b * b, 0),
    9,
  );
  expect([bucket.length, bucketLimit.length, bucketLimit.at(-1)]).toEqual([30, 30, max]);
  const [first, , third] = bucket.map((_, i) => {
    const from = i === 0 ? -Infinity : bucketLimit[i - 1];
    return numbers.filter((x) => (i === 0 || x >= from) && (i === 29 ? x <= max : x < bucketLimit[i])).length;
  });
  expect([bucket[0], bucket[2], bucket.reduce((a, b) => a + b)]).toEqual([first, third, 1000]);
});

it('has one range for numbers that are all the same', () => {
  expect(histogramOf([2, 2, 2])).toEqual({
    ...{ min: 2, max: 2, num: 3, sum: 6, sumSquares: 12 },
    ...{ bucketLimit: [2], bucket: [3] },
  });
});
