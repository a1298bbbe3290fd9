/** All ops, by the names of their exports. */
// Tested by test/ops/conformance.test.ts.
import * as attention from './attention';
import * as barriers from './barrier';
import * as convolution from './convolution';
import * as creation from './creation';
import * as inTraining from './in-training';
import * as elementwise from './elementwise';
import * as indexing from './indexing';
import * as linalg from './linalg';
import * as movement from './movement';
import * as nn from './nn';
import * as order from './order';
import * as reduction from './reduction';

/** The families of ops, by their titles in the reference. */
export const families = {
  'Element by element': elementwise,
  'Moving and joining': movement,
  'Sums over axes': reduction,
  'Matrix products': linalg,
  Convolutions: convolution,
  'Looking up': indexing,
  'In order': order,
  'Making tensors': creation,
  'Norms, activations, layers': nn,
  Attention: attention,
  'Only in training': inTraining,
  Barriers: barriers,
};

/** The intersection of a union of types. */
type All<T> = (T extends unknown ? (t: T) => void : never) extends (t: infer Both) => void ? Both : never;

/** The ops by their names in the compiler's code (`reduceSum`). */
export const ops: All<(typeof families)[keyof typeof families]> = Object.assign({}, ...Object.values(families));

export type OpName = keyof typeof ops;
