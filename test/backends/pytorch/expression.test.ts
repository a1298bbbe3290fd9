import { expect, it } from '@jest/globals';
import { atom, infix, level, method, number, prefix, tuple } from '../../../src/backends/pytorch/expression';

const [a, b, c] = ['a', 'b', 'c'].map(atom);

it('writes parentheses only where Python would group otherwise', () => {
  const sum = infix(a, '+', b, level.sum);
  expect(infix(sum, '*', c, level.product).text).toBe('(a + b) * c');
  expect(infix(c, '*', sum, level.product).text).toBe('c * (a + b)');
  expect(infix(infix(a, '*', b, level.product), '+', c, level.sum).text).toBe('a * b + c');
  expect(infix(sum, '-', c, level.sum).text).toBe('a + b - c');
  expect(infix(a, '-', infix(b, '-', c, level.sum), level.sum).text).toBe('a - (b - c)');
  expect(method(sum, 'mean', '-1').text).toBe('(a + b).mean(-1)');
});

it('keeps signs apart from powers, and comparisons from each other', () => {
  expect(infix(prefix('-', a), '**', number(2), level.power).text).toBe('(-a) ** 2');
  expect(prefix('-', infix(a, '**', number(2), level.power)).text).toBe('-a ** 2');
  expect(infix(infix(a, '<', b, level.comparison), '&', c, level.and).text).toBe('(a < b) & c');
  expect(infix(infix(a, '<', b, level.comparison), '<', c, level.comparison).text).toBe('(a < b) < c');
});

it('writes numbers as Python reads them', () => {
  expect([0.1, -2, 1e-30, 1e21, -0].map((x) => number(x).text)).toEqual(['0.1', '-2', '1e-30', '1e+21', '-0.0']);
  expect([Infinity, -Infinity, NaN].map((x) => number(x).text)).toEqual([
    'float("inf")',
    'float("-inf")',
    'float("NaN")',
  ]);
  expect([tuple([1]), tuple([1, 2])]).toEqual(['(1,)', '(1, 2)']);
});
