/** One step of a recipe's optimiser, built in or declared in the language. */
// Tested by test/compiler/lower/optimizer/elaborate.test.ts.
import type { ReadChoices } from '../../recipe/field';
import { declaredStep } from './declared';
import { optimizers, type Optimizer, type Parameters } from './index';
import type { Optimizer as BuiltIn, OptimizerInputs, OptimizerStep } from './optimizer';

const builtIn: { readonly [Kind in keyof Parameters]: BuiltIn<Parameters[Kind]> } = optimizers;

export function optimize(settings: Optimizer, inputs: OptimizerInputs): OptimizerStep {
  return settings.kind === 'declared' ? declaredStep(settings, inputs) : builtInStep(settings, inputs);
}

function builtInStep<Kind extends keyof Parameters>(
  settings: ReadChoices<Parameters>[Kind],
  inputs: OptimizerInputs,
): OptimizerStep {
  return builtIn[settings.kind].step(settings, inputs);
}
