/** A run that goes wrong can go back: how it judges that, what it goes on with, and how it is told. */
// Tested by test/train/guarded-steps.test.ts.
import type { TrainRecipe } from '../compiler/recipe/index';
import type { TrainMetrics } from './metrics';

/** One return to a checkpoint. */
export interface Rewind {
  /** The number of the step that went wrong. */
  readonly from: number;
  /** The steps that are left. */
  readonly to: number;
  readonly because: string;
}

/** What a run draws and is shown after some returns: neither the noise nor the images of the steps that are done again. */
export interface Draws {
  readonly seed: number;
  /** Added to the number of a step, it gives the number of its batch. */
  readonly skipped: number;
}

/** Seeds of a run and of its returns are far from one another, and fit into 31 bits. */
const [seedStep, seeds] = [1_000_003, 2 ** 31];

export function drawsAfter({ seed }: Pick<TrainRecipe, 'seed'>, rewinds: readonly Rewind[]): Draws {
  return {
    seed: rewinds.length === 0 ? seed : (seed + seedStep * rewinds.length) % seeds,
    skipped: rewinds.reduce((sum, { from, to }) => sum + from - to, 0),
  };
}

/** A level is the median over this many steps; before there are `least`, nothing is judged. */
const [most, least] = [100, 20];

/** The recent level of a run's loss and gradient norm. */
export class Level {
  private readonly steps: Pick<TrainMetrics, 'loss' | 'gradNorm'>[];

  constructor(
    private readonly above: number,
    before: readonly Pick<TrainMetrics, 'loss' | 'gradNorm'>[],
  ) {
    this.steps = before.slice(-most);
  }

  /** Says what of a step is far above its level, or null, and then the step belongs to it. A level of 0 or less judges nothing. */
  next({ loss, gradNorm }: Pick<TrainMetrics, 'loss' | 'gradNorm'>): string | null {
    const found =
      this.steps.length < least
        ? null
        : (this.far('loss', 'loss', loss) ?? this.far('gradient norm', 'gradNorm', gradNorm));
    if (found !== null) return found;
    this.steps.push({ loss, gradNorm });
    if (this.steps.length > most) this.steps.shift();
    return null;
  }

  private far(name: string, key: 'loss' | 'gradNorm', value: number): string | null {
    const sorted = this.steps.map((s) => s[key]).sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    if (median <= 0 || value <= this.above * median) return null;
    const [shown, usual] = [rounded(value), rounded(median)];
    return `the ${name} ${shown} is ${rounded(value / median)} times ${usual}, its median over the last ${sorted.length} steps`;
  }
}

function rounded(x: number): number {
  return Number(x.toPrecision(3));
}
