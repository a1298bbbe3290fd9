/** The rates of noise of a model's path, as objectives and solvers see them under the name `betas`. */
// Tested by test/compiler/programs/objectives/betas.test.ts.
import { constant } from '../ir/graph';
import type { ModelGraph } from './model';
import { tensorValue, type Evaluated } from './values';

/** The rates of noise of a model's path, [n]; `none` if its path has none. */
export function betasOf({ conventions: { betas } }: ModelGraph): Evaluated {
  if (!betas) return { kind: 'word', name: 'none' };
  return tensorValue(constant({ shape: [betas.length], data: Float64Array.from(betas) }), false);
}
