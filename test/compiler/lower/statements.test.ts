import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import type { Diagnostic } from '../../../src/compiler/diagnostics/diagnostic';
import { check } from '../../diagnostics/check';

function model(
  body: string,
  parameters = 'size: Size = 8x8, guided: Bool = false, k: Int = 3, r: Ratio = 4:1',
): string {
  return `model M(${parameters}) {\n  input noisy: image(size)\n  input time: scalar\n${body}\n}`;
}

const found = (text: string): readonly Diagnostic[] => check('case.weft', { 'case.weft': text });

const guided = model(`  if guided { input guidance: scalar }
  let t = if guided { time + guidance } else { time }
  output velocity: image(size) = noisy * t`);

it.each(['true', 'false'])('knows an input of an if without else afterwards: guided=%s', (value) => {
  expect(found(guided)).toEqual([]);
  const spec = checkFile('case.weft', (path) => (path === 'case.weft' ? guided : null));
  const { model: built, diagnostics } = spec.elaborate('M', { guided: value });
  expect(diagnostics).toEqual([]);
  expect(built?.inputs.map((i) => i.name)).toEqual(value === 'true' ? ['x_t', 't', 'guidance'] : ['x_t', 't']);
});

it.each([
  ['a let', 'if guided { let a = 2 }'],
  ['a let of the other branch', 'if guided { let a = 2 } else { let b = 3 }\n  let _b = b'],
  ['a let of a nested if', 'if guided { if k > 2 { let a = 2 } }'],
])('is none where the branch is not taken: %s', (_, statement) => {
  const body = `  ${statement}\n  let t = if a == none { time } else { time * a }\n  output velocity: image(size) = noisy * t`;
  expect(found(model(body))).toEqual([]);
});

it.each(['input a: scalar', 'input a: class(3)', 'let a = 2', 'let a = size', 'let a = silu'])(
  'tells whether the branch of %s is taken',
  (statement) => {
    const body = `  if guided { ${statement} }
  let is = if a == none { 1 } else if a != none { 2 } else { 3 }
  output velocity: image(size) = noisy * time * is`;
    const spec = checkFile('case.weft', () => model(body));
    for (const [value, factor] of [
      ['false', 1],
      ['true', 2],
    ] as const) {
      const { model: built, diagnostics } = spec.elaborate('M', { guided: value });
      // That a branch asks for an input does not make its value matter.
      expect(diagnostics.filter((d) => d.code !== 'unused-input')).toEqual([]);
      const last = built?.outputs.velocity.inputs[1].leaf;
      expect(last?.kind === 'constant' && last.data.data[0]).toBe(factor);
    }
  },
);

it('still says that a let of a branch is used nowhere', () => {
  const body = '  if guided { let a = 2 }\n  output velocity: image(size) = noisy * time';
  expect(found(model(body)).map((d) => d.code)).toEqual(['unused-let']);
});

it.each(['2 * size == size * 2', '2 * 8x8 == 16x16', 'r * k == k * r'])('computes %s', (condition) => {
  expect(found(model(`  require ${condition}\n  output velocity: image(size) = noisy * time`))).toEqual([]);
});

it.each([
  ['k is {k}', 'k is 3.'],
  ['k is \\\\{k\\\\}', 'k is {k}.'],
  ['area {size.area} of {size}', 'area 64 of 8x8.'],
  ['{size.height} high, {r.left}', '8 high, 4.'],
  ['{noisy} of {noisy.rank}', 'a tensor [3, 8, 8] of 3.'],
  ['{ k } {} {k', '{ k } {} {k.'],
  ['a tab\\\\t and \\\\u{41}{k}', 'a tab\t and A3.'],
])('shows values in the message "%s"', (message, shown) => {
  const text = model(
    `  require k > 9, "${message.replaceAll('\\\\', '\\')}"\n  output velocity: image(size) = noisy * time`,
  );
  expect(found(text).map((d) => [d.code, d.message])).toEqual([['require-failed', shown]]);
});

it.each([
  ['{size.depth}', 'unknown-member', 'depth'],
  ['{sizes}', 'unknown-name', 'sizes'],
])('reports %s in a message at its place', (message, code, place) => {
  const text = model(`  require k > 9, "${message}"\n  output velocity: image(size) = noisy * time`);
  const [first] = found(text).filter((d) => d.code === code);
  expect(first?.span.source.text.slice(first.span.start, first.span.end)).toBe(place);
});
