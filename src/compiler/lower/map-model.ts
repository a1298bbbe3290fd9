/** A model whose graph is made again, value by value. */
// Tested by test/compiler/programs/adapters.test.ts.
import type { Value } from '../ir/graph';
import { transform } from '../ir/substitute';
import type { ModelGraph } from './model';

export interface MappedModel {
  readonly model: ModelGraph;
  /** Other values of the model, as the mapped one has them. */
  readonly map: (values: readonly Value[]) => readonly Value[];
}

/** The model with each value made by `make` from operands already made; outputs come first, then taps, then modules. */
export function mapModel(model: ModelGraph, make: (v: Value, inputs: readonly Value[]) => Value): MappedModel {
  const done = new Map<Value, Value>();
  const map = (values: readonly Value[]): Value[] => transform(values, done, make);
  const named = (values: { readonly [name: string]: Value }): { readonly [name: string]: Value } => {
    const made = map(Object.values(values));
    return Object.fromEntries(Object.keys(values).map((name, i) => [name, made[i]]));
  };
  const outputs = named(model.outputs);
  const taps = named(model.taps);
  const modules = model.modules.map((m) => ({ ...m, output: map([m.output])[0] }));
  return { model: { ...model, outputs, taps, modules }, map };
}
