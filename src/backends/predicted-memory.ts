/** Which prediction of memory is that of a backend: what a fusing compiler holds, or every result by itself. */
// Tested by test/run/require-room.test.ts.
import type { BackendName } from './session';

interface Predicted {
  /** Bytes where results are fused. */
  readonly total: number;
  /** Bytes where every op has a result. */
  readonly totalOpByOp: number;
}

const bytesOf: { readonly [B in BackendName]: (predicted: Predicted) => number } = {
  // Its numbers are twice as wide.
  reference: ({ totalOpByOp }) => 2 * totalOpByOp,
  tensorflow: ({ total }) => total,
  tfjs: ({ totalOpByOp }) => totalOpByOp,
  onnx: ({ totalOpByOp }) => totalOpByOp,
  pytorch: ({ totalOpByOp }) => totalOpByOp,
};

/** Bytes that a backend is predicted to hold at once. */
export function predictedBytes(backend: BackendName, predicted: Predicted): number {
  return bytesOf[backend](predicted);
}
