/** The messages between a session and its Python process: a head as JSON, and the tensors that it lists, as they lie in memory. */
// Tested by test/backends/pytorch/session.test.ts.
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { isRecord } from '../../files/record';
import { typedData } from '../host';
import type { HostTensor, HostTensors } from '../session';

export interface TensorHead {
  readonly name: string;
  readonly dtype: HostTensor['dtype'];
  readonly shape: readonly number[];
  readonly bytes: number;
}

/** The head of an answer. */
export interface Head {
  readonly tensors: readonly TensorHead[];
  readonly error?: string;
  /** `memory` if memory ran out. */
  readonly kind?: string;
  readonly trace?: string;
}

/** The length of the head, the head, and the data of each tensor. */
export function encodeMessage(head: object, tensors: HostTensors): Uint8Array[] {
  const list = Object.entries(tensors).map(([name, t]) => ({ name, dtype: t.dtype, shape: t.shape }));
  const text = Buffer.from(JSON.stringify({ ...head, tensors: list }));
  const length = Buffer.alloc(4);
  length.writeUInt32LE(text.length);
  // The typed array may be the caller's own, which can change before the pipe is drained.
  const data = Object.values(tensors).map((t) => {
    const { buffer, byteOffset, byteLength } = typedData(t.data, t.dtype);
    return Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength));
  });
  return [length, text, ...data.filter((d) => d.length > 0)];
}

export function decodeHead(bytes: Uint8Array): Head {
  const found: unknown = JSON.parse(Buffer.from(bytes).toString('utf8'));
  if (!isRecord(found) || !Array.isArray(found.tensors))
    throw new WeftError('PyTorch sent a message without a head.', null, 3);
  const text = (x: unknown): string | undefined => (typeof x === 'string' ? x : undefined);
  const { error, kind, trace } = found;
  const heads = found.tensors.map(tensorHead);
  return { tensors: heads, error: text(error), kind: text(kind), trace: text(trace) };
}

/** The tensor whose data these bytes are. */
export function takeTensor({ dtype, shape }: Omit<TensorHead, 'name'>, bytes: Uint8Array): HostTensor {
  const { buffer } = Uint8Array.from(bytes);
  const data =
    dtype === 'f32' ? new Float32Array(buffer) : dtype === 'i32' ? new Int32Array(buffer) : new Uint8Array(buffer);
  return { shape, dtype, data };
}

function tensorHead(x: unknown): TensorHead {
  const { name, dtype, shape }: { readonly [field: string]: unknown } = isRecord(x) ? x : {};
  const isKnown = dtype === 'f32' || dtype === 'i32' || dtype === 'bool';
  const isShape = Array.isArray(shape) && shape.every((d): d is number => typeof d === 'number');
  if (typeof name !== 'string' || !isKnown || !isShape)
    throw new WeftError('PyTorch sent a tensor of an unknown kind.', null, 3);
  const count = shape.reduce((a, b) => a * b, 1);
  return { name, dtype, shape, bytes: count * (dtype === 'bool' ? 1 : 4) };
}
