/** How much work elaboration may take, so that a short spec that would unfold without end is refused instead. */
import { valuesMade } from '../ir/graph';

/**
 * Expressions evaluated and values made: nine times what the shipped file with the most models takes, and some seconds of
 * work.
 */
const mostSteps = 500_000;
/** Numbers in tables that are known when the model is built, and operations that make them. */
const mostNumbers = 2 ** 26;

/** Thrown once what ran out is reported, to leave the whole elaboration. */
export class Exhausted extends Error {}

/** What ran out, and how much of it there was. */
export interface Shortage {
  readonly what: string;
  readonly limit: number;
}

/** Shared by all models of a file, which are checked together. */
export class Budget {
  private steps = 0;
  private numbers = 0;
  private readonly firstValue = valuesMade();

  constructor(private readonly stepsLimit = mostSteps) {}

  /** Takes steps; says what ran out, else null. */
  take(steps: number): Shortage | null {
    this.steps += steps;
    const isSpent = this.steps + valuesMade() - this.firstValue > this.stepsLimit;
    return isSpent ? { what: 'steps of elaboration', limit: this.stepsLimit } : null;
  }

  /** Takes numbers of tables; says what ran out, else null. */
  takeNumbers(count: number): Shortage | null {
    this.numbers += count;
    return this.numbers > mostNumbers ? { what: 'numbers in tables', limit: mostNumbers } : null;
  }
}
