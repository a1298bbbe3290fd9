/** Short specs that would unfold without end are refused in time, at the place that ran out. */
import { expect, it } from '@jest/globals';
import { check } from '../diagnostics/check';

const model = (body: string, before = ''): string =>
  `${before}\nmodel M(n: Int = 4) {\n  input noisy: image(8x8)\n  input time: scalar\n${body}\n  output velocity: image(8x8) = noisy * time\n}`;

const squares = (first: string): string =>
  [first, ...Array.from({ length: 40 }, (_, i) => `  let d${i + 1} = d${i} * d${i}`)].join('\n');

const doublings = Array.from({ length: 40 }, (_, i) => `block B${i + 1}(x) { B${i}(B${i}(x)) }`).join('\n');
const functions = Array.from({ length: 40 }, (_, i) => `  let f${i + 1} = x => f${i}(f${i}(x))`).join('\n');

const manyWeights = `block Near(x, y) { 0.99 * x + 0.01 * y }
optimizer heavy(rate: Float) {
  let step = if matches(label, "*.0.*") { gradient } else { gradient |> repeat(1000) v => Near(v, weight) }
  output weight = weight - rate * step
}
${model('  let h = rearrange(noisy, "c h w -> (c h w)") |> repeat(300) v => linear(v, 64) @blocks')}
train t of M {
  data      = mnist()
  objective = rectified_flow(time: uniform())
  optimizer = heavy(rate: 1e-3)
  batch     = 4
  steps     = 9
}`;

it.each<[string, string, string]>([
  ['repeat(1000000000) relu', 'relu', model('  let _a = noisy |> repeat(1000000000) relu')],
  ['repeat(10 ^ 15)', 'x', model('  let _a = 1 |> repeat(10 ^ 15) x => x')],
  ['repeats in repeats', '', model('  let _a = 1 |> repeat(10000) x => (x |> repeat(10000) y => y)')],
  ['repeats in repeats of a tensor', '', model('  let _a = noisy |> repeat(1000) (repeat(1000) (repeat(1000) relu))')],
  ['blocks of two of the one before', '', model('  let _a = B40(1)', `block B0(x) { x }\n${doublings}`)],
  ['functions of two of the one before', '', model(`  let f0 = x => x\n${functions}\n  let _a = f40(1)`)],
  ['a function on itself', '', model('  let w = g => g(g)\n  let _a = w(w)')],
  ['a block given to itself', '', model('  let _a = Twice(Twice)', 'block Twice(f: Block) { f(f) + f(f) }')],
  ['squares of a length', 'd5 * d5', model(squares('  input words: text(width: 4)\n  let d0 = words.tokens + 1'))],
  ['parts', 'split(noisy, 10000000)', model('  let _a = split(noisy, 10000000)')],
  ['parts of a wide axis', 'split(range(10000000), 10000000)', model('  let _a = split(range(10000000), 10000000)')],
  [
    'a table of a product',
    'fixed(matmul(t, t))',
    model('  let t = broadcast(range(4096), [4096, 4096])\n  let _a = fixed(matmul(t, t))'),
  ],
  [
    'a large table',
    'fixed(broadcast(range(9), [100000, 9000, 9]))',
    model('  let _a = fixed(broadcast(range(9), [100000, 9000, 9]))'),
  ],
  ['many tables', 'range(10000000)', model(Array.from({ length: 9 }, () => '  let _a = range(10000000)').join('\n'))],
  [
    'a norm of a wide axis',
    'layer_norm(w, affine: false)',
    model('  input w: [1000000000]\n  let _a = layer_norm(w, affine: false)'),
  ],
  ['an optimiser of many steps for many weights', '', manyWeights],
])('refuses %s', (_, place, text) => {
  const before = process.cpuUsage();
  const errors = check('case.weft', { 'case.weft': text }).filter((d) => d.severity === 'error');
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1e6).toBeLessThan(5);
  const codes = place.startsWith('split(noisy') ? ['size-limit', 'split-uneven'] : ['size-limit'];
  expect(codes).toContain(errors[0]?.code);
  const { source, start, end } = errors[0].span;
  if (place) expect(source.text.slice(start, end)).toBe(place);
});

it('follows chains of imports, blocks and variants of any length', () => {
  const length = 3000;
  const files = Object.fromEntries(
    Array.from({ length }, (_, i) => [
      `c${i}.weft`,
      i === length - 1 ? 'block B(x) { x }' : `import { B as A } from "./c${i + 1}"\nblock B(x) { A }`,
    ]),
  );
  expect(check('c0.weft', files)).toEqual([]);
});

it('answers names and strings of any length', () => {
  const name = 'a'.repeat(100_000);
  const texts = [
    model(`  let _a = ${name}(noisy)`),
    model(`  let ${name}b = 1\n  let _a = ${name}`),
    model(`  require 1 > 2, "${name.repeat(10)}"`),
    model(`  let _a = noisy.${name}`),
    model(`  let _a = linear(noisy, 8, ${name}: 1)`),
    `import { ${name} } from "./${name}"`,
    `train ${name} of ${name} { ${name} = ${name} }`,
  ];
  texts.push(`/*${' *'.repeat(6_000_000)}`);
  for (const text of texts) {
    const found = check('case.weft', { 'case.weft': text });
    expect(found.length).toBeGreaterThan(0);
    for (const d of found) expect(d.message.length).toBeLessThan(1100);
  }
});
