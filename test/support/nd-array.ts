/** Tensors of sessions as the reference evaluator takes them. */
import type { HostTensor } from '../../src/backends/session';
import type { NdArray } from '../../src/compiler/ir/graph';

export function ndArray({ shape, data }: HostTensor): NdArray {
  return { shape, data: Float64Array.from(data) };
}
