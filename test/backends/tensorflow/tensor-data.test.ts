import { expect, it } from '@jest/globals';
import { contentOf } from '../../../src/backends/tensorflow/tensor-data';

it('writes little-endian bytes of the element type', () => {
  expect([...contentOf([1], 'f32')]).toEqual([0, 0, 0x80, 0x3f]);
  expect([...contentOf([-2], 'i32')]).toEqual([0xfe, 0xff, 0xff, 0xff]);
  expect([...contentOf([0, 3], 'bool')]).toEqual([0, 1]);
  expect([...contentOf([1], 'bf16')]).toEqual([0x80, 0x3f]);
  expect([...contentOf([1], 'f16')]).toEqual([0x00, 0x3c]);
});
