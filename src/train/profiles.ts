/**
 * Averages of other widths from those that a run kept (Karras et al. 2024, arXiv 2312.02696, appendix C). An average of the weights is
 * described by its profile, the share that each step has in it; a sum of averages has the same sum of profiles.
 */

/** The profile of a power-function average after some steps: t^exponent up to then, with an integral of 1. */
export interface Profile {
  /** At least 0. */
  readonly exponent: number;
  /** Steps done, at least 1. */
  readonly steps: number;
}

export interface Approximation {
  /** The share of each kept average; their sum is 1. */
  readonly shares: Float64Array;
  /** The distance of the two profiles, divided by the size of the wanted one (L2): 0 if they are equal. */
  readonly error: number;
}

/** Where less than this is left of a profile beyond those before it, it says nothing new, and rounding would grow. */
const leastLeft = 1e-9;

/** The sum of kept profiles, at least one, that is nearest to the wanted one. */
export function approximate(kept: readonly Profile[], wanted: Profile): Approximation {
  const sizes = kept.map((p) => Math.sqrt(product(p, p)));
  const size = Math.sqrt(product(wanted, wanted));
  const cosine = (i: number, j: number): number => product(kept[i], kept[j]) / (sizes[i] * sizes[j]);
  const { order, rows } = factor(kept.length, cosine);
  const solved = (right: readonly number[]): number[] => solve(rows, order, right);
  // Shares are those of profiles of size 1. With the multiplier their sum, in the profiles' own sizes, becomes 1.
  const toward = solved(kept.map((p, i) => product(p, wanted) / sizes[i]));
  const along = solved(sizes.map((own) => 1 / own));
  const sumOf = (x: readonly number[]): number => x.reduce((sum, share, i) => sum + share / sizes[i], 0);
  const multiplier = (1 - sumOf(toward)) / sumOf(along);
  const scaled = toward.map((x, i) => x + multiplier * along[i]);
  const shares = Float64Array.from(scaled, (x, i) => x / sizes[i]);
  return { shares, error: distance(kept, shares, wanted) / size };
}

/** The integral of the product of two profiles. */
function product(p: Profile, q: Profile): number {
  const [first, last] = p.steps < q.steps ? [p, q] : [q, p];
  const [a, b] = [first.exponent + 1, last.exponent + 1];
  const both = a + b - 1;
  return (((a * b) / both) * (first.steps / last.steps) ** last.exponent) / last.steps;
}

function distance(kept: readonly Profile[], shares: Float64Array, wanted: Profile): number {
  let sum = product(wanted, wanted);
  for (const [i, p] of kept.entries()) {
    sum += shares[i] * (shares[i] * product(p, p) - 2 * product(p, wanted));
    for (let j = 0; j < i; j++) sum += 2 * shares[i] * shares[j] * product(p, kept[j]);
  }
  return Math.sqrt(Math.max(0, sum));
}

interface Factor {
  /** The numbers of the profiles that are used. */
  readonly order: readonly number[];
  /** The lower triangle of the factor, in this order. */
  readonly rows: readonly (readonly number[])[];
}

/** Cholesky's factor of a matrix with a diagonal of 1, with the largest pivot first, as far as pivots are not rounding. */
function factor(count: number, entry: (i: number, j: number) => number): Factor {
  const left = new Float64Array(count).fill(1);
  const columns: Float64Array[] = [];
  const order: number[] = [];
  while (order.length < count) {
    let pivot = 0;
    for (let i = 1; i < count; i++) if (left[i] > left[pivot]) pivot = i;
    if (left[pivot] < leastLeft) break;
    const root = Math.sqrt(left[pivot]);
    const column = Float64Array.from({ length: count }, (_, i) => entry(i, pivot));
    for (const before of columns) {
      const share = before[pivot];
      for (let i = 0; i < count; i++) column[i] -= share * before[i];
    }
    for (let i = 0; i < count; i++) {
      column[i] /= root;
      left[i] -= column[i] ** 2;
    }
    columns.push(column);
    order.push(pivot);
    for (const used of order) left[used] = 0;
  }
  return { order, rows: order.map((i) => columns.map((column) => column[i])) };
}

/** Solves for the profiles that are used; the others have a share of 0. */
function solve(rows: Factor['rows'], order: Factor['order'], right: readonly number[]): number[] {
  const n = order.length;
  const middle: number[] = [];
  for (let i = 0; i < n; i++) {
    const known = middle.reduce((sum, x, k) => sum + rows[i][k] * x, 0);
    middle.push((right[order[i]] - known) / rows[i][i]);
  }
  const found = new Float64Array(n);
  for (let i = n - 1; i >= 0; i--) {
    let known = 0;
    for (let k = i + 1; k < n; k++) known += rows[k][i] * found[k];
    found[i] = (middle[i] - known) / rows[i][i];
  }
  const all = right.map(() => 0);
  for (const [i, number] of order.entries()) all[number] = found[i];
  return all;
}
