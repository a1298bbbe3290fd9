import { expect, it } from '@jest/globals';
import {
  addDims,
  bindDim,
  dimsEqual,
  divDims,
  formatDim,
  mulDims,
  subDims,
  symbol,
} from '../../../src/compiler/ir/dims';

const h = symbol('height');
const w = symbol('width');

it('multiplies and adds to a canonical polynomial', () => {
  expect(dimsEqual(mulDims(addDims(h, 1), w), addDims(w, mulDims(w, h)))).toBe(true);
  expect(formatDim(addDims(mulDims(h, 2), 3))).toBe('3 + 2*height');
});

it('is a plain number again when the symbols cancel', () => {
  expect(subDims(addDims(h, 4), h)).toBe(4);
});

it('divides exactly or not at all', () => {
  expect(formatDim(divDims(mulDims(mulDims(h, w), 12), mulDims(4, w))!)).toBe('3*height');
  expect(divDims(addDims(h, 1), 2)).toBeNull();
  expect(divDims(10, 4)).toBeNull();
});

it('binds some symbols and keeps the others', () => {
  expect(bindDim(addDims(mulDims(h, w), 1), { height: 3, width: 5 })).toBe(16);
  expect(formatDim(bindDim(mulDims(h, w), { height: 3 }))).toBe('3*width');
});
