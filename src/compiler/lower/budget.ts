/** How much work elaboration may take, so that a short spec that would unfold without end is refused instead. */
// Tested by test/regressions/unfolding.test.ts.
import { valuesMade } from '../ir/graph';

/**
 * Expressions evaluated and values made: nine times what the shipped file with the most models takes, and some seconds of
 * work.
 */
const standardSteps = 500_000;
/** What all trials of other values for a file's broken requirements may take together. */
const mostTrialSteps = 120_000;
/** Numbers in tables that are known when the model is built, and operations that make them. */
const mostNumbers = 2 ** 26;

/** What an optimiser may take for all weights of a model: Muon takes some 270 for each. */
const mostForWeights = 1_000_000;

/** Thrown once what ran out is reported, to leave the whole elaboration. */
export class Exhausted extends Error {}

/** What ran out, and how much of it there was. */
export interface Shortage {
  readonly what: string;
  readonly limit: number;
}

/** For all weights of a model, for which an optimiser is elaborated one by one. */
export function stepBudget(): Budget {
  return new Budget(mostForWeights);
}

/** Shared by all models of a file, which are checked together. */
export class Budget {
  private steps = 0;
  /** Steps that were left out, but would be taken by who builds the model. */
  private skipped = 0;
  private numbers = 0;
  private firstValue = valuesMade();
  /** Where the last trial ended. */
  private lastValue = valuesMade();
  private trials: Budget | null = null;
  private readonly start = valuesMade();

  constructor(private readonly mostSteps = standardSteps) {}

  /** Takes steps; says what ran out, else null. */
  take(steps: number): Shortage | null {
    this.steps += steps;
    return this.shortage();
  }

  /** Counts steps that are left out as if they were taken. */
  skip(steps: number): Shortage | null {
    this.skipped += steps;
    return this.shortage();
  }

  private shortage(): Shortage | null {
    const isSpent = this.steps + this.skipped + valuesMade() - this.firstValue > this.mostSteps;
    return isSpent ? { what: 'steps of elaboration', limit: this.mostSteps } : null;
  }

  /** Steps taken and values made since this was made, with those of trials. */
  get spent(): number {
    return this.steps + (this.trials?.steps ?? 0) + valuesMade() - this.start;
  }

  /** Takes numbers of tables; says what ran out, else null. */
  takeNumbers(count: number): Shortage | null {
    this.numbers += count;
    return this.numbers > mostNumbers ? { what: 'numbers in tables', limit: mostNumbers } : null;
  }

  /** Runs a trial with a budget that only trials share; what it makes is not counted here. */
  spendApart<T>(trial: (budget: Budget) => T): T {
    const before = valuesMade();
    this.trials ??= new Budget(mostTrialSteps);
    this.trials.firstValue += before - this.trials.lastValue;
    try {
      return trial(this.trials);
    } finally {
      this.firstValue += valuesMade() - before;
      this.trials.lastValue = valuesMade();
    }
  }
}
