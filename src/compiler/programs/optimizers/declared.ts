/** An optimiser that is declared in the language, from the text that a recipe keeps of it. */
// Tested by test/compiler/lower/optimizer/elaborate.test.ts.
import { WeftError } from '../../diagnostics/diagnostic';
import { elaborateOptimizer } from '../../lower/optimizer/elaborate';
import type { Declared } from '../../recipe/declared';
import { keptMethod, refuseErrors } from '../kept-method';
import { matchesLabel } from '../freeze';
import { lookedUp } from './looked-up';
import type { OptimizerInputs, OptimizerStep } from './optimizer';

export function declaredStep(kept: Declared, inputs: OptimizerInputs): OptimizerStep {
  const method = keptMethod('optimizer', kept);
  const tables = lookedUp([inputs.loss]);
  const steps = inputs.weights.map((weight, i) => {
    const step = elaborateOptimizer(method, {
      ...inputs,
      weight,
      gradient: inputs.gradients[i],
      lookedUp: tables.has(weight),
      matches: matchesLabel,
    });
    refuseErrors(step.diagnostics);
    if (!step.value) throw new WeftError(`The optimiser ${kept.call} gives no new value for ${weight.leaf.name}.`);
    return { value: step.value, updates: step.updates };
  });
  return { weights: steps.map((s) => s.value), updates: steps.flatMap((s) => s.updates) };
}
