import { expect, it } from '@jest/globals';
import { loadSpec } from '../../../src/compiler/link/load';
import { bind } from '../../../src/compiler/bind/bind';
import { words as builtins } from '../../../src/compiler/lower/words/index';

/** `code name` of everything found. */
function found(text: string, others: { readonly [path: string]: string } = {}): string[] {
  const { files, diagnostics } = loadSpec('main.weft', (path) => ({ 'main.weft': text, ...others })[path] ?? null);
  const all = [...diagnostics, ...bind(files, builtins).diagnostics];
  return all.map((d) => `${d.code} ${d.span.source.text.slice(d.span.start, d.span.end)}`);
}

it('knows parameters, dimensions, earlier names and words of the language', () => {
  expect(
    found('block F(x: [n, d], y: [d, m] , k: Int = d) -> [n, m] { let z = linear(x, n * k) return concat(z, y, m) }'),
  ).toEqual([]);
});

it('knows the words of choices wherever their block is called or compares', () => {
  const text = 'block F(x: [n], mode: pre | post = pre) { return if mode == post { x } else { x * 2 } }';
  expect(found(`${text}\nblock G(x: [n]) { F(x, mode: post) }`)).toEqual([]);
});

it('sees names bound before, not those bound after', () => {
  expect(found('block F(x: [n], k: Int = later, later: Int = 2) { let y = z let z = y return z * later * k }')).toEqual(
    ['unknown-name later', 'unknown-name z'],
  );
});

it('checks names in the message of a require', () => {
  expect(found('block F(x: [n]) { require n > 1, "{n} or {m.height}" x }')).toEqual(['unknown-name m']);
});

it('binds parameters of functions and counters of repeats only inside them', () => {
  expect(found('block F(x: [n]) { let y = x |> repeat(i in 3) (a) => linear(a, i) return y * i + a }')).toEqual([
    'unknown-name i',
    'unknown-name a',
  ]);
});

it('keeps what both branches bind, and what was bound before', () => {
  expect(found('block F(x: [n], c: Bool) { if c { let a = x let b = x } else { let a = 2 } a }')).toEqual([
    'unused-let b',
  ]);
  expect(found('block F(x: [n], c: Bool) { let a = x if c { let a = x * 2 } a }')).toEqual([]);
});

it('counts what is piped as the first argument', () => {
  const g = 'block G(x: [n], y: [n]) { x + y }\n';
  expect(found(`${g}block F(x: [n]) { x |> G(x) }`)).toEqual([]);
  expect(found(`${g}block F(x: [n]) { x |> G }`)).toEqual(['missing-argument G']);
  expect(found(`${g}block F(x: [n]) { x |> repeat(2) G(x, x) @a }`)).toEqual(['unexpected-argument x']);
  expect(found(`${g}block F(x: [n]) { x |> repeat(2) a => G(a, x) }`)).toEqual([]);
});

it('reports a misspelt argument without also missing it', () => {
  expect(found('block G(x: [n], width: Int) { linear(x, width) }\nblock F(x: [n]) { G(x, widht: 2) }')).toEqual([
    'unexpected-argument widht',
  ]);
});

it('does not check calls of names a body binds itself', () => {
  expect(found('block G(x: [n], y: [n]) { x + y }\nblock F(x: [n], G: Block) { G(x) }')).toEqual([]);
});

it('checks models and hyper-parameters of variants, sections, sweeps and cases', () => {
  const text = `model M(width: Int = 4) { input x: image(8x8) output v = linear(x, width) }
model N = M(width: 2)
model O = P(width: 2)
train of Q { steps = anything }
sweep of N { widht in [1, 2] width in [1] }
ablation { case "a" = N(depth: 2) case "b" = M }`;
  expect(found(text)).toEqual([
    'unknown-model P',
    'unknown-model Q',
    'unknown-hyperparameter widht',
    'unknown-hyperparameter depth',
  ]);
});

it('finds circles of blocks through values and several steps', () => {
  const text = `block A(x: [n], f: Block = B) { f(x) }
block B(x: [n]) { C(x) }
block C(x: [n]) { A(x) }
block D(x: [n]) { D(x) }
block E(x: [n]) { D(x) }`;
  expect(found(text)).toEqual(['block-recursion A', 'block-recursion D']);
});

it('lets a block contain itself where an `if` can end that', () => {
  const text = `block A(x: [n], depth: Int) { if depth == 0 { return x }
  A(x, depth - 1) }
block B(x: [n], depth: Int) { if depth > 0 { B(x, depth - 1) } else { x } }
block C(x: [n], depth: Int) { let y = if depth == 0 { x } else { D(x, depth) }
  y }
block D(x: [n], depth: Int) { C(x, depth - 1) }
block E(x: [n], deep: Bool) { if deep { let y = 2 * x } else { let y = x }
  E(y, deep) }
block F(x: [n], depth: Int) { F(if depth == 0 { x } else { 2 * x }, depth - 1) }`;
  expect(found(text)).toEqual(['block-recursion E', 'block-recursion F']);
});

it('says nothing about names that a failed import or a syntax error took away', () => {
  expect(found('import { A } from "./none"\nblock F(x: [n]) { A(x, b: 3) }')).toEqual(['import-not-found "./none"']);
  expect(found('block F(x: [n]) {\n  let = 3\n  return y\n}\nblock G(x: [n]) { z }')).toEqual([
    'unexpected-token =',
    'unknown-name z',
  ]);
});

it('says what cannot be built', () => {
  const text = `import { Gone } from "./none"
block A(x: [n]) { Gone(x) }
block B(x: [n]) { A(x) }
block C(x: [n]) { C(x) }
block D(x: [n]) { x }`;
  const { files } = loadSpec('main.weft', (path) => (path === 'main.weft' ? text : null));
  const resolved = bind(files, builtins);
  const built = [...files[0].visible.values()].filter((v) => resolved.canBuild(v.declaration));
  expect(built.map((v) => v.declaration.name.name)).toEqual(['D']);
});

it('binds an argument of a type that stands after a word among them', () => {
  const model = (size: string): string =>
    `model M() { input x: image(4) output a: image(${size}, predicts: x0, lost) = x }`;
  expect(found(model('4'))).toEqual(['unknown-name lost']);
  expect(found(model('4').replace('lost', 'velocity'))).toEqual(['unknown-name velocity']);
  expect(found(model('4, 3').replace(', predicts: x0, lost', ', x0'))).toEqual([]);
});

it('knows sizes that only a result or an output has after what gives them', () => {
  expect(found('block F(x: [n]) -> [n, m] { linear(x, m) }')).toEqual(['unknown-name m']);
  expect(found('model M() { input x: [4] output a: [k] = linear(x, k) }')).toEqual(['unknown-name k']);
  expect(found('model M() { input x: [4] output a: [k] = x output b = linear(x, k) }')).toEqual([]);
});

it('reports parameters of a function that have one name', () => {
  expect(found('block F(x: [n]) { x |> (a, a) => a }')).toEqual(['duplicate-name a']);
  expect(found('block F(x: [n]) { let f = (_, _, a) => a return f(x, x, x) }')).toEqual([]);
});

it('takes a word that is given twice for a word both times', () => {
  const text = 'model M() { input noisy: image(8) output velocity: image(8, predicts: noise, predicts: x0) = noisy }';
  expect(found(text).filter((line) => line.startsWith('unknown-name'))).toEqual([]);
});
