import { expect, it } from '@jest/globals';
import { counted } from '../../src/compiler/diagnostics/counted';

it.each([
  [0, '0 tensors'],
  [1, '1 tensor'],
  [2, '2 tensors'],
])('counts %i', (count, text) => expect(counted(count, 'tensor')).toBe(text));

it('takes a plural of its own', () => {
  expect([1, 2].map((n) => counted(n, 'file was', 'files were'))).toEqual(['1 file was', '2 files were']);
});
