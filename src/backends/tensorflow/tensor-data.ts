/** Constants as TensorFlow stores them: little-endian bytes of the element type. */
import { toBfloat16, toFloat16 } from '../../compiler/ir/half';
import type { DType, NdArray } from '../../compiler/ir/graph';
import { dataTypes, shapeProto, type TensorProto } from './proto';

/** A tensor message holding `data`, rounded to `dtype`. */
export function tensorProto(data: NdArray, dtype: DType): TensorProto {
  return { dtype: dataTypes[dtype], tensorShape: shapeProto(data.shape), tensorContent: contentOf(data.data, dtype) };
}

/** The bytes of `values` in `dtype`. */
export function contentOf(values: ArrayLike<number>, dtype: DType): Uint8Array {
  switch (dtype) {
    case 'f32':
      return bytes(Float32Array.from(values));
    case 'i32':
      return bytes(Int32Array.from(values));
    case 'bool':
      return Uint8Array.from(values, (v) => (v ? 1 : 0));
    case 'bf16':
      return bytes(toBfloat16(Float32Array.from(values)));
    case 'f16':
      return bytes(toFloat16(Float32Array.from(values)));
  }
}

function bytes(array: Float32Array | Int32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
