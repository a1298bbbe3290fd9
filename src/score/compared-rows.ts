/** The pictures of a set that are compared in pairs: at most a given number, evenly spread over the set. */
// Tested by test/score/evaluate.test.ts.
import type { FeatureParts } from './metrics/gaussian';
import { rowsAt, type FeatureRows } from './metrics/rows';
import { spread } from './reference';

/** Their numbers. */
export function comparedNumbers({ count }: FeatureParts, most: number): number[] {
  return spread(count, Math.min(most, count));
}

/** Their features, in memory. */
export async function comparedRows(features: FeatureParts, most: number): Promise<FeatureRows> {
  const { width } = features;
  const numbers = comparedNumbers(features, most);
  const data = new Float32Array(numbers.length * width);
  let [first, at] = [0, 0];
  for await (const part of features.parts()) {
    const own: number[] = [];
    while (at + own.length < numbers.length && numbers[at + own.length] < first + part.count)
      own.push(numbers[at + own.length] - first);
    data.set(rowsAt(part, own).data, at * width);
    at += own.length;
    first += part.count;
  }
  return { count: numbers.length, width, data };
}
