/** Hyper-parameters as values of the language. */
// Tested by test/compiler/sections/hyperparameters.test.ts.
import type { StaticValue } from './model';
import { numberValue, type Evaluated } from './values';

/** A hyper-parameter as a value of the language. */
export function evaluated(value: StaticValue): Evaluated {
  if (typeof value === 'number') return numberValue(value);
  if (typeof value === 'boolean') return { kind: 'boolean', value };
  if (typeof value === 'string') return { kind: 'string', value };
  return 'size' in value
    ? { kind: 'size', height: value.size[0], width: value.size[1] }
    : { kind: 'ratio', left: value.ratio[0], right: value.ratio[1] };
}
