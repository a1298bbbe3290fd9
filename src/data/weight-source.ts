/** Weights that are read one tensor at a time, so that a model larger than memory can be exported or loaded. */
import type { HostTensor, HostTensors } from '../backends/session';
import { held } from '../compiler/invariant';

export interface WeightSource {
  readonly names: readonly string[];
  shapeOf(name: string): readonly number[];
  /** The numbers of a tensor, row-major, whatever type they are stored in. */
  read(name: string): Promise<Float32Array>;
}

/** Weights that are in memory. */
export function fromTensors(tensors: ReadonlyMap<string, HostTensor> | HostTensors): WeightSource {
  const all: ReadonlyMap<string, HostTensor> = tensors instanceof Map ? tensors : new Map(Object.entries(tensors));
  return {
    names: [...all.keys()],
    shapeOf: (name) => held(all, name).shape,
    read: async (name) => numbers(held(all, name)),
  };
}

function numbers({ data }: HostTensor): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data);
}
