/** The element types of safetensors files: their widths, and conversion to and from tensors in host memory. */
// Tested by test/data/safetensors.test.ts.
import { counted } from '../../compiler/diagnostics/counted';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { printable } from '../../compiler/diagnostics/printable';
import { fromBfloat16, fromFloat16, toBfloat16, toFloat16 } from '../../compiler/ir/half';
import { ownValue } from '../../compiler/own-value';
import type { HostTensor } from '../../backends/session';
import { roundedFloats, type Rounding } from '../rounding';

/** Bytes per element of every type that can be read. */
export const widths = {
  F64: 8,
  F32: 4,
  F16: 2,
  BF16: 2,
  F8_E4M3: 1,
  F8_E5M2: 1,
  I64: 8,
  I32: 4,
  I16: 2,
  I8: 1,
  U64: 8,
  U32: 4,
  U16: 2,
  U8: 1,
  BOOL: 1,
} as const;

export type StoredDType = keyof typeof widths;

/** Bits per element of types that files may have and Weft does not read. */
const unreadBits: { readonly [dtype: string]: number } = {
  F4: 4,
  F6_E2M3: 6,
  F6_E3M2: 6,
  F8_E4M3FNUZ: 8,
  F8_E5M2FNUZ: 8,
  F8_E8M0: 8,
  C64: 64,
};

/** Bits per element of a type of the format; null for a type that is not known. */
export function bitsOf(dtype: string): number | null {
  return isStoredDType(dtype) ? 8 * widths[dtype] : (ownValue(unreadBits, dtype) ?? null);
}

/** A tensor in host form. `note` says what float32 could not keep, if that is more than rounding. */
export type DecodedTensor = HostTensor & { readonly note?: string; readonly rounded?: Rounding };

/** The error for a requested tensor that cannot be read. */
export function unreadable(path: string, name: string, what: string): WeftError {
  return new WeftError(
    `The tensor "${printable(name)}" of ${path} is ${printable(what)}, which Weft does not read.`,
    `It reads ${Object.keys(widths).join(', ')}; store this tensor as one of these, dense.`,
  );
}

/** Types that f32 tensors can be stored as; i32 is stored as I32, bool as BOOL. */
export type FloatStorage = 'F64' | 'F32' | 'F16' | 'BF16';

/** How tensors are read. */
export interface ReadOptions {
  /** Whether numbers of F64 stay float64, whatever their size. By default they become float32, as everything else. */
  readonly float64?: boolean;
}

export function isStoredDType(name: string): name is StoredDType {
  return Object.hasOwn(widths, name);
}

/**
 * Little-endian bytes as a host tensor: floats become f32 (held as float64 only where `float64` asks for it), integers i32, BOOL bool.
 * `bytes` must be at the start of their own ArrayBuffer; if the form is the same they are used, not copied.
 */
export function decode(
  name: string,
  { dtype, shape }: { readonly dtype: StoredDType; readonly shape: readonly number[] },
  bytes: Uint8Array,
  { float64 = false }: ReadOptions = {},
): DecodedTensor {
  const { buffer } = bytes;
  switch (dtype) {
    case 'F32':
      return { shape, dtype: 'f32', data: new Float32Array(buffer) };
    case 'F64':
      if (float64) return { shape, dtype: 'f32', data: new Float64Array(buffer) };
      return { shape, dtype: 'f32', ...narrowedFloats(name, new Float64Array(buffer)) };
    case 'F16':
      return { shape, dtype: 'f32', data: fromFloat16(new Uint16Array(buffer)) };
    case 'BF16':
      return { shape, dtype: 'f32', data: fromBfloat16(new Uint16Array(buffer)) };
    case 'F8_E4M3':
      return { shape, dtype: 'f32', data: Float32Array.from(bytes, eighthValue) };
    case 'F8_E5M2':
      // An 8-bit float of this type is the upper half of an IEEE half.
      return { shape, dtype: 'f32', data: fromFloat16(Uint16Array.from(bytes, (b) => b << 8)) };
    case 'I32':
      return { shape, dtype: 'i32', data: new Int32Array(buffer) };
    case 'I16':
      return { shape, dtype: 'i32', data: Int32Array.from(new Int16Array(buffer)) };
    case 'I8':
      return { shape, dtype: 'i32', data: Int32Array.from(new Int8Array(buffer)) };
    case 'U16':
      return { shape, dtype: 'i32', data: Int32Array.from(new Uint16Array(buffer)) };
    case 'U8':
      return { shape, dtype: 'i32', data: Int32Array.from(bytes) };
    case 'I64':
      return { shape, dtype: 'i32', data: narrowed(name, dtype, new BigInt64Array(buffer)) };
    case 'U64':
      return { shape, dtype: 'i32', data: narrowed(name, dtype, new BigUint64Array(buffer)) };
    case 'U32':
      return { shape, dtype: 'i32', data: narrowed(name, dtype, new Uint32Array(buffer)) };
    case 'BOOL':
      return { shape, dtype: 'bool', data: bytes.map((b) => Number(b !== 0)) };
  }
}

/** The type in which a host tensor is stored. */
export function storedDType(tensor: HostTensor, floats: FloatStorage): StoredDType {
  switch (tensor.dtype) {
    case 'f32':
      return floats;
    case 'i32':
      return 'I32';
    case 'bool':
      return 'BOOL';
  }
}

/** The tensor's bytes as in the file; halves are rounded to nearest, ties to even. */
export function encode(tensor: HostTensor, dtype: StoredDType): Uint8Array {
  const { data } = tensor;
  switch (dtype) {
    case 'F32':
      return bytesOf(floats(data));
    case 'F16':
      return bytesOf(toFloat16(floats(data)));
    case 'BF16':
      return bytesOf(toBfloat16(floats(data)));
    case 'F64':
      return bytesOf(data instanceof Float64Array ? data : Float64Array.from(data));
    case 'I32':
      return bytesOf(data instanceof Int32Array ? data : Int32Array.from(data));
    case 'U8':
      return Uint8Array.from(data);
    case 'BOOL':
      return Uint8Array.from(data, (x) => Number(x !== 0));
    default:
      throw new WeftError(`Tensors cannot be written as ${dtype}.`, 'Use F32, F16, BF16, F64, I32, U8 or BOOL.');
  }
}

/** Four bits of exponent and three of mantissa, without infinities (OCP 8-bit floating point, section 5.1). */
function eighthValue(bits: number): number {
  const sign = bits & 0x80 ? -1 : 1;
  const exponent = (bits >> 3) & 15;
  const mantissa = bits & 7;
  if (exponent === 15 && mantissa === 7) return NaN;
  return sign * (exponent === 0 ? mantissa * 2 ** -9 : (8 + mantissa) * 2 ** (exponent - 10));
}

/** float64 as float32. A number that is too large is refused, since it would become infinite; numbers that are too small are noted. */
function narrowedFloats(name: string, values: Float64Array): Omit<DecodedTensor, 'shape' | 'dtype'> {
  const { data, rounded } = roundedFloats(values);
  let vanished = 0;
  let example = 0;
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i]) && !Number.isFinite(data[i])) {
      throw new WeftError(
        `The tensor "${printable(name)}" (F64) holds ${values[i]}, which is beyond 32-bit floats.`,
        'Weft computes with 32-bit floats, which end at 3.4e38.',
      );
    }
    if (data[i] !== 0 || values[i] === 0) continue;
    if (vanished++ === 0) example = values[i];
  }
  if (vanished === 0) return { data, rounded };
  const note = `"${printable(name)}" (F64) holds ${counted(vanished, 'number')} too small for 32-bit floats, ${example} for one; they are read as 0`;
  return { data, note, rounded };
}

function narrowed(name: string, dtype: StoredDType, values: BigInt64Array | BigUint64Array | Uint32Array): Int32Array {
  const out = new Int32Array(values.length);
  for (let i = 0; i < values.length; i++) {
    out[i] = Number(values[i]);
    if (BigInt(out[i]) !== BigInt(values[i])) {
      throw new WeftError(
        `The tensor "${printable(name)}" (${dtype}) holds ${values[i]}, which does not fit 32-bit integers.`,
        'Weft computes with 32-bit integers; store labels and masks within ±2,147,483,647.',
      );
    }
  }
  return out;
}

function floats(data: HostTensor['data']): Float32Array {
  return data instanceof Float32Array ? data : Float32Array.from(data);
}

function bytesOf(data: ArrayBufferView): Uint8Array {
  return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
}
