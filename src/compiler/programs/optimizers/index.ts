/** Every optimiser, by the name that recipes use. */
// Tested by test/train/optimizers.test.ts.
import type { Chosen, ParametersOf } from '../../recipe/field';
import { adamw } from './adamw';
import { came } from './came';
import type { Declared } from '../../recipe/declared';
import { muon } from './muon';

export const optimizers = { adamw, came, muon };

export type Parameters = ParametersOf<typeof optimizers>;

/** One that is declared in the language, with the learning rate that the recipe gives it. */
export interface DeclaredOptimizer extends Declared {
  readonly rate: number;
  /** Whether it keeps averages of the weights of its own; absent where it does not. */
  readonly averages?: true;
}

/** An optimiser as a recipe has it. */
export type Optimizer = Chosen<Parameters> | DeclaredOptimizer;

/** What a recipe calls it. */
export function optimizerName(optimizer: Optimizer): string {
  return optimizer.kind === 'declared' ? optimizer.call.replace(/\(.*/s, '') : optimizer.kind;
}

/** Whether averages of the weights are kept, by the recipe or by its optimiser. */
export function keepsAverages({
  ema,
  optimizer,
}: {
  readonly ema: number | null;
  readonly optimizer: Optimizer;
}): boolean {
  return ema !== null || (optimizer.kind === 'declared' && optimizer.averages === true);
}
