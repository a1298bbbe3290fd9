import { expect, it } from '@jest/globals';
import {
  fromBfloat16,
  fromFloat16,
  roundToBf16,
  roundToF16,
  toBfloat16,
  toFloat16,
} from '../../../src/compiler/ir/half';

const f16 = (...xs: number[]): number[] => [...toFloat16(Float32Array.from(xs))];
const bf16 = (...xs: number[]): number[] => [...toBfloat16(Float32Array.from(xs))];

it('rounds to the nearest half, ties to even, through subnormals and overflow', () => {
  const cases: [number, number][] = [
    [0, 0x0000],
    [-0, 0x8000],
    [1, 0x3c00],
    [-2, 0xc000],
    [0.1, 0x2e66],
    [65504, 0x7bff],
    [65519.996, 0x7bff],
    [65520, 0x7c00],
    [1e9, 0x7c00],
    [2 ** -14, 0x0400],
    [2 ** -24, 0x0001],
    [2 ** -25, 0x0000],
    [1.5 * 2 ** -25, 0x0001],
    [3 * 2 ** -25, 0x0002],
    [1 + 2 ** -11, 0x3c00],
    [1 + 3 * 2 ** -11, 0x3c02],
    [2 - 2 ** -12, 0x4000],
    [-Infinity, 0xfc00],
  ];
  expect(f16(...cases.map(([x]) => x))).toEqual(cases.map(([, b]) => b));
  expect(fromFloat16(toFloat16(Float32Array.of(NaN)))[0]).toBeNaN();
});

it('rounds to bfloat16, ties to even', () => {
  expect(bf16(1, -2, 0, -0, Infinity)).toEqual([0x3f80, 0xc000, 0, 0x8000, 0x7f80]);
  // The spacing at 1 is 2⁻⁷: halves go to the even neighbour.
  expect(bf16(1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20)).toEqual([0x3f80, 0x3f82, 0x3f81]);
  expect(fromBfloat16(toBfloat16(Float32Array.of(NaN)))[0]).toBeNaN();
});

it('keeps every half and every bfloat16 as it is', () => {
  const all = Uint16Array.from({ length: 65536 }, (_, i) => i);
  const isNumber = (xs: Float32Array) => all.filter((i) => !Number.isNaN(xs[i]));
  const [halves, brains] = [fromFloat16(all), fromBfloat16(all)];
  expect(isNumber(halves)).toHaveLength(65536 - 2 * 1023);
  expect(isNumber(halves).every((i) => toFloat16(halves.subarray(i, i + 1))[0] === i)).toBe(true);
  expect(isNumber(brains).every((i) => toBfloat16(brains.subarray(i, i + 1))[0] === i)).toBe(true);
});

it('rounds one number as it rounds many', () => {
  const values = Float32Array.from({ length: 20_000 }, (_, i) => Math.sin(i * 12.9898) * 2 ** ((i % 60) - 35));
  expect(Array.from(values, roundToF16)).toEqual([...fromFloat16(toFloat16(values))]);
  expect(Array.from(values, roundToBf16)).toEqual([...fromBfloat16(toBfloat16(values))]);
});

it('rounds numbers of the reference, which float32 may not hold', () => {
  expect([1e39, -1e39, 1e-60, -1e-60].map(roundToF16)).toEqual([Infinity, -Infinity, 0, -0]);
  expect([1e39, 1e-60, -1.01].map(roundToBf16)).toEqual([Infinity, 0, -1.0078125]);
  expect([roundToF16(NaN), roundToBf16(NaN)]).toEqual([NaN, NaN]);
});
