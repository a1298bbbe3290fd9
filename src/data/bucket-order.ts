/** Which bucket each step of a run shows, and the how-many-eth batch of it: in proportion to their images, in an order that the seed alone decides. */
import { epochOrder } from './shuffle';

export interface BucketImages {
  readonly images: number;
  readonly batch: number;
}

/** The batches of a bucket in each round of steps: as many as show its images about once, and one at least. */
export function batchesInRound({ images, batch }: BucketImages): number {
  return Math.max(1, Math.round(images / batch));
}

export interface BucketStep {
  readonly bucket: number;
  /** Batches of the bucket that were shown before. */
  readonly step: number;
}

export class BucketOrder {
  /** The bucket of each batch of a round, before it is shuffled. */
  private readonly round: readonly number[];
  private readonly each: readonly number[];
  private newest: { readonly round: number; readonly steps: readonly BucketStep[] } | null = null;

  constructor(
    buckets: readonly BucketImages[],
    private readonly seed: number,
  ) {
    this.each = buckets.map(batchesInRound);
    this.round = this.each.flatMap((batches, bucket) => new Array<number>(batches).fill(bucket));
  }

  /** The bucket of a step (the first is 0). Every round of steps shows each bucket as often as it has batches. */
  at(step: number): BucketStep {
    const { length } = this.round;
    const round = Math.floor(step / length);
    if (this.newest?.round !== round) this.newest = { round, steps: this.stepsOf(round) };
    return this.newest.steps[step % length];
  }

  private stepsOf(round: number): readonly BucketStep[] {
    const shown = this.each.map((batches) => round * batches);
    // Another seed than that of the images, so that their orders are independent.
    const order = epochOrder(this.round.length, (this.seed ^ 0x5bd1e995) >>> 0, round);
    return Array.from(order, (i) => {
      const bucket = this.round[i];
      return { bucket, step: shown[bucket]++ };
    });
  }
}
