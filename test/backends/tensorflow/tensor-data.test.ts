import { expect, it } from '@jest/globals';
import { contentOf, toBfloat16, toFloat16 } from '../../../src/backends/tensorflow/tensor-data';

it('rounds to bfloat16, ties to even', () => {
  expect([1, -2, 0, -0, Infinity].map(toBfloat16)).toEqual([0x3f80, 0xc000, 0, 0x8000, 0x7f80]);
  // The spacing at 1 is 2⁻⁷: halves go to the even neighbour.
  expect([1 + 2 ** -8, 1 + 3 * 2 ** -8, 1 + 2 ** -8 + 2 ** -20].map(toBfloat16)).toEqual([0x3f80, 0x3f82, 0x3f81]);
});

it('rounds to IEEE half, ties to even, through subnormals and overflow', () => {
  expect([1, -2, 65504, 65520, 0.1].map(toFloat16)).toEqual([0x3c00, 0xc000, 0x7bff, 0x7c00, 0x2e66]);
  expect([2 ** -14, 2 ** -24, 2 ** -25, 3 * 2 ** -25, -0].map(toFloat16)).toEqual([0x0400, 1, 0, 2, 0x8000]);
  expect([1 + 2 ** -11, 1 + 3 * 2 ** -11, 2 - 2 ** -12].map(toFloat16)).toEqual([0x3c00, 0x3c02, 0x4000]);
});

it('writes little-endian bytes of the element type', () => {
  expect([...contentOf([1], 'f32')]).toEqual([0, 0, 0x80, 0x3f]);
  expect([...contentOf([-2], 'i32')]).toEqual([0xfe, 0xff, 0xff, 0xff]);
  expect([...contentOf([0, 3], 'bool')]).toEqual([0, 1]);
  expect([...contentOf([1], 'bf16')]).toEqual([0x80, 0x3f]);
});
