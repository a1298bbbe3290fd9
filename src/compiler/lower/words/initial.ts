/** What words that make weights share: sizes known when the model is built, and how weights and biases start. */
// Tested by test/golden/modules.test.ts.
import type { Dim } from '../../ir/dims';
import type { Initializer } from '../../ir/graph';
import type { InitValue } from '../values';
import type { Arguments } from './word';

/** A dimension of the argument `name` as a number; a symbol is reported there. */
export function staticDim(args: Arguments, name: string, d: Dim): number {
  return typeof d === 'number' ? d : args.wrongKind(name, 'a whole number that is known when the model is built');
}

/** The argument `init`, `default` where it is left out. */
export function initArgument(args: Arguments): InitValue['init'] {
  const v = args.value('init');
  if (v === null) return 'default';
  return v.kind === 'init' ? v.init : args.wrongKind('init', 'zero, one, xavier, fan_in or normal(std)');
}

/** How a weight starts whose results are each made of `width` numbers, `out` of which read each number. */
export function weightInit(init: InitValue['init'], width: number, out: number): Initializer {
  if (init === 'default') return { kind: 'uniform', bound: 1 / Math.sqrt(width) };
  if (init === 'xavier') return { kind: 'uniform', bound: Math.sqrt(6 / (width + out)) };
  return init;
}

/** Biases follow a zero start and xavier to zero; otherwise they start as small as the weights of a default layer. */
export function biasInit(init: InitValue['init'], width: number): Initializer {
  const zero = init === 'xavier' || (typeof init === 'object' && init.kind === 'zeros');
  return zero ? { kind: 'zeros' } : { kind: 'uniform', bound: 1 / Math.sqrt(width) };
}
