/** What a model draws while it trains: each `dropout` and `noise` of its graph becomes draws from the seed and the step. */
import { constant, inScope, type Value } from '../ir/graph';
import { transform } from '../ir/substitute';
import { dropped } from '../lower/dropped';
import type { ModelGraph } from '../lower/model';
import { randomNormal, randomUniform } from '../ops/creation';
import { is, rebuild } from '../ops/define';
import { dropout, noise } from '../ops/in-training';
import { add } from '../ops/elementwise';

/** The model as a train step has it, and values of the model in it; `seed` is i32 [2], the run's and the step. */
export function withDraws(
  model: ModelGraph,
  seed: Value,
  watch: readonly Value[] = [],
): { readonly model: ModelGraph; readonly watched: readonly Value[] } {
  const done = new Map<Value, Value>();
  let uses = 0;
  const drawn = (values: readonly Value[]): Value[] =>
    transform(values, done, (v, inputs) => {
      if (!is<object>(v, dropout, noise)) return rebuild(v, inputs);
      return inScope(v.scope, () => {
        const own = seedOfUse(seed, uses++);
        if (is(v, dropout)) return dropped(inputs[0], v.attrs, (shape) => randomUniform(own, { shape }));
        return randomNormal(own, { shape: v.shape });
      });
    });
  const named = (values: { readonly [name: string]: Value }): { readonly [name: string]: Value } => {
    const made = drawn(Object.values(values));
    return Object.fromEntries(Object.keys(values).map((name, i) => [name, made[i]]));
  };
  // In this order, so that each use has the same draws whatever is watched.
  const outputs = named(model.outputs);
  const taps = named(model.taps);
  const modules = model.modules.map((m) => ({ ...m, output: drawn([m.output])[0] }));
  return { model: { ...model, outputs, taps, modules }, watched: drawn(watch) };
}

/** An odd factor, so that no two uses of a model have one seed. */
const scatter = 0x3c6ef35f;

/** The seed with its first word moved on: streams, which move the second, are too few for a deep model. */
function seedOfUse(seed: Value, use: number): Value {
  const offset = Math.imul(use + 1, scatter) & 0x7fffffff;
  return add(seed, constant({ shape: [2], data: Float64Array.of(offset, 0) }, 'i32'));
}
