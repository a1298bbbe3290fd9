import { expect, it } from '@jest/globals';
import { toBfloat16, toFloat16 } from '../../../src/backends/onnx/half';
import { roundToBf16, roundToF16 } from '../../../src/compiler/ops/numerics';

/** The number that float16 bits stand for. */
function fromFloat16(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 31;
  const mantissa = bits & 0x3ff;
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return sign * (exponent === 0 ? mantissa * 2 ** -24 : (1024 + mantissa) * 2 ** (exponent - 25));
}

it('rounds to the nearest half, ties to even', () => {
  const cases: [number, number][] = [
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [65504, 0x7bff],
    [65519.996, 0x7bff],
    [65520, 0x7c00],
    [1e9, 0x7c00],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1.5 * 2 ** -25, 0x0001],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [-Infinity, 0xfc00],
  ];
  const bits = toFloat16(Float32Array.from(cases, ([x]) => x));
  expect(Array.from(bits)).toEqual(cases.map(([, b]) => b));
  expect(fromFloat16(toFloat16(Float32Array.of(NaN))[0])).toBeNaN();
});

it('agrees with the reference rounding of casts over all magnitudes', () => {
  const values = Float32Array.from({ length: 20_000 }, (_, i) => Math.sin(i * 12.9898) * 2 ** ((i % 60) - 35));
  const halves = toFloat16(values);
  const brains = toBfloat16(values);
  const float = new Float32Array(1);
  const word = new Uint32Array(float.buffer);
  values.forEach((x, i) => {
    if (Math.abs(x) >= 2 ** -25) expect(fromFloat16(halves[i])).toBe(roundToF16(x));
    word[0] = brains[i] << 16;
    expect(float[0]).toBe(roundToBf16(x));
  });
});
