import { expect, it } from '@jest/globals';
import { separateScales } from '../../../src/backends/onnx/scales';
import type { OnnxNode } from '../../../src/backends/onnx/graph';

const sizes = new Map([
  ['c', 1],
  ['gain', 1],
  ['row', 4],
  ['weight', 16],
]);

/** Nodes written as `y = Mul x c`. */
function nodesOf(text: string): OnnxNode[] {
  return text.split('; ').map((line) => {
    const [output, , opType, ...input] = line.split(' ');
    return { name: output, opType, input, output: [output], attribute: [] };
  });
}

function separated(text: string): string {
  return separateScales(nodesOf(text), sizes)
    .map(({ opType, input, output }) => [...output, '=', opType, ...input].join(' '))
    .join('; ');
}

it.each([
  [
    'a product of a scaled tensor and one that is scaled again',
    's = Mul x c; t = Mul gain s; p = MatMul t s',
    's = Mul x c; t/negative = Neg gain; t/scaled = Mul t/negative s; t = Neg t/scaled; p = MatMul t s',
  ],
  [
    'a quotient of a scaled tensor, moved between and after',
    's = Mul x c; r = Reshape s shape; t = Div r c; k = Transpose t; p = MatMul x k',
    's = Mul x c; r = Reshape s shape; t/negative = Neg c; t/scaled = Div r t/negative; t = Neg t/scaled; k = Transpose t; p = MatMul x k',
  ],
  [
    'a factor that a runtime computes when it loads the file',
    'g = Tanh gain; s = Mul x g; t = Mul s c; p = MatMul t s',
    'g = Tanh gain; s = Mul x g; t/negative = Neg c; t/scaled = Mul s t/negative; t = Neg t/scaled; p = MatMul t s',
  ],
])('%s is written with its sign taken out and put back', (_, before, after) => {
  expect(separated(before)).toBe(after);
});

it.each([
  ['one scale', 's = Mul x c; p = MatMul s s'],
  ['scales that no product reads', 's = Mul x c; t = Mul s c; p = Relu t; q = MatMul p s'],
  ['a row of factors', 's = Mul x c; t = Mul s row; p = MatMul t s'],
  ['a row of factors in another precision', 'h = Cast row; s = Mul x c; t = Mul s h; p = MatMul t s'],
  ['a divisor that is not constant', 's = Mul x c; t = Div c s; p = MatMul t s'],
])('%s stays as it is', (_, text) => {
  expect(separated(text)).toBe(text);
});
