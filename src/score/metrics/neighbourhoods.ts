/** Which images lie near which of another set: around each is a ball that reaches to its k-th nearest neighbour in its own set. */
import {
  distancesOf,
  productsOfPairs,
  squaredNorms,
  type FeatureRows,
  type PairOptions,
  type ProductBlock,
} from './rows';

/** How many neighbours a ball reaches to. */
export interface Reach {
  /** For precision and recall: 3 in arXiv 1904.06991. */
  readonly precision: number;
  /** For density and coverage: 5 in arXiv 2002.09797. */
  readonly density: number;
}

export const usualReach: Reach = { precision: 3, density: 5 };

/** For each image what is counted; the metrics are means of these. */
export interface Neighbourhoods {
  /** 1 for each drawn image inside a ball of a real one, its surface included. */
  readonly precise: Float64Array;
  /** 1 for each real image inside a ball of a drawn one, its surface included. */
  readonly recalled: Float64Array;
  /** For each drawn image, the number of balls of real images around it, divided by the neighbours that a ball reaches to. */
  readonly density: Float64Array;
  /** 1 for each real image with a drawn one inside its ball. */
  readonly covered: Float64Array;
  /** 1 for each drawn image whose nearest real one has another real image that is nearer (authenticity of arXiv 2102.08921). */
  readonly authentic: Float64Array;
}

/** Features with the ball around each of them. */
export interface Balls {
  readonly rows: FeatureRows;
  readonly reach: Reach;
  /** Squared distances of each row to its nearest others, as many as the larger reach, in order: `[count, most]`. */
  readonly nearest: Float64Array;
}

/** The set needs more images than the largest reach. This takes a time that grows with the square of their number. */
export async function ballsAround(
  rows: FeatureRows,
  reach: Reach = usualReach,
  options: PairOptions = {},
): Promise<Balls> {
  return { rows, reach, nearest: await nearestDistances(rows, mostOf(reach), options) };
}

/** Compares two sets with balls of one reach. */
export async function neighbourhoods(
  { rows: real, reach, nearest: nearReal }: Balls,
  { rows: drawn, nearest: nearDrawn }: Balls,
  options: PairOptions = {},
): Promise<Neighbourhoods> {
  const most = mostOf(reach);
  const found = {
    precise: new Float64Array(drawn.count),
    recalled: new Float64Array(real.count),
    density: new Float64Array(drawn.count),
    covered: new Float64Array(real.count),
    authentic: new Float64Array(drawn.count),
  };
  const closest = new Float64Array(drawn.count).fill(Infinity);
  const compare = (i: number, j: number, distance: number): void => {
    if (distance <= nearReal[i * most + reach.precision - 1]) found.precise[j] = 1;
    if (distance <= nearDrawn[j * most + reach.precision - 1]) found.recalled[i] = 1;
    if (distance < nearReal[i * most + reach.density - 1]) {
      found.density[j] += 1 / reach.density;
      found.covered[i] = 1;
    }
    if (distance < closest[j]) {
      closest[j] = distance;
      found.authentic[j] = Number(nearReal[i * most] < distance);
    }
  };
  await eachDistance(real, drawn, compare, options);
  return found;
}

function mostOf({ precision, density }: Reach): number {
  return Math.max(precision, density);
}

/** Rows of another set that lie nearest to a row. */
export interface Nearest {
  /** Their numbers, the nearest first. */
  readonly rows: readonly number[];
  /** How far away the nearest is, divided by its distance from its own nearest neighbour: 0 for a copy, about 1 for a new image of the same kind. */
  readonly ratio: number;
}

/** The `most` real images that are nearest to each drawn one. */
export async function nearestReal(
  { rows: real, reach, nearest }: Balls,
  drawn: FeatureRows,
  most: number,
  options: PairOptions = {},
): Promise<Nearest[]> {
  const sorted = new Float64Array(drawn.count * most).fill(Infinity);
  const numbers = new Int32Array(drawn.count * most);
  const note = (i: number, j: number, distance: number): void => {
    const place = insert(sorted, j * most, most, distance);
    if (place < 0) return;
    numbers.copyWithin(place + 1, place, (j + 1) * most - 1);
    numbers[place] = i;
  };
  await eachDistance(real, drawn, note, options);
  const known = Math.min(most, real.count);
  return Array.from({ length: drawn.count }, (_, j) => {
    const rows = [...numbers.subarray(j * most, j * most + known)];
    const [distance, usual] = [sorted[j * most], nearest[rows[0] * mostOf(reach)]];
    return { rows, ratio: distance === 0 ? 0 : Math.sqrt(distance / usual) };
  });
}

/** The squared distances of each row to its `most` nearest others, in order: `[count, most]`. */
async function nearestDistances(rows: FeatureRows, most: number, options: PairOptions): Promise<Float64Array> {
  const nearest = new Float64Array(rows.count * most).fill(Infinity);
  const note = (i: number, j: number, distance: number): void => {
    if (i !== j) insert(nearest, i * most, most, distance);
  };
  await eachDistance(rows, rows, note, options);
  return nearest;
}

/** Gives `use` the squared distance of row `i` of one set from row `j` of another, for all pairs. */
async function eachDistance(
  a: FeatureRows,
  b: FeatureRows,
  use: (i: number, j: number, distance: number) => void,
  options: PairOptions,
): Promise<void> {
  const [ofA, ofB] = [squaredNorms(a), squaredNorms(b)];
  const each = (block: ProductBlock): void => {
    const distances = distancesOf(block, ofA, ofB);
    const { first, second } = block;
    for (let at = 0; at < distances.length; at++)
      use(first.from + Math.floor(at / second.count), second.from + (at % second.count), distances[at]);
  };
  await productsOfPairs(a, b, each, options);
}

/** Puts a distance into its place among `most` sorted ones, of which the last is dropped; returns the place, or -1 if it is larger than all. */
function insert(sorted: Float64Array, from: number, most: number, distance: number): number {
  let at = from + most - 1;
  if (distance >= sorted[at]) return -1;
  for (; at > from && sorted[at - 1] > distance; at--) sorted[at] = sorted[at - 1];
  sorted[at] = distance;
  return at;
}
