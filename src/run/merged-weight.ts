/** A linear layer's weight with its adapter merged: W + scale · B · A. */
// Tested by test/compiler/programs/adapters.test.ts.
import type { HostTensor } from '../backends/session';

/** A `[rank, in]` and B `[out, rank]` beside a weight `[out, in]`. */
export interface LowRank {
  readonly down: Pick<HostTensor, 'shape' | 'data'>;
  readonly up: Pick<HostTensor, 'shape' | 'data'>;
  readonly scale: number;
}

/** Computed in float64 and rounded once. */
export function mergedWeight(
  base: Pick<HostTensor, 'shape' | 'data'>,
  { down, up, scale }: LowRank,
): HostTensor & { readonly data: Float32Array } {
  const [rank, width] = down.shape;
  const [out] = up.shape;
  const data = new Float32Array(out * width);
  const row = new Float64Array(width);
  for (let i = 0; i < out; i++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = up.data[i * rank + r] * scale;
      if (factor === 0) continue;
      for (let j = 0; j < width; j++) row[j] += factor * down.data[r * width + j];
    }
    for (let j = 0; j < width; j++) data[i * width + j] = base.data[i * width + j] + row[j];
  }
  return { shape: base.shape, dtype: 'f32', data };
}
