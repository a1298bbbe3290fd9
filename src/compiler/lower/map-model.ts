/** Copies a model, with each value of its graph made again by a function. */
// Tested by test/compiler/programs/adapters.test.ts.
import type { Value } from '../ir/graph';
import { transform } from '../ir/substitute';
import type { ModelGraph } from './model';

export interface MappedModel {
  readonly model: ModelGraph;
  /** Maps other values of the old model to those of the new one. */
  readonly map: (values: readonly Value[]) => readonly Value[];
}

/** The model with each value made by `make` from its new operands; outputs are made first, then taps, then modules. */
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
