import { expect, it } from '@jest/globals';
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import { printable } from '../../src/compiler/diagnostics/printable';

it.each([
  ['blocks.0.weight', 'blocks.0.weight'],
  ['größe — 你好', 'größe — 你好'],
  ['\x1b[2Jgone', '\\x1b[2Jgone'],
  ['two\nlines\r', 'two\\x0alines\\x0d'],
  ['\x9b31m\x7f', '\\x9b31m\\x7f'],
  ['abc\u202edcba', 'abc\\u202edcba'],
  ['x'.repeat(1000), `${'x'.repeat(200)}…`],
])('makes a name safe to print', (name, shown) => {
  expect(printable(name)).toBe(shown);
});

it('lets no message move the cursor, and keeps its lines', () => {
  const error = new WeftError('a\x1b[2K\nb\tc', 'd\x07');
  expect([error.message, error.hint]).toEqual(['a\\x1b[2K\nb\tc', 'd\\x07']);
});
