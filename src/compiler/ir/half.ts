/** Conversion from float32 to the half-precision types, rounded to nearest with ties to even, and back. */

/** IEEE half precision bits of each number. */
export function toFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) out[i] = float16Bits(bits[i]);
  return out;
}

/** bfloat16 bits of each number: the upper half of its float32 bits, rounded. */
export function toBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const out = new Uint16Array(values.length);
  for (let i = 0; i < bits.length; i++) out[i] = bfloat16Bits(bits[i]);
  return out;
}

/** The number for each pattern of IEEE half bits. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  const numbers = halves();
  const out = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) out[i] = numbers[bits[i]];
  return out;
}

/** The number for each bfloat16 pattern, which is the upper half of a float32. */
export function fromBfloat16(bits: Uint16Array): Float32Array {
  const words = new Uint32Array(bits.length);
  for (let i = 0; i < bits.length; i++) words[i] = bits[i] << 16;
  return new Float32Array(words.buffer);
}

/** The nearest IEEE half; infinite from half a step above 65504, the largest one. */
export function roundToF16(x: number): number {
  float[0] = x;
  return halves()[float16Bits(word[0])];
}

/** The nearest bfloat16. */
export function roundToBf16(x: number): number {
  float[0] = x;
  word[0] = bfloat16Bits(word[0]) << 16;
  return float[0];
}

const word = new Uint32Array(1);
const float = new Float32Array(word.buffer);

/** The numbers of all 65536 halves, computed at the first use. */
function halves(): Float32Array {
  return (known ??= Float32Array.from({ length: 65536 }, (_, i) => halfValue(i)));
}

let known: Float32Array | null = null;

function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 1023;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25));
}

function bfloat16Bits(b: number): number {
  const isNan = (b & 0x7fffffff) > 0x7f800000;
  return isNan ? (b >>> 16) | 0x40 : (b + 0x7fff + ((b >>> 16) & 1)) >>> 16;
}

function float16Bits(b: number): number {
  const sign = (b >>> 16) & 0x8000;
  const magnitude = b & 0x7fffffff;
  // At least 2^-14: drop 13 bits of the mantissa, rounding; a carry raises the exponent, possibly to infinity.
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
