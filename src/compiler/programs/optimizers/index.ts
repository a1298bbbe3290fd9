/** Every optimiser, by the kind a recipe names. */
import { topological, type Value, type Variable } from '../../ir/graph';
import { assertNever } from '../../invariant';
import type { Optimizer } from '../../lower/recipe';
import { is } from '../../ops/define';
import { gather } from '../../ops/indexing';
import { adamw } from './adamw';
import { came } from './came';
import { isProper, muon } from './muon';
import type { OptimizerInputs, OptimizerStep } from './optimizer';

/** One step of the recipe's optimiser. `loss` shows what each weight is used for. */
export function optimize(settings: Optimizer, inputs: OptimizerInputs, loss: Value): OptimizerStep {
  switch (settings.kind) {
    case 'adamw':
      return adamw(settings, inputs);
    case 'came':
      return came(settings, inputs);
    case 'muon': {
      const tables = lookedUp(loss);
      return muon(settings, inputs, (weight) => isProper(weight) && !tables.has(weight));
    }
    default:
      return assertNever(settings);
  }
}

/** Weights that rows are looked up in (label tables), whose gradients touch a few rows only. */
function lookedUp(loss: Value): ReadonlySet<Value> {
  return new Set<Value | Variable>(topological([loss]).flatMap((v) => (is(v, gather) ? [v.inputs[0]] : [])));
}
