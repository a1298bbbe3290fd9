/** A limit on the work of elaboration, so that a short spec that would unfold without end is refused. */
// Tested by test/regressions/unfolding.test.ts.
import { valuesMade } from '../ir/graph';

/**
 * Limit on expressions evaluated plus values made: nine times what the shipped file with the most models takes, or some seconds of
 * work.
 */
const standardSteps = 500_000;
/** Limit in steps for all trials of other values for a file's broken requirements together. */
const mostTrialSteps = 120_000;
/** Limit on the numbers in tables that are known when the model is built, plus the operations that make them. */
const mostNumbers = 2 ** 26;

/** Limit in steps of an optimiser for all weights of a model; Muon takes about 270 for each weight. */
const mostForWeights = 300_000;

/** Thrown after a shortage is reported, to leave the whole elaboration. */
export class Exhausted extends Error {}

let stepsTaken = 0;

/** Steps of elaboration taken and values made in this process so far. */
export function workDone(): number {
  return stepsTaken + valuesMade();
}

/** The resource that ran out, and its limit. */
export interface Shortage {
  readonly what: string;
  readonly limit: number;
}

/** The budget of an optimiser, which is elaborated for each weight of a model in turn. */
export function stepBudget(): Budget {
  return new Budget(mostForWeights);
}

/** Shared by all models of a file, which are checked together. */
export class Budget {
  private steps = 0;
  /** Steps that were left out, but that building the model would take. */
  private skipped = 0;
  private numbers = 0;
  private firstValue = valuesMade();
  /** Where the last trial ended. */
  private lastValue = valuesMade();
  private trials: Budget | null = null;
  private readonly start = valuesMade();

  constructor(private readonly mostSteps = standardSteps) {}

  /** Counts steps; returns what ran out, or null. */
  take(steps: number): Shortage | null {
    this.steps += steps;
    stepsTaken += steps;
    return this.shortage();
  }

  /** Counts steps that were left out as if they had been taken. */
  skip(steps: number): Shortage | null {
    this.skipped += steps;
    return this.shortage();
  }

  private shortage(): Shortage | null {
    const isSpent = this.steps + this.skipped + valuesMade() - this.firstValue > this.mostSteps;
    return isSpent ? { what: 'steps of elaboration', limit: this.mostSteps } : null;
  }

  /** Steps taken and values made since this budget was made, including those of trials. */
  get spent(): number {
    return this.steps + (this.trials?.steps ?? 0) + valuesMade() - this.start;
  }

  /** Steps that building the model would have taken so far: those spent and those left out. */
  get counted(): number {
    return this.spent + this.skipped;
  }

  /** Counts numbers of tables; returns what ran out, or null. */
  takeNumbers(count: number): Shortage | null {
    this.numbers += count;
    return this.numbers > mostNumbers ? { what: 'numbers in tables', limit: mostNumbers } : null;
  }

  /** Runs a trial with a budget that only trials share; the values it makes are not counted in this one. */
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
