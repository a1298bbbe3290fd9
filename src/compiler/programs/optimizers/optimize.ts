/** One step of a recipe's optimiser, each weight by the text of its declaration. */
// Tested by test/compiler/lower/optimizer/elaborate.test.ts.
import { WeftError } from '../../diagnostics/diagnostic';
import type { Program, Value, Variable } from '../../ir/graph';
import { stepBudget } from '../../lower/budget';
import { elaborateOptimizer } from '../../lower/optimizer/elaborate';
import type { Declared } from '../../recipe/declared';
import { optimizerName, optimizers, type Optimizer } from '../../recipe/optimizers';
import { ownValue } from '../../own-value';
import { matchesLabel } from '../freeze';
import { keptMethod, refuseErrors } from '../kept-method';
import { shippedMethod } from '../shipped-method';
import { lookedUp } from './looked-up';

export type Updates = Program['updates'];

/** What an optimiser is given for one step. */
export interface OptimizerInputs {
  readonly weights: readonly Variable[];
  /** One gradient per weight, of the weight's shape, clipped; zeros where `sound` is false. */
  readonly gradients: readonly Value[];
  /** Learning rate, a scalar. */
  readonly rate: Value;
  /** Number of this step from 1, an f32 scalar. */
  readonly step: Value;
  /** What the gradients are of: it shows what each weight is used for. */
  readonly loss: Value;
  /** False for a step that must change nothing, because its loss or gradients are not finite. */
  readonly sound: Value;
}

/** Updates of the optimiser's own state, and the new value of each weight, in the order of the weights. */
export interface OptimizerStep {
  readonly weights: readonly Value[];
  readonly updates: Updates;
}

export function optimize(optimizer: Optimizer, inputs: OptimizerInputs): OptimizerStep {
  const isOwn = optimizer.kind === 'declared';
  const method = keptMethod('optimizer', isOwn ? optimizer : builtIn(optimizer));
  const tables = lookedUp([inputs.loss]);
  const budget = stepBudget();
  const steps = inputs.weights.map((weight, i) => {
    const step = elaborateOptimizer(method, {
      ...inputs,
      weight,
      gradient: inputs.gradients[i],
      lookedUp: tables.has(weight),
      matches: matchesLabel,
      budget,
      // Any name may be that of a file's own state; those of the library's are `m/NAME` and the like.
      keptUnder: isOwn ? 'kept.' : '',
    });
    refuseErrors(step.diagnostics);
    if (!step.value)
      throw new WeftError(`The optimiser ${optimizerName(optimizer)} gives no new value for ${weight.leaf.name}.`);
    return { value: step.value, updates: step.updates };
  });
  return { weights: steps.map((s) => s.value), updates: steps.flatMap((s) => s.updates) };
}

/** Its declaration, called with what its word accepts: a record may hold more. The learning rate is that of the step. */
function builtIn(optimizer: Exclude<Optimizer, { kind: 'declared' }>): Declared {
  const { kind } = optimizer;
  const given = { ...optimizer, rate: 'rate' };
  const accepted = Object.keys(ownValue(optimizers, kind)?.parameters ?? {});
  return shippedMethod('optimizer', kind, Object.fromEntries(accepted.map((name) => [name, ownValue(given, name)])));
}
