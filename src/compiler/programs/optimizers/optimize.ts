/** One step of a recipe's optimiser for all weights, from the text of its declaration. */
// Tested by test/compiler/lower/optimizer/elaborate.test.ts.
import { WeftError } from '../../diagnostics/diagnostic';
import { variable, type Program, type Value, type Variable } from '../../ir/graph';
import { substitute } from '../../ir/substitute';
import { stepBudget } from '../../lower/budget';
import { elaborateOptimizer } from '../../lower/optimizer/elaborate';
import { kindOfWeight } from '../../lower/optimizer/kinds';
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

export function optimizerStep(optimizer: Optimizer, inputs: OptimizerInputs): OptimizerStep {
  const isOwn = optimizer.kind === 'declared';
  const method = keptMethod('optimizer', isOwn ? optimizer : builtIn(optimizer));
  const tables = lookedUp([inputs.loss]);
  const budget = stepBudget();
  const spared = new LabelPatterns(optimizer.decayExcept ?? []);
  const kinds = new Map<string, Made>();
  const steps = inputs.weights.map((weight, i): Made => {
    const gradient = inputs.gradients[i];
    const facts = { lookedUp: tables.has(weight), isSpared: spared.has(weight.leaf.name) };
    const kind = kindOfWeight(method.declaration, weight, facts);
    const known = kinds.get(kind);
    if (known) return forWeight(known, weight, gradient, inputs);
    const step = elaborateOptimizer(method, {
      ...inputs,
      ...facts,
      weight,
      gradient,
      matches: matchesLabel,
      budget,
      // States of a file's own optimiser may have any name, so they get a prefix; those of the library are `m/NAME` and similar.
      keptUnder: isOwn ? 'kept.' : '',
    });
    refuseErrors(step.diagnostics);
    if (!step.value)
      throw new WeftError(`The optimiser ${optimizerName(optimizer)} gives no new value for ${weight.leaf.name}.`);
    const made = { weight, gradient, value: step.value, updates: step.updates };
    kinds.set(kind, made);
    return made;
  });
  return { weights: steps.map((s) => s.value), updates: steps.flatMap((s) => s.updates) };
}

/** The step of one weight. */
interface Made {
  readonly weight: Variable;
  readonly gradient: Value;
  readonly value: Value;
  readonly updates: Updates;
}

/** The same step for another weight of its kind. What a step reads of all weights stays as it is. */
function forWeight(
  made: Made,
  weight: Variable,
  gradient: Value,
  { rate, step, sound }: Pick<OptimizerInputs, 'rate' | 'step' | 'sound'>,
): Made {
  const states = made.updates.map((u) => stateFor(u.variable, made.weight, weight));
  const replaced = new Map<Value, Value>([
    ...[rate, step, sound].map((v) => [v, v] as const),
    [made.weight, weight],
    [made.gradient, gradient],
    ...made.updates.map((u, i) => [u.variable, states[i]] as const),
  ]);
  const [value, ...values] = substitute([made.value, ...made.updates.map((u) => u.value)], replaced);
  return { weight, gradient, value, updates: states.map((v, i) => ({ variable: v, value: values[i] })) };
}

/** The state of another weight: it begins as that weight does if it is a copy. */
function stateFor({ leaf, shape, dtype }: Variable, of: Variable, weight: Variable): Variable {
  const name = leaf.name.slice(0, -of.leaf.name.length) + weight.leaf.name;
  const init = leaf.init === of.leaf.init ? weight.leaf.init : leaf.init;
  return variable(name, shape, init, leaf.role, dtype);
}

/** The declaration of a built-in optimiser, called with its parameters only, since a record may hold more. `rate` stays a name. */
function builtIn(optimizer: Exclude<Optimizer, { kind: 'declared' }>): Declared {
  const { kind } = optimizer;
  const given = { ...optimizer, rate: 'rate' };
  const accepted = Object.keys(ownValue(optimizers, kind)?.parameters ?? {});
  return shippedMethod('optimizer', kind, Object.fromEntries(accepted.map((name) => [name, ownValue(given, name)])));
}
