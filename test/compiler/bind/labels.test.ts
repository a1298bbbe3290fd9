import { expect, it } from '@jest/globals';
import { check } from '../../diagnostics/check';

function found(expression: string): string[] {
  const text = `block Twice(x: [c, h, w], act: Block = relu) -> [c, h, w] { return act(x) @act * 2 }
model M(depth: Int = 2) {
  input x: image(8x8)
  input time: time(noise: 0, data: 1)
  output velocity: image(8x8) = time * ${expression}
}
`;
  return check('label.weft', { 'label.weft': text }).map(
    (d) => `${d.severity} ${d.code} ${d.span.source.text.slice(d.span.start, d.span.end)}`,
  );
}

it.each([
  ['relu(x) @a', ['warning idle-label a']],
  ['x @a', ['warning idle-label a']],
  ['(linear(x, 8) + 1) @"a.b"', ['warning idle-label "a.b"']],
  ['(if depth == 2 { linear(x, 8) } else { x }) @a', ['warning idle-label a']],
  ['(linear(x, 8) @a) @b', ['warning idle-label b']],
  ['(x |> relu @a)', ['warning idle-label a']],
  ['(x |> repeat(depth) relu @a)', ['warning idle-label a']],
  ['linear(x, 8) @""', ['error empty-label ""']],
  ['linear(x, 8) @" "', ['error empty-label " "']],
  ['linear(x, 8) @"a."', ['error empty-label "a."']],
])('tells of a label that names nothing: %s', (expression, expected) => {
  expect(found(expression)).toEqual(expected);
});

it.each([
  'linear(x, 8) @a',
  'layer_norm(x, affine: false) @a',
  'Twice(x) @a',
  '(x |> Twice @a)',
  '(x |> repeat(depth) Twice @a)',
  '(x |> repeat(depth) (y) => linear(y, 8) @a)',
  'linear(x, 8) @"to_out.0"',
])('has nothing against %s', (expression) => {
  expect(found(expression)).toEqual([]);
});
