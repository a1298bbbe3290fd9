import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import { renderText } from '../../../src/compiler/diagnostics/render';

function told(body: string): string {
  const text = `model M() {\n  input words: tokens(10, longest: 5)\n  input x: [4]\n  ${body}\n}\n`;
  const spec = checkFile('t.weft', (path) => (path === 't.weft' ? text : null), { elaborateModels: true });
  return renderText(spec.diagnostics, { colors: false });
}

it('reads a row of a table for every token, however many there are', () => {
  expect(told('output y: [words.width, 3] = lookup(words, param([10, 3]) @table) + mean(x)')).toBe('');
});

it('refuses a table that lacks rows, and anything that is not tokens', () => {
  expect(told('output y: [words.width, 3] = lookup(words, param([9, 3]) @table)')).toContain(
    'every one of the 10 tokens needs a row',
  );
  expect(told('output y: [4, 3] = lookup(x, param([10, 3]) @table)')).toContain('`tokens` of lookup');
});

it('refuses to count with tokens', () => {
  expect(told('output y: [words.width] = words * 2')).toContain('t.weft:4');
});
