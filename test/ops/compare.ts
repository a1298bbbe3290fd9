/** What the tests of ops hand to a backend, and how they compare what comes back. */
import type { HostTensor } from '../../src/backends/session';
import type { NdArray, Value } from '../../src/compiler/ir/graph';

/** Where a backend leaves the reference by more than the tolerance, in words. */
export function differences(name: string, got: HostTensor, want: NdArray, tolerance: number): string[] {
  const worst = want.data.reduce((most, w, i) => {
    const error = Math.abs(Number(got.data[i]) - w) / Math.max(1, Math.abs(w));
    return Number.isNaN(error) ? Infinity : Math.max(most, error);
  }, 0);
  return worst > tolerance ? [`${name}: off by ${worst}`] : [];
}

/** The reference's array as a backend takes it. */
export function hosted(x: NdArray, dtype: Value['dtype']): HostTensor {
  if (dtype === 'i32') return { shape: x.shape, dtype, data: Int32Array.from(x.data) };
  if (dtype === 'bool') return { shape: x.shape, dtype, data: Uint8Array.from(x.data) };
  return { shape: x.shape, dtype: 'f32', data: Float32Array.from(x.data) };
}
