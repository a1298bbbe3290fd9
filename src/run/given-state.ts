/** The state of a train step in files: variables other than the model's weights, as `state/NAME`. */
// Tested by test/cli/run-programs.test.ts.
import { someOf } from '../compiler/diagnostics/counted';
import type { HostTensors } from '../backends/session';
import { checkTensor } from '../backends/host';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { suggest } from '../compiler/diagnostics/suggest';
import { drawName, isCopy, variablesOf, type Program } from '../compiler/ir/graph';

const prefix = 'state/';

/** Variables under their names in files. */
export function stateOf(variables: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(variables).map(([name, tensor]) => [`${prefix}${name}`, tensor]));
}

/** The tensors that are not state. */
export function stateless(tensors: HostTensors): HostTensors {
  return Object.fromEntries(Object.entries(tensors).filter(([name]) => !name.startsWith(prefix)));
}

/** Initial averaged weights, and the weights a run began with: both are copies of the weights. */
export function averagesOf(program: Program, weights: HostTensors): HostTensors {
  const averages = variablesOf(program).filter((v) => isCopy(v) && drawName(v) in weights);
  return Object.fromEntries(averages.map((v) => [v.leaf.name, weights[drawName(v)]]));
}

/** The state that a file gives, by the names of the variables; other variables start as in training. */
export function readState(program: Program, tensors: HostTensors): HostTensors {
  const variables = new Map(variablesOf(program).map((v) => [v.leaf.name, v]));
  const state: { [name: string]: HostTensors[string] } = {};
  for (const [key, tensor] of Object.entries(tensors)) {
    if (!key.startsWith(prefix)) continue;
    const name = key.slice(prefix.length);
    const variable = variables.get(name);
    if (!variable)
      throw unknownState(
        key,
        [...variables.keys()].map((n) => `${prefix}${n}`),
      );
    checkTensor(`State "${key}"`, tensor, variable.type);
    state[name] = tensor;
  }
  return state;
}

function unknownState(key: string, known: readonly string[]): WeftError {
  const near = suggest(key, known);
  return new WeftError(
    `The train step has no state called ${key}.`,
    near.length > 0 ? `Did you mean ${near.join(' or ')}?` : `It has ${someOf(known, 6)}.`,
  );
}
