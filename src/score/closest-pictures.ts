/** Finds drawn pictures that may be copies of those that a model was trained on. */
// Tested by test/cli/evaluate.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { invariant } from '../compiler/invariant';
import { comparedNumbers, comparedRows } from './compared-rows';
import { toldBy, type EvaluateOptions, type Known, type Reference } from './evaluate';
import { nearestReal, usualReach } from './metrics/neighbourhoods';

/** A drawn picture with those that it may be a copy of. */
export interface Likeness {
  /** The number of the drawn picture. */
  readonly drawn: number;
  /** The numbers of the nearest pictures compared with, the nearest first. */
  readonly real: readonly number[];
  /** How far the nearest is, divided by its distance from its own nearest neighbour: 0 for a copy, about 1 for a new picture of the same kind. */
  readonly ratio: number;
}

/** The pictures that are nearest to one compared with, for how far that is from its own neighbours: where copies are, they come first. */
export async function closestPictures(
  of: Known,
  against: Reference,
  options: EvaluateOptions,
  { pictures, neighbours }: { readonly pictures: number; readonly neighbours: number },
): Promise<Likeness[]> {
  const own = of.features?.get('features');
  const real = against.of.features?.get('features');
  invariant(own && real, 'a file of statistics has no pictures');
  const least = Math.max(usualReach.precision, usualReach.density);
  if (real.count <= least)
    throw new WeftError(`There are too few pictures to compare with.`, `Nearest pictures need more than ${least}.`);
  const balls = await against.balls(options);
  invariant(balls, 'features have balls around them');
  const drawn = await comparedRows(own, options.pairs);
  const near = await nearestReal(balls, drawn, neighbours, toldBy(options, 'nearest pictures'));
  const [numbers, compared] = [own, real].map((features) => comparedNumbers(features, options.pairs));
  return near
    .map(({ rows, ratio }, j) => ({ drawn: numbers[j], real: rows.map((i) => compared[i]), ratio }))
    .sort((a, b) => a.ratio - b.ratio)
    .slice(0, pictures);
}
