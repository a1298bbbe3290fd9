/** One step of a recipe's optimiser for all weights, from the text of its declaration. */
// Tested by test/compiler/lower/optimizer/elaborate.test.ts.
import { WeftError } from '../../diagnostics/diagnostic';
import type { Program, Value, Variable } from '../../ir/graph';
import { stepBudget } from '../../lower/budget';
import { elaborateOptimizer } from '../../lower/optimizer/elaborate';
import type { Declared } from '../../recipe/declared';
import { optimizerName, optimizers, type Optimizer } from '../../recipe/optimizers';
import { ownValue } from '../../own-value';
import { LabelPatterns, matchesLabel } from '../freeze';
import { keptMethod, refuseErrors } from '../kept-method';
import { shippedMethod } from '../shipped-method';
import { lookedUp } from './looked-up';

export type Updates = Program['updates'];

/** The inputs of an optimiser for one step. */
export interface OptimizerInputs {
  readonly weights: readonly Variable[];
  /** One gradient per weight, of the weight's shape, clipped; zeros if `sound` is false. */
  readonly gradients: readonly Value[];
  /** Learning rate, a scalar. */
  readonly rate: Value;
  /** The number of this step, from 1: an f32 scalar. */
  readonly step: Value;
  /** The loss behind the gradients; its graph shows how each weight is used. */
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
  const spared = new LabelPatterns(optimizer.decayExcept ?? []);
  const steps = inputs.weights.map((weight, i) => {
    const step = elaborateOptimizer(method, {
      ...inputs,
      weight,
      gradient: inputs.gradients[i],
      lookedUp: tables.has(weight),
      isSpared: spared.has(weight.leaf.name),
      matches: matchesLabel,
      budget,
      // States of a file's own optimiser may have any name, so they get a prefix; those of the library are `m/NAME` and similar.
      keptUnder: isOwn ? 'kept.' : '',
    });
    refuseErrors(step.diagnostics);
    if (!step.value)
      throw new WeftError(`The optimiser ${optimizerName(optimizer)} gives no new value for ${weight.leaf.name}.`);
    return { value: step.value, updates: step.updates };
  });
  return { weights: steps.map((s) => s.value), updates: steps.flatMap((s) => s.updates) };
}

/** The declaration of a built-in optimiser, called with its parameters only, since a record may hold more. `rate` stays a name. */
function builtIn(optimizer: Exclude<Optimizer, { kind: 'declared' }>): Declared {
  const { kind } = optimizer;
  const given = { ...optimizer, rate: 'rate' };
  const accepted = Object.keys(ownValue(optimizers, kind)?.parameters ?? {});
  return shippedMethod('optimizer', kind, Object.fromEntries(accepted.map((name) => [name, ownValue(given, name)])));
}
