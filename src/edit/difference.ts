/** How far two pictures are apart. */
// Tested by test/cli/edit.test.ts.
import type { HostTensor } from '../backends/session';

/** Absolute differences of numbers, of which -1 is black and 1 white. */
export interface Difference {
  readonly mean: number;
  readonly most: number;
}

/** The differences of two tensors of one shape. */
export function differenceOf(a: HostTensor, b: HostTensor): Difference {
  let [sum, most] = [0, 0];
  a.data.forEach((x, i) => {
    const apart = Math.abs(x - b.data[i]);
    sum += apart;
    most = Math.max(most, apart);
  });
  return { mean: sum / a.data.length, most };
}
