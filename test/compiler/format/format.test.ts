import { expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readdirSync, readFileSync } from 'node:fs';
import { format } from '../../../src/compiler/format/format';
import { Source } from '../../../src/compiler/source';
import { tokenize } from '../../../src/compiler/syntax/tokenize';

function formatted(text: string): string | null {
  return format(new Source('case.weft', text)).text;
}

function weftFiles(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.weft'))
    .map((name) => `${folder}/${name}`);
}

const shipped = [...weftFiles('specs'), ...weftFiles('examples')];

it.each(shipped)('%s is formatted', (path) => {
  const text = readFileSync(path, 'utf8');
  expect(formatted(text)).toBe(text);
});

it.each(weftFiles('test/diagnostics/cases'))('changes %s once, or leaves it alone', (path) => {
  const once = formatted(readFileSync(path, 'utf8'));
  if (once !== null) expect(formatted(once)).toBe(once);
});

const cases: { readonly [what: string]: readonly [string, string] } = {
  'spaces around operators, ratios and names': [
    'model  M( a:Int=3,b : Ratio =( 2*a ) : 1 ){\nlet x=-a^2 + f ( a , b:a )[ 0 ]\n}',
    'model M(a: Int = 3, b: Ratio = (2 * a):1) {\n  let x = -a ^ 2 + f(a, b: a)[0]\n}\n',
  ],
  'names that are words elsewhere': [
    'block F(at: Int, of: Size) {\n  return g(at-1, of.area, in:[ at ])\n}\nsweep s of F {\n  at in[1,2]\n}',
    'block F(at: Int, of: Size) {\n  return g(at - 1, of.area, in: [at])\n}\n\nsweep s of F {\n  at in [1, 2]\n}\n',
  ],
  'columns of settings, across one that takes two lines': [
    'train t of M {\n  data = emoji(styles: (a,\n  b))\n  optimizer = adamw(1)\n\n  ema = 1\n}',
    'train t of M {\n  data      = emoji(styles: (a,\n                             b))\n  optimizer = adamw(1)\n\n  ema = 1\n}\n',
  ],
  'columns of inputs, cases, variants, axes and sections of one line': [
    'model M() {\n  input noisy: image(8x8)\n  input t: scalar\n}\nmodel A = M()\nmodel Long = M()\nablation a {\ncase "x" = A()\ncase "long" = A()\n}\nsweep b of A { x in [1] }\nsweep c of Long { x in [1] }',
    'model M() {\n  input noisy: image(8x8)\n  input t:     scalar\n}\n\nmodel A    = M()\nmodel Long = M()\nablation a {\n  case "x"    = A()\n  case "long" = A()\n}\n\nsweep b of A    { x in [1] }\nsweep c of Long { x in [1] }\n',
  ],
  'two settings on a line': [
    'train t of M {\n  phase at 5{optimizer.rate=1 clip = norm(1)}\n}',
    'train t of M {\n  phase at 5 { optimizer.rate = 1  clip = norm(1) }\n}\n',
  ],
  'pipes, repeats and what they lead to': [
    'block F(x) {\nreturn x |> f\n|> repeat(i in 3)\n( a,b )=>g(a,\nb) @"b.0"\n}',
    'block F(x) {\n  return x |> f\n    |> repeat(i in 3)\n       (a, b) => g(a,\n                   b) @"b.0"\n}\n',
  ],
  'blocks in blocks, and what follows them': [
    'block F(x) {\nif a { return x }\nif b {\nlet y = x\n}else{\nlet y = f(\nx,\n)\n}\nreturn y\n}',
    'block F(x) {\n  if a { return x }\n  if b {\n    let y = x\n  } else {\n    let y = f(\n      x,\n    )\n  }\n  return y\n}\n',
  ],
  'comments of every kind where they are': [
    '// a\n\n\n/// doc\nblock F(x) {   // b\n\n// c\nreturn f(x, /* d */ x) /* e */\n// f\n}\n/* g\n h */',
    '// a\n\n/// doc\nblock F(x) {   // b\n  // c\n  return f(x, /* d */ x)  /* e */\n  // f\n}\n\n/* g\n h */\n',
  ],
  'line breaks of Windows, tabs and a byte order mark': [
    '\ufeffblock F(x) {\r\n\treturn x\r\n}\r\n',
    'block F(x) {\n  return x\n}\n',
  ],
  nothing: ['\n\n', ''],
};

it.each(Object.entries(cases))('writes %s', (_, [text, expected]) => {
  expect(formatted(text)).toBe(expected);
  expect(formatted(expected)).toBe(expected);
});

it('leaves a text with syntax errors alone', () => {
  expect(format(new Source('case.weft', 'block F(x { return x }')).errors.length).toBeGreaterThan(0);
  expect(formatted('block F(x { return x }')).toBeNull();
});

/** The text with other spaces between the tokens of its lines, and other indentation. */
function respaced(text: string, spaces: (i: number) => string): string {
  const { tokens, comments } = tokenize(new Source('case.weft', text));
  const all = [...tokens, ...comments].sort((a, b) => a.startOffset - b.startOffset);
  let out = '';
  let end = 0;
  all.forEach((token, i) => {
    const gap = text.slice(end, token.startOffset);
    const glued = gap === '' && !/[\w"]/.test(text[end - 1] ?? '') ? '' : ' ';
    const breaks = gap.replace(/[^\n]/g, '');
    out += `${breaks}${breaks === '' && !token.image.startsWith('//') ? glued && spaces(i) : spaces(i)}${token.image}`;
    end = (token.endOffset ?? 0) + 1;
  });
  return out;
}

/** Comments at the end of lines keep their columns, which are the author's. */
const withoutColumns = (text: string | null): string | undefined => text?.replace(/ +(\/\/[^\n]*)$/gm, ' $1');

it('does not depend on the spaces and the indentation of what it is given', () => {
  const texts = shipped.map((path) => readFileSync(path, 'utf8'));
  fc.assert(
    fc.property(fc.constantFrom(...texts), fc.infiniteStream(fc.nat(4)), (text, numbers) => {
      const widths: number[] = [];
      const spaces = (i: number): string => ' '.repeat((widths[i] ??= numbers.next().value as number));
      const other = respaced(text, (i) => spaces(i) || ' ');
      expect(withoutColumns(formatted(other))).toBe(withoutColumns(text));
    }),
    { numRuns: 60 },
  );
});
