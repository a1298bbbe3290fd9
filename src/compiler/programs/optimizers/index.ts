/** Every optimiser, by the name that recipes use. */
// Tested by test/train/optimizers.test.ts.
import type { Chosen, ParametersOf, ReadChoices } from '../../recipe/field';
import { adamw } from './adamw';
import { came } from './came';
import type { Declared as Kept } from '../../recipe/declared';
import { declaredStep } from './declared';
import { muon } from './muon';
import type { Optimizer as Declared, OptimizerInputs, OptimizerStep } from './optimizer';

export const optimizers = { adamw, came, muon };

type Parameters = ParametersOf<typeof optimizers>;

/** One that is declared in the language, with the learning rate that the recipe gives it. */
export interface DeclaredOptimizer extends Kept {
  readonly rate: number;
}

/** An optimiser as a recipe has it. */
export type Optimizer = Chosen<Parameters> | DeclaredOptimizer;

const declared: { readonly [Kind in keyof Parameters]: Declared<Parameters[Kind]> } = optimizers;

/** What a recipe calls it. */
export function optimizerName(optimizer: Optimizer): string {
  return optimizer.kind === 'declared' ? optimizer.call.replace(/\(.*/s, '') : optimizer.kind;
}

/** One step of the recipe's optimiser. */
export function optimize(settings: Optimizer, inputs: OptimizerInputs): OptimizerStep {
  return settings.kind === 'declared' ? declaredStep(settings, inputs) : builtInStep(settings, inputs);
}

function builtInStep<Kind extends keyof Parameters>(
  settings: ReadChoices<Parameters>[Kind],
  inputs: OptimizerInputs,
): OptimizerStep {
  return declared[settings.kind].step(settings, inputs);
}
