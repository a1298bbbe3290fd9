/** Every op, found by its export. */
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

/** The ops by the names the compiler's code uses (`reduceSum`). */
export const ops: typeof elementwise &
  typeof movement &
  typeof reduction &
  typeof linalg &
  typeof indexing &
  typeof creation &
  typeof nn &
  typeof order &
  typeof attention &
  typeof convolution &
  typeof inTraining &
  typeof barriers = {
  ...elementwise,
  ...movement,
  ...reduction,
  ...linalg,
  ...indexing,
  ...creation,
  ...nn,
  ...order,
  ...attention,
  ...convolution,
  ...inTraining,
  ...barriers,
};

export type OpName = keyof typeof ops;
