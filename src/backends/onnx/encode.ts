/** Numbers as the little-endian bytes of an ONNX tensor. */
// Tested by test/backends/onnx/model.test.ts.
import { toBfloat16, toFloat16 } from '../../compiler/ir/half';
import type { OnnxDType } from './proto';

/** The raw data of a tensor; numbers that already have their form in the file are not copied. */
export function encodeValues(values: ArrayLike<number>, dtype: OnnxDType): Uint8Array {
  switch (dtype) {
    case 'f32':
      return bytesOf(float32(values));
    case 'f16':
      return bytesOf(toFloat16(float32(values)));
    case 'bf16':
      return bytesOf(toBfloat16(float32(values)));
    case 'i32':
      return bytesOf(Int32Array.from(values));
    case 'i64':
      return bytesOf(BigInt64Array.from(Array.from(values), (x) => BigInt(x)));
    case 'bool':
      return Uint8Array.from(values, (x) => (x ? 1 : 0));
  }
}

function float32(values: ArrayLike<number>): Float32Array {
  return values instanceof Float32Array ? values : Float32Array.from(values);
}

function bytesOf(a: ArrayBufferView): Uint8Array {
  return new Uint8Array(a.buffer, a.byteOffset, a.byteLength);
}
