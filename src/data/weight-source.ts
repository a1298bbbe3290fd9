/** Weights that are read one tensor at a time, so that a model larger than memory can be exported or loaded. */
import type { HostTensor, HostTensors } from '../backends/session';
import { openSafetensors } from './safetensors';

export interface WeightSource {
  readonly names: readonly string[];
  shapeOf(name: string): readonly number[];
  /** Row-major numbers of one tensor, whatever type it is stored in. */
  read(name: string): Promise<Float32Array>;
}

/** Weights in a safetensors file, index or folder; close it after use. */
export async function fromSafetensors(path: string): Promise<WeightSource & { close(): Promise<void> }> {
  const reader = await openSafetensors(path);
  return {
    names: reader.names,
    shapeOf: (name) => reader.info(name).shape,
    read: async (name) => numbers(await reader.read(name)),
    close: () => reader.close(),
  };
}

/** Weights that are in memory. */
export function fromTensors(tensors: ReadonlyMap<string, HostTensor> | HostTensors): WeightSource {
  const held: ReadonlyMap<string, HostTensor> = tensors instanceof Map ? tensors : new Map(Object.entries(tensors));
  return {
    names: [...held.keys()],
    shapeOf: (name) => held.get(name)!.shape,
    read: async (name) => numbers(held.get(name)!),
  };
}

function numbers({ data }: HostTensor): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data);
}
