/** Small tensors made on the host. */
// Tested by test/train/givens.test.ts.
import type { HostTensor } from '../backends/session';

/** A tensor without axes. */
export function scalarTensor(value: number, dtype: 'f32' | 'i32' = 'f32'): HostTensor {
  return { shape: [], dtype, data: dtype === 'f32' ? Float32Array.of(value) : Int32Array.of(value) };
}
