/** Constants as TensorFlow stores them: little-endian bytes of the element type. */
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
      return bytes(Uint16Array.from(values, toBfloat16));
    case 'f16':
      return bytes(Uint16Array.from(values, toFloat16));
  }
}

const scratch = new DataView(new ArrayBuffer(4));

/** Bits of the nearest bfloat16, ties to even. */
export function toBfloat16(value: number): number {
  scratch.setFloat32(0, value);
  const bits = scratch.getUint32(0);
  if (Number.isNaN(value)) return 0x7fc0;
  return ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16) & 0xffff;
}

/** Bits of the nearest IEEE half, ties to even. */
export function toFloat16(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const size = Math.abs(value);
  if (Number.isNaN(value)) return 0x7e00;
  if (size >= 65520) return sign | 0x7c00;
  // Below 2⁻¹⁴ the spacing stays 2⁻²⁴; above it is 2⁻¹⁰ of the value's power of two.
  const exponent = size < 2 ** -14 ? -14 : Math.floor(Math.log2(size));
  const steps = roundHalfEven(size / 2 ** (exponent - 10));
  return sign | (size < 2 ** -14 ? steps : ((exponent + 15) << 10) + (steps - 1024));
}

function roundHalfEven(x: number): number {
  const down = Math.floor(x);
  const rest = x - down;
  return rest > 0.5 || (rest === 0.5 && down % 2 === 1) ? down + 1 : down;
}

function bytes(array: Float32Array | Int32Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}
