import { expect, it } from '@jest/globals';
import { withTrail, diagnose, type Diagnostic } from '../../../src/compiler/diagnostics/diagnostic';
import { renderJson, renderText } from '../../../src/compiler/diagnostics/render';
import { Source, type Span } from '../../../src/compiler/source';

/** The span of the first `word` in the text. */
function at(source: Source, word: string): Span {
  const start = source.text.indexOf(word);
  return { source, start, end: start + word.length };
}

function comma(source: Source, word: string): Diagnostic {
  return diagnose('missing-comma', at(source, word), { before: 'a', after: word });
}

it('shows the place, the line of the cause, the line of the error and the hint', () => {
  const source = new Source('specs/demo', 'one\ntwo three\n\nfour\n');
  const d = diagnose('missing-closing-bracket', at(source, 'four'), { closer: ')', opener: '(' }, at(source, 'three'));
  expect(renderText([{ ...d, hint: 'Close it.' }])).toBe(
    [
      'specs/demo:4:1  error missing-closing-bracket: A bracket is not closed',
      '  2 | two three',
      '    |     ----- this `(` is still open',
      '  4 | four',
      '    | ^^^^ A `)` is missing before this.',
      '  hint: Close it.',
      '',
    ].join('\n'),
  );
});

it('underlines the right columns behind tabs and wide characters', () => {
  const source = new Source('t', '\tlet 名前 👍🏽 e\u0301 = bad');
  const [, line, marks] = renderText([comma(source, 'bad')]).split('\n');
  expect(line).toBe('  1 |     let 名前 👍🏽 e\u0301 = bad');
  // Four columns of tab, `let `, two wide characters, an emoji of two columns and an accented letter of one.
  expect(marks.indexOf('^')).toBe('  1 | '.length + 4 + 4 + 4 + 1 + 2 + 1 + 1 + 3);
});

it('shows only the part of a long line around the error', () => {
  const source = new Source('t', `${'x '.repeat(150)}bad ${'y '.repeat(150)}`);
  const [, line, marks] = renderText([comma(source, 'bad')]).split('\n');
  expect(line.length).toBeLessThan(120);
  expect(line.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1)).toBe('bad');
  expect(line).toMatch(/\| … x .* y …$/);
});

it('shows a long line again if its marks are too far apart for one window', () => {
  const source = new Source('t', `(three ${'x '.repeat(150)}four`);
  const d = diagnose('missing-closing-bracket', at(source, 'four'), { closer: ')', opener: '(' }, at(source, 'three'));
  const [, first, dashes, second, carets] = renderText([d]).split('\n');
  expect(first.slice(dashes.indexOf('-'), dashes.lastIndexOf('-') + 1)).toBe('three');
  expect(second.slice(carets.indexOf('^'), carets.lastIndexOf('^') + 1)).toBe('four');
});

it('shows a tail of a long line too', () => {
  const source = new Source('t', `${'x '.repeat(150)}bad`);
  const [, line, marks] = renderText([comma(source, 'bad')]).split('\n');
  expect(line.endsWith('bad')).toBe(true);
  expect(line.slice(marks.indexOf('^'))).toBe('bad');
});

it('underlines the first line of a span of several', () => {
  const source = new Source('t', 'if a {\n  b\n}');
  const [, , marks] = renderText([
    { ...comma(source, 'if'), span: { source, start: 0, end: source.text.length } },
  ]).split('\n');
  expect(marks.match(/\^+/)?.[0]).toBe('^^^^^^');
});

it('points past the end of a file', () => {
  const source = new Source('t', 'a\n');
  const d = { ...comma(source, 'a'), span: { source, start: 2, end: 2 } };
  expect(renderText([d]).split('\n').slice(0, 3)).toEqual([
    't:2:1  error missing-comma: A comma is missing',
    '  2 |',
    '    | ^ There is neither a comma nor an operator between `a` and `a`.',
  ]);
});

it('never sends control characters of a spec to the terminal', () => {
  const source = new Source('t', 'a \u001b[31m bad \ud800');
  expect(renderText([comma(source, 'bad')])).not.toMatch(/[\u001b\ud800]/);
});

it('names calls in other files by their places', () => {
  const [library, spec] = [new Source('std/nn', 'broken'), new Source('x.weft', 'a\nDiT(x)')];
  const d = withTrail(diagnose('missing-comma', at(library, 'broken'), { before: 'a', after: 'b' }), [
    { span: at(spec, 'DiT(x)'), message: 'in block DiT, called here' },
  ]);
  expect(renderText([d])).toContain('\n  in block DiT, called at x.weft:2:1\n');
});

it('colours only when asked', () => {
  const d = comma(new Source('t', 'bad'), 'bad');
  expect(renderText([d], { colors: true })).toContain('\u001b[31m');
  expect(renderText([d])).not.toContain('\u001b');
});

it('gives plain objects with lines and columns as JSON', () => {
  const source = new Source('t', 'one\ntwo');
  expect(JSON.parse(JSON.stringify(renderJson([comma(source, 'two')])))).toEqual([
    {
      path: 't',
      line: 2,
      column: 1,
      endLine: 2,
      endColumn: 4,
      code: 'missing-comma',
      severity: 'error',
      title: 'A comma is missing',
      message: 'There is neither a comma nor an operator between `a` and `two`.',
      hint: null,
      related: [],
    },
  ]);
});
