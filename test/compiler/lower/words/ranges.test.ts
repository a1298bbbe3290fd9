/** Every number that a word or a type of input takes is held to its range. */
import { expect, it } from '@jest/globals';
import { outOfRange } from '../../../../src/compiler/bind/number-range';
import { inputTypes } from '../../../../src/compiler/lower/input-types';
import { words } from '../../../../src/compiler/lower/words/index';
import type { ParameterKind, WordParameter } from '../../../../src/compiler/lower/words/parameter';
import { check } from '../../../diagnostics/check';

/** A right value for each kind; of tensors, one that no word with numbers refuses. */
const right: { readonly [K in ParameterKind]: string } = {
  tensor: 'noisy',
  label: 'label',
  tokens: 'read',
  mask: 'none',
  indices: '1',
  'axis size': '4',
  count: '1',
  Int: '2',
  Float: '0.5',
  'number or tensor': '0.5',
  tensors: '(0.5, noisy)',
  function: 'silu',
  Bool: 'true',
  word: 'straight',
  String: '"a b c -> c b a"',
  Ratio: '4:1',
  Size: '4x4',
  Init: 'zero',
  model: 'M',
  shape: '[2, 2]',
};

/** Literals with their values; NaN and infinity cannot be written, and come from arithmetic. */
const numbers: readonly (readonly [text: string, value: number])[] = [
  ['1e-9', 1e-9],
  ['0', 0],
  ['-1', -1],
  ['1.5', 1.5],
  ['3', 3],
  ['2147483648', 2 ** 31],
  ['1e308', 1e308],
];

const isNumber = ({ kind }: WordParameter): boolean =>
  ['axis size', 'count', 'Int', 'Float', 'number or tensor'].includes(kind);

/** Whether the values of an argument are refused for what they are. */
function refused(spec: string, text: string): boolean {
  const found = check('case.weft', { 'case.weft': spec });
  return found.some(
    (d) =>
      (d.code === 'out-of-range' || d.code === 'not-an-integer') &&
      d.span.source.text.slice(d.span.start, d.span.end) === text,
  );
}

function call(callee: string, parameters: readonly WordParameter[], name: string, text: string): string {
  const wanted = parameters.filter((p) => p.required || p.name === name);
  return `${callee}(${wanted.map((p) => `${p.name}: ${p.name === name ? text : right[p.kind]}`).join(', ')})`;
}

const inputs = 'input noisy: image(4x4) input label: class(3) input read: tokens(5)';
const ofWords = [...words].flatMap(([callee, { signature }]) =>
  signature.parameters.filter(isNumber).map((p) => ({ callee, p, rest: signature.rest, all: signature.parameters })),
);
const ofInputs = Object.entries(inputTypes).flatMap(([callee, { signature }]) =>
  signature.parameters.filter(isNumber).map((p) => ({ callee, p, all: signature.parameters })),
);

it('finds numbers in both', () => {
  expect(ofWords.length).toBeGreaterThan(25);
  expect(ofInputs.length).toBeGreaterThan(6);
});

it.each(ofWords.map((w) => [`${w.callee}.${w.p.name}`, w] as const))('%s', (_, { callee, p, rest, all }) => {
  expect(p.range).toBeDefined();
  for (const [text, value] of numbers) {
    const written = call(callee, all, p.name, text).replace('(', rest ? '(noisy, ' : '(');
    const spec = `model M() { ${inputs} let _x = ${written} output velocity = noisy }`;
    const isWhole = !p.range?.whole || !/[.e]/.test(text);
    expect([text, refused(spec, text)]).toEqual([text, !isWhole || outOfRange(p.range ?? {}, value) !== null]);
  }
});

it.each(ofInputs.map((i) => [`${i.callee}.${i.p.name}`, i] as const))('%s', (_, { callee, p, all }) => {
  for (const [text, value] of numbers) {
    const spec = `model M() { ${inputs} input x: ${call(callee, all, p.name, text)} output velocity = noisy }`;
    const isWhole = p.kind === 'Float' || !/[.e]/.test(text);
    const range = p.kind === 'Float' ? (p.range ?? {}) : { min: 1, max: 2 ** 31 - 1 };
    expect([text, refused(spec, text)]).toEqual([text, !isWhole || outOfRange(range, value) !== null]);
  }
});

it.each([
  ['log(-1)', 'out-of-range'],
  ['log(0)', 'out-of-range'],
  ['sqrt(-2)', 'out-of-range'],
  ['exp(1000)', 'not-finite'],
  ['10 ^ 400', 'not-finite'],
  ['0 ^ -1', 'not-finite'],
  ['(-8) ^ 0.5', 'not-finite'],
  ['1e308 * 10', 'not-finite'],
  ['1e308 + 1e308', 'not-finite'],
  ['-1e308 - 1e308', 'not-finite'],
  ['1e308 / 1e-9', 'not-finite'],
  ['1e400', 'number-too-large'],
  ['1 / 0', 'division-by-zero'],
  ['5 % 0', 'division-by-zero'],
  ['Size(0, 4)', 'out-of-range'],
  ['window(4x4, 0:1)', 'out-of-range'],
  ['window(4x4, 4:-1)', 'out-of-range'],
  ['param([0, 4])', 'out-of-range'],
  ['param([-1, 4])', 'out-of-range'],
  ['param([1.5, 4])', 'not-an-integer'],
  ['broadcast(noisy, [0, 3, 4, 4])', 'out-of-range'],
  ['rearrange(noisy, "c (h g) w -> c h g w", g: 0)', 'out-of-range'],
  ['slice(noisy, 0, 0)', 'out-of-range'],
  ['split(noisy, 0)', 'out-of-range'],
  ['upsample(noisy, 2147483647)', 'size-limit'],
  ['rearrange(broadcast(noisy, [2000000000, 3, 4, 4]), "n c h w -> (n c) h w")', 'size-limit'],
  ['concat(param([2147483647]) @a, param([2147483647]) @b)', 'size-limit'],
])('%s: %s', (expression, code) => {
  const spec = `model M() { ${inputs} let _x = ${expression} output velocity = noisy }`;
  expect(check('case.weft', { 'case.weft': spec }).map((d) => d.code)).toContain(code);
});

it.each(['image(0x4)', 'image(-8)', 'image(0)', 'image(4x4, channels: 0)', '[0, 4]', '[-1]', '[3000000000]'])(
  'refuses an input of %s',
  (type) => {
    const spec = `model M() { input noisy: image(4x4) input x: ${type} output velocity = noisy }`;
    expect(check('case.weft', { 'case.weft': spec }).map((d) => d.code)).toContain('out-of-range');
  },
);

it('refuses a Size hyper-parameter without pixels', () => {
  const spec = `model M(size: Size = -8) { input noisy: image(4x4) let _s = size output velocity = noisy }`;
  expect(check('case.weft', { 'case.weft': spec }).map((d) => d.code)).toContain('out-of-range');
});

it('repeats nothing where it is told to', () => {
  const spec = `model M() { ${inputs} output velocity = noisy |> repeat(0) linear(4) @l }`;
  const found = check('case.weft', { 'case.weft': spec });
  // Inputs that stand there for other cases change nothing here.
  expect(found.filter((d) => d.code !== 'unused-input')).toEqual([]);
});
