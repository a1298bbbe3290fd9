/** A model with its symbols bound. */
// Tested by test/compiler/report/step-work.test.ts.
import { bindProgram } from '../ir/bind';
import type { Bindings } from '../ir/dims';
import type { Value } from '../ir/graph';
import type { ModelGraph } from './model';

/** The model with its symbols bound, so that later work on it needs no symbolic arithmetic. */
export function boundModel(model: ModelGraph, bindings: Bindings): ModelGraph {
  const named = (prefix: string, values: { readonly [name: string]: Value }): [string, Value][] =>
    Object.entries(values).map(([name, v]) => [prefix + name, v]);
  const outputs = Object.fromEntries([
    ...named('output/', model.outputs),
    ...named('tap/', model.taps),
    ...named('module/', Object.fromEntries(model.modules.map((m) => [m.path, m.output]))),
  ]);
  const bound = bindProgram(
    { name: model.name, inputs: model.inputs.map((i) => i.value), outputs, updates: [] },
    bindings,
  );
  const again = (prefix: string, values: object): { [name: string]: Value } =>
    Object.fromEntries(Object.keys(values).map((name) => [name, bound.outputs[prefix + name]]));
  return {
    ...model,
    inputs: model.inputs.map((i, at) => ({ ...i, value: bound.inputs[at] })),
    outputs: again('output/', model.outputs),
    taps: again('tap/', model.taps),
    modules: model.modules.map((m) => ({ ...m, output: bound.outputs[`module/${m.path}`] })),
  };
}
