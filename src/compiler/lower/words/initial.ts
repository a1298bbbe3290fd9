/** Helpers for words that make weights: sizes known when the model is built, and the initial values of weights and biases. */
// Tested by test/golden/modules.test.ts.
import type { Dim } from '../../ir/dims';
import type { Initializer } from '../../ir/graph';
import type { InitValue } from '../values';
import type { Arguments } from './word';

/** A dimension of the argument `name` as a number; a symbol is reported at the argument. */
export function staticDim(args: Arguments, name: string, d: Dim): number {
  return typeof d === 'number' ? d : args.wrongKind(name, 'a whole number that is known when the model is built');
}

/** The argument `init`; `default` if it is left out. */
export function initArgument(args: Arguments): InitValue['init'] {
  const v = args.value('init');
  if (v === null) return 'default';
  return v.kind === 'init' ? v.init : args.wrongKind('init', 'zero, one, xavier, fan_in or normal(std)');
}

/** The initial values of a weight with `width` inputs for each result and `out` results for each input. */
export function weightInit(init: InitValue['init'], width: number, out: number): Initializer {
  if (init === 'default') return { kind: 'uniform', bound: 1 / Math.sqrt(width) };
  if (init === 'xavier') return { kind: 'uniform', bound: Math.sqrt(6 / (width + out)) };
  return init;
}

/** Biases start at zero if the weights start at zero or with xavier; otherwise they start like the weights of a default layer. */
export function biasInit(init: InitValue['init'], width: number): Initializer {
  const zero = init === 'xavier' || (typeof init === 'object' && init.kind === 'zeros');
  return zero ? { kind: 'zeros' } : { kind: 'uniform', bound: 1 / Math.sqrt(width) };
}
