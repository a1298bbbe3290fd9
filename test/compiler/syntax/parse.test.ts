import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { Source } from '../../../src/compiler/source';
import { parse } from '../../../src/compiler/syntax/parse';
import { expressionOf, outline, parseClean } from '../../support/syntax';

const shipped = readdirSync('specs', { recursive: true, encoding: 'utf8' }).filter((f) => f.endsWith('.weft'));
const texts = shipped.map((f) => readFileSync(`specs/${f}`, 'utf8'));

it.each(shipped)('reads specs/%s without a word', (name) => {
  const { file, diagnostics } = parse(new Source(name, readFileSync(`specs/${name}`, 'utf8')));
  expect(diagnostics).toEqual([]);
  expect(file.declarations.length).toBeGreaterThan(0);
});

it.each([
  ['a + b * c', '(a + (b * c))'],
  ['a - b - c', '((a - b) - c)'],
  ['a ^ b ^ c', '(a ^ (b ^ c))'],
  ['-x ^ 2', '(- (x ^ 2))'],
  ['2 ^ -x', '(2 ^ (- x))'],
  ['-a * b', '((- a) * b)'],
  ['a : b + c', '(a : (b + c))'],
  ['not a == b and c', '((not (a == b)) and c)'],
  ['a or b and c', '(a or (b and c))'],
  ['(a or b) and c', '((a or b) and c)'],
  ['a |> f |> g(2)', '((a |> f) |> g(2))'],
  ['a |> x => x + 1 |> g', '((a |> (x => (x + 1))) |> g)'],
  ['f(x, at: 3, from: a:1)', 'f(x, at: 3, from: (a : 1))'],
  ['a.b[1](c)', 'a.b[1](c)'],
  ['f(x) @one @"two.0"', 'f(x) @one @two.0'],
  ['(patch * patch):1', '((patch * patch) : 1)'],
  ['x |> repeat(3) F(y) @blocks', '(x |> repeat(3) F(y) @blocks)'],
  ['x |> repeat(i in 3) (a, b) => F(a, b, i) @blocks', '(x |> repeat(i in 3) ((a, b) => F(a, b, i)) @blocks)'],
  ['x |> repeat(3) (a => F(a) @inner)', '(x |> repeat(3) (a => F(a) @inner))'],
  ['if a { b } else if c { d } else { e }', 'if a {b} else {if c {d} else {e}}'],
  ['(a, b)', '(a, b)'],
  ['(a,)', '(a,)'],
  ['[1, 2,]', '[1, 2]'],
  ['sample + train - input * of / at % in', '((sample + train) - (((input * of) / at) % in))'],
  ['32x48', '32x48'],
])('reads %s as %s', (text, tree) => {
  expect(outline(expressionOf(text))).toBe(tree);
});

it.each([
  ['4', 4, true],
  ['1.0', 1, false],
  ['1e-4', 1e-4, false],
  ['400k', 400_000, true],
  ['2M', 2_000_000, true],
  ['1.5k', 1500, true],
])('reads the number %s', (text, value, isInteger) => {
  expect(expressionOf(text)).toMatchObject({ kind: 'number', value, isInteger });
});

it('reads escapes in strings', () => {
  expect(expressionOf(String.raw`"a\"b\\c\n\u{1F600}"`)).toMatchObject({ value: 'a"b\\c\n😀' });
});

it('gives doc comments to the declaration right below them', () => {
  const file = parseClean(
    '/// lost\n\n/// One.\n/// Two.\nblock A(x) { x }\n// plain\nblock B(x) { x } /// trailing\nblock C(x) { x }',
  );
  expect(file.declarations.map((d) => d.doc)).toEqual(['One.\nTwo.', '', 'trailing']);
});

it('puts label and repeat so that copies live under the label', () => {
  const e = expressionOf('x |> repeat(3) F(y) @blocks');
  expect(e).toMatchObject({
    kind: 'pipe',
    stage: { kind: 'labelled', label: { name: 'blocks' }, value: { kind: 'repeat', stage: { kind: 'call' } } },
  });
});

it('starts anew at a bracket on a new line', () => {
  const file = parseClean('block F(a, b) {\n  let c = a\n  (b, c)\n}');
  expect(file.declarations[0]).toMatchObject({ body: { statements: [{ kind: 'let' }], result: { kind: 'tuple' } } });
});

it('makes an early return the other branch of a value', () => {
  const file = parseClean('block F(a, b) { if a { return b } let c = b return c }');
  expect(file.declarations[0]).toMatchObject({
    body: {
      statements: [],
      result: { kind: 'if', otherwise: { statements: [{ kind: 'let' }], result: { kind: 'name', name: 'c' } } },
    },
  });
});

it('reads several settings on one line, phases, axes and cases', () => {
  const file = parseClean(
    'train of of of { optimizer.rate = 1e-5  clip = norm(0.5) phase = 3 phase at 8k { clip = 1 } }\nsweep { compaction in [16:1, 64:1] at in [1] }\nablation { case "none" = M(compaction: 1:1) case = 2 }',
  );
  const sections = file.declarations.flatMap((d) => (d.kind === 'section' ? [d] : []));
  expect(sections.map((s) => s.entries.map((e) => e.kind))).toEqual([
    ['setting', 'setting', 'setting', 'phase'],
    ['axis', 'axis'],
    ['case', 'setting'],
  ]);
  expect(sections[0]).toMatchObject({ name: { name: 'of' }, model: { name: 'of' } });
});

it('gives spans that are the text of their node', () => {
  const text = 'block F(x: [n, d]) { return linear(x, 2 * d) @"a.b" + 1 }';
  const [block] = parseClean(text).declarations;
  if (block.kind !== 'block' || block.body.result?.kind !== 'binary') throw new Error('unexpected tree');
  const { left } = block.body.result;
  expect(text.slice(left.span.start, left.span.end)).toBe('linear(x, 2 * d) @"a.b"');
});

it('goes on after an error and still reports the next', () => {
  const { diagnostics, file } = parse(
    new Source('t', 'block A(x) {\n  let y = = x\n  return y\n}\nblock B(x) {\n  return x +\n}\n'),
  );
  expect(diagnostics.map((d) => [d.code, d.span.source.position(d.span.start).line])).toEqual([
    ['unexpected-token', 2],
    ['unexpected-token', 7],
  ]);
  expect(file.declarations.map((d) => d.name?.name)).toEqual(['A', 'B']);
});

const words = [
  'block',
  'model',
  'train',
  'let',
  'if',
  'else',
  'return',
  'repeat',
  'in',
  'of',
  'at',
  'phase',
  'case',
  'and',
  'not',
  'F',
  'x',
  'true',
  '3',
  '2x2',
  '1e',
  '"s"',
  '"',
  '(',
  ')',
  '[',
  ']',
  '{',
  '}',
  '=',
  '=>',
  '->',
  '|>',
  '|',
  ':',
  ',',
  '.',
  '...',
  '@',
  '+',
  '-',
  '^',
  '==',
  '/*',
  '//',
  '///',
  '\n',
  '\\',
  '\0',
  '\ud800',
  'é',
  'tap',
  'input',
  'output',
  'pathway',
  'import',
  'from',
  'lambda',
];

/** Every offset the tree and diagnostics speak of lies in the text. */
function survives(text: string): void {
  const { diagnostics, file } = parse(new Source('t', text));
  for (const d of diagnostics) {
    expect(d.span.start).toBeGreaterThanOrEqual(0);
    expect(d.span.end).toBeLessThanOrEqual(text.length + 1);
    expect(d.message).not.toMatch(/undefined|NaN|null/);
  }
  JSON.stringify(file, (key, value: unknown) => {
    if (key === 'source') return undefined;
    if ((key === 'start' || key === 'end') && !(Number.isInteger(value) && (value as number) >= 0))
      throw new Error(`${key} is ${value}`);
    return value;
  });
}

it('survives any text', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 200 }), survives), { numRuns: 300 });
});

it('survives any sequence of tokens', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...words), { maxLength: 60 }), (parts) => survives(parts.join(' '))),
    { numRuns: 600 },
  );
});

it('survives damaged specs', () => {
  const damaged = fc
    .tuple(
      fc.constantFrom(...texts),
      fc.array(fc.tuple(fc.nat(), fc.nat(12), fc.constantFrom('', ...words)), { minLength: 1, maxLength: 4 }),
    )
    .map(([text, edits]) =>
      edits.reduce(
        (s, [at, length, insert]) => s.slice(0, at % s.length) + insert + s.slice((at % s.length) + length),
        text,
      ),
    );
  fc.assert(fc.property(damaged, survives), { numRuns: 150 });
});

it.each([
  ['parentheses', '('],
  ['lists', '['],
  ['braces', 'if a {'],
  ['minus signs', '- '],
  ['powers', 'a ^ '],
  ['functions', 'x => '],
  ['repeats', 'repeat(2) '],
  ['sums', '1 + '],
  ['calls', 'f('],
  ['indices', '[0]'],
  ['else-ifs', 'if a { b } else '],
])('refuses 100,000 nested %s with a diagnostic', (_, unit) => {
  const { diagnostics } = parse(
    new Source('t', `block F(x) { return x${unit === '[0]' ? '' : ' + '}${unit.repeat(100_000)} }`),
  );
  expect(diagnostics.map((d) => d.code)).toContain('nesting-too-deep');
});

it('refuses deeply nested types with a diagnostic', () => {
  const { diagnostics } = parse(new Source('t', `block F(x: ${'('.repeat(100_000)}`));
  expect(diagnostics.map((d) => d.code)).toEqual(['nesting-too-deep']);
});

it('goes as deep as it promises', () => {
  const deep = (n: number): string => `block F(x) { return ${'('.repeat(n)}x${')'.repeat(n)} }`;
  expect(parse(new Source('t', deep(60))).diagnostics).toEqual([]);
  expect(parse(new Source('t', `block F(x) { return ${'x => '.repeat(190)} x }`)).diagnostics).toEqual([]);
});

it.each([
  ['blocks', 'block B(x: [n, d], y: Int = 2) -> [n, d] {\n  linear(x, d * y)\n}\n'],
  ['blocks on one line', 'block B(x) { x } '],
  ['models', 'model M = Base(width: 4)\n'],
  ['sections', 'train t of M {\n  data = folder("x")\n  steps = 1\n}\n'],
])('counts nesting anew for each declaration: %s', (_, text) => {
  expect(parse(new Source('t', text.repeat(1000))).diagnostics).toEqual([]);
});

it.each([
  ['inputs', '  input a: image(8x8)\n'],
  ['conditions', '  if a > 1 { let b = f(1) }\n'],
  ['pathways', '  pathway p: g of d { f(x) }\n'],
  ['lets of conditions', '  let b = if a { 1 } else { 2 }\n'],
])('counts nesting anew for each statement: %s', (_, text) => {
  expect(parse(new Source('t', `model M() {\n${text.repeat(1000)}}`)).diagnostics).toEqual([]);
});

it('refuses a text of more words and signs than it holds in memory, at the first that is too many', () => {
  const text = `block B(x) { [${'1, '.repeat(120_000)}] }`;
  const [d, ...others] = parse(new Source('large.weft', text)).diagnostics;
  expect(others).toEqual([]);
  expect(d.message).toMatch(/^The file would be 240009 words and signs; the limit is 200000\.$/);
  expect(text.slice(d.span.start, d.span.end)).toMatch(/^(1|,)$/);
});
