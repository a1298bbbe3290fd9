/** float32 numbers as float16 and bfloat16 bits, rounded to nearest with ties to even, as ONNX files store them. */

/** IEEE half precision bits of each number. */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) out[i] = float16Bits(bits[i]);
  return out;
}

/** The upper half of each number's bits, rounded. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) {
    const b = bits[i];
    const isNan = (b & 0x7fffffff) > 0x7f800000;
    out[i] = isNan ? (b >>> 16) | 0x40 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
  }
  return out;
}

function float16Bits(b: number): number {
  const sign = (b >>> 16) & 0x8000;
  const magnitude = b & 0x7fffffff;
  // Of 2^-14 and more: drop 13 bits of the mantissa, rounding; a carry raises the exponent, up to infinity, by itself.
  if (magnitude >= 0x38800000 && magnitude < 0x47800000) {
    return sign | (((magnitude + 0xfff + ((magnitude >>> 13) & 1)) >>> 13) - 0x1c000);
  }
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00;
  const shift = 126 - (magnitude >>> 23);
  return shift > 24 ? sign : sign | roundShift((magnitude & 0x7fffff) | 0x800000, shift);
}

/** x / 2^shift to the nearest integer, ties to even. */
function roundShift(x: number, shift: number): number {
  return (x + (1 << (shift - 1)) - 1 + ((x >>> shift) & 1)) >>> shift;
}
