/** Which images lie near which of another set: around each is a ball that reaches to its k-th nearest neighbour in its own set. */
import { distancesOf, productsOfPairs, squaredNorms, type FeatureRows, type PairOptions } from './rows';

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
  };
  const [a, b] = [squaredNorms(real), squaredNorms(drawn)];
  await productsOfPairs(
    real,
    drawn,
    (block) => {
      const distances = distancesOf(block, a, b);
      const { first, second } = block;
      for (let at = 0; at < distances.length; at++) {
        const [i, j] = [first.from + Math.floor(at / second.count), second.from + (at % second.count)];
        const distance = distances[at];
        if (distance <= nearReal[i * most + reach.precision - 1]) found.precise[j] = 1;
        if (distance <= nearDrawn[j * most + reach.precision - 1]) found.recalled[i] = 1;
        if (distance < nearReal[i * most + reach.density - 1]) {
          found.density[j] += 1 / reach.density;
          found.covered[i] = 1;
        }
      }
    },
    options,
  );
  return found;
}

function mostOf({ precision, density }: Reach): number {
  return Math.max(precision, density);
}

/** The squared distances of each row to its `most` nearest others, in order: `[count, most]`. */
async function nearestDistances(rows: FeatureRows, most: number, options: PairOptions): Promise<Float64Array> {
  const nearest = new Float64Array(rows.count * most).fill(Infinity);
  const norms = squaredNorms(rows);
  await productsOfPairs(
    rows,
    rows,
    (block) => {
      const distances = distancesOf(block, norms, norms);
      const { first, second } = block;
      for (let at = 0; at < distances.length; at++) {
        const [i, j] = [first.from + Math.floor(at / second.count), second.from + (at % second.count)];
        if (i !== j) insert(nearest, i * most, most, distances[at]);
      }
    },
    options,
  );
  return nearest;
}

/** Puts a distance into its place among `most` sorted ones, of which the last is dropped. */
function insert(sorted: Float64Array, from: number, most: number, distance: number): void {
  let at = from + most - 1;
  if (distance >= sorted[at]) return;
  for (; at > from && sorted[at - 1] > distance; at--) sorted[at] = sorted[at - 1];
  sorted[at] = distance;
}
