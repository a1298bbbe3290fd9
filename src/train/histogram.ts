/** The distribution of the numbers in a tensor, as TensorBoard shows it. */

/** Counts in ranges of equal width from the least number to the largest. */
export interface Histogram {
  readonly min: number;
  readonly max: number;
  readonly num: number;
  readonly sum: number;
  readonly sumSquares: number;
  /** The upper end of each range; that of the last is the largest number. */
  readonly bucketLimit: readonly number[];
  /** How many numbers are in each. */
  readonly bucket: readonly number[];
}

/** As many ranges as TensorBoard draws. */
const ranges = 30;

/** The histogram of finite numbers, one at least; one range where they are all the same. */
export function histogramOf(numbers: ArrayLike<number>): Histogram {
  let [min, max, sum, sumSquares] = [Infinity, -Infinity, 0, 0];
  for (let i = 0; i < numbers.length; i++) {
    const x = numbers[i];
    if (x < min) min = x;
    if (x > max) max = x;
    sum += x;
    sumSquares += x * x;
  }
  const count = max > min ? ranges : 1;
  const width = (max - min) / count;
  const bucket = new Array<number>(count).fill(0);
  for (let i = 0; i < numbers.length; i++)
    bucket[Math.min(count - 1, width > 0 ? Math.floor((numbers[i] - min) / width) : 0)]++;
  const bucketLimit = bucket.map((_, i) => (i === count - 1 ? max : min + (i + 1) * width));
  return { min, max, num: numbers.length, sum, sumSquares, bucketLimit, bucket };
}
