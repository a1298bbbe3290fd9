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
  const exponent = (b >>> 23) & 0xff;
  const mantissa = b & 0x7fffff;
  if (exponent === 0xff) return sign | 0x7c00 | (mantissa ? 0x200 | (mantissa >>> 13) : 0);
  const e = exponent - 127 + 15;
  if (e >= 31) return sign | 0x7c00;
  if (e <= 0) return e < -10 ? sign : sign | roundShift(mantissa | 0x800000, 14 - e);
  // A carry out of the mantissa raises the exponent, up to infinity, by itself.
  return sign | ((e << 10) + roundShift(mantissa, 13));
}

/** x / 2^shift to the nearest integer, ties to even. */
function roundShift(x: number, shift: number): number {
  const half = 2 ** (shift - 1);
  const floor = Math.floor(x / 2 ** shift);
  const rest = x - floor * 2 ** shift;
  return floor + (rest > half || (rest === half && floor % 2 === 1) ? 1 : 0);
}
