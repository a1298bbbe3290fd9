import { expect, it } from '@jest/globals';
import { assertNever, held, invariant } from '../../src/compiler/invariant';

it('throws an internal error that says what does not hold', () => {
  expect(() => invariant(1 > 0, 'one is more')).not.toThrow();
  expect(() => invariant(0 > 1, 'nothing is more')).toThrow('internal error: nothing is more');
});

it('gives what a map surely has, also where that is empty or zero', () => {
  expect(held(new Map([['a', 0]]), 'a')).toBe(0);
  expect(held(new Map([['a', '']]), 'a')).toBe('');
  expect(() => held(new Map([['a', 0]]), 'b')).toThrow('internal error: a key has no entry');
});

it('says what a switch forgot', () => {
  const sides = (shape: { readonly kind: 'line' | 'square' }): number => {
    const { kind } = shape;
    if (kind === 'line') return 1;
    return kind === 'square' ? 4 : assertNever(kind);
  };
  expect(sides({ kind: 'square' })).toBe(4);
  expect(() => sides(JSON.parse('{"kind":"circle"}'))).toThrow('internal error: unexpected "circle"');
});
