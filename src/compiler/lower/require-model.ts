/** Checks that a program passes a model, and not something else such as the whole result of `compile`. */
// Tested by test/api/kinds.test.ts.
import { WeftError } from '../diagnostics/diagnostic';
import { kindOf } from '../diagnostics/require-kind';
import type { ModelGraph } from './model';

/** Throws if the value is not a model. */
export function requireModel(model: unknown): asserts model is ModelGraph {
  if (isModel(model)) return;
  const compiled = typeof model === 'object' && model !== null && 'model' in model && isModel(model.model);
  throw new WeftError(
    `A model was expected, not ${kindOf(model)}.`,
    compiled ? 'Give its `model`.' : 'Give what `compile(…).model` is.',
    2,
  );
}

function isModel(x: unknown): x is ModelGraph {
  return typeof x === 'object' && x !== null && ['inputs', 'weights', 'outputs'].every((key) => key in x);
}
