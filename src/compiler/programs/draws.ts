/** Random draws inside a model while it trains: each `dropout` and `noise` of its graph draws from the seed and the step. */
import { constant, inScope, type Value } from '../ir/graph';
import { dropped } from '../lower/dropped';
import { mapModel } from '../lower/map-model';
import type { ModelGraph } from '../lower/model';
import { randomNormal, randomUniform } from '../ops/creation';
import { is, rebuild } from '../ops/define';
import { dropout, noise } from '../ops/in-training';
import { add } from '../ops/elementwise';

/** The model with its draws, and the new forms of the values `watch`. `seed` is i32 [2]: the seed of the run, and the step. */
export function withDraws(
  model: ModelGraph,
  seed: Value,
  watch: readonly Value[] = [],
): { readonly model: ModelGraph; readonly watched: readonly Value[] } {
  let uses = 0;
  // The model is mapped first, so that the draws do not depend on what is watched.
  const mapped = mapModel(model, (v, inputs) => {
    if (!is<object>(v, dropout, noise)) return rebuild(v, inputs);
    return inScope(v.scope, () => {
      const own = seedOfUse(seed, uses++);
      if (is(v, dropout)) return dropped(inputs[0], v.attrs, (shape) => randomUniform(own, { shape }));
      return randomNormal(own, { shape: v.shape });
    });
  });
  return { model: mapped.model, watched: mapped.map(watch) };
}

/** An odd factor, so that no two uses in a model have the same seed. */
const scatter = 0x3c6ef35f;

/** The seed with its first word changed for each use. Streams change the second word, but there are too few for a deep model. */
function seedOfUse(seed: Value, use: number): Value {
  const offset = Math.imul(use + 1, scatter) & 0x7fffffff;
  return add(seed, constant({ shape: [2], data: Float64Array.of(offset, 0) }, 'i32'));
}
