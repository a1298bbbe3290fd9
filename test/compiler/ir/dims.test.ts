import { expect, it } from '@jest/globals';
import {
  addDims,
  bindDim,
  boundsOf,
  dimsEqual,
  divDims,
  formatDim,
  linearDim,
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

it('writes a symbol that counts in sixteens as a part of the whole', () => {
  const rows = symbol('height/16');
  expect([rows, mulDims(rows, 4), mulDims(rows, 16), mulDims(rows, 48)].map(formatDim)).toEqual([
    'height/16',
    'height/4',
    'height',
    '3*height',
  ]);
  expect(formatDim(mulDims(mulDims(rows, symbol('width/16')), 64))).toBe('height*width/4');
});

it('reads a dimension that one symbol decides', () => {
  expect(linearDim(addDims(mulDims(h, 2), 3))).toEqual({ symbol: 'height', coefficient: 2, offset: 3 });
  expect([7, mulDims(h, w), addDims(h, w)].map(linearDim)).toEqual([null, null, null]);
});

it('knows the range of a polynomial whose symbols are at least 1', () => {
  expect(boundsOf(subDims(mulDims(h, 4), 1))).toEqual({ least: 3, most: Infinity });
  expect(boundsOf(subDims(2, h))).toEqual({ least: -Infinity, most: 1 });
  expect(boundsOf(subDims(h, w))).toEqual({ least: -Infinity, most: Infinity });
});
