/** Every optimiser, by the name that recipes use. */
// Tested by test/train/optimizers.test.ts.
import type { Chosen, ParametersOf, ReadChoices } from '../../recipe/field';
import { adamw } from './adamw';
import { came } from './came';
import { muon } from './muon';
import type { Optimizer as Declared, OptimizerInputs, OptimizerStep } from './optimizer';

export const optimizers = { adamw, came, muon };

type Parameters = ParametersOf<typeof optimizers>;

/** An optimiser as a recipe has it. */
export type Optimizer = Chosen<Parameters>;

const declared: { readonly [Kind in keyof Parameters]: Declared<Parameters[Kind]> } = optimizers;

/** One step of the recipe's optimiser. */
export function optimize<Kind extends keyof Parameters>(
  settings: ReadChoices<Parameters>[Kind],
  inputs: OptimizerInputs,
): OptimizerStep {
  return declared[settings.kind].step(settings, inputs);
}
