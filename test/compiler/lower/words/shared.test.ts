/** `shared(f)`: one set of weights for several calls, whose gradient is the sum of theirs. */
import { expect, it } from '@jest/globals';
import { gradients } from '../../../../src/compiler/autodiff/gradients';
import { evaluate } from '../../../../src/compiler/ir/evaluate';
import type { ModelGraph } from '../../../../src/compiler/lower/model';
import { square } from '../../../../src/compiler/ops/elementwise';
import { reduceSum } from '../../../../src/compiler/ops/reduction';
import { compiledText } from '../../../support/compile';
import { check } from '../../../diagnostics/check';
import { array, normal, weightValues } from '../../../support/tiny-model';

const model = (body: string): string => `
block Layer(x: [n, d], hidden: Int) -> [n, d] {
  return x + linear(silu(linear(rms_norm(x) @norm, hidden) @up), d) @down
}
block Pair(x: [n, d]) -> [n, d] {
  let inner = shared(y => linear(y, d))
  return inner(silu(inner(x)))
}
model M() {
  input noisy: image(2x2)
  input time:  time(noise: 0, data: 1)
  let x = linear(rearrange(noisy, "c h w -> (h w) c"), 4) @in
${body}
  output velocity: image(2x2) = rearrange(linear(y, 3) @out, "(h w) c -> c h w", h: 2) * time
}
`;

const names = (m: ModelGraph): string[] => m.weights.map((w) => w.leaf.name);

it('makes its weights in its first call, under its own label', () => {
  const m = compiledText(
    model('  let layer = shared(x => Layer(x, 8))\n  let y = layer(layer(x) @first) |> repeat(2) layer'),
  );
  expect(names(m)).toEqual([
    ...['in.weight', 'in.bias', 'layer.norm.weight', 'layer.up.weight', 'layer.up.bias'],
    ...['layer.down.weight', 'layer.down.bias', 'out.weight', 'out.bias'],
  ]);
  expect(m.modules.map((module) => module.path).filter((path) => path.startsWith('layer'))).toEqual([
    ...['layer.norm', 'layer.up', 'layer.down'],
  ]);
});

it('shares what is shared inside as well', () => {
  const m = compiledText(model('  let two = shared(Pair)\n  let y = two(two(x))'));
  expect(names(m).filter((name) => name.startsWith('two'))).toEqual(['two.inner.weight', 'two.inner.bias']);
});

it('has the value and the summed gradients of copies with the same weights', () => {
  const shared = compiledText(model('  let layer = shared(x => Layer(x, 8))\n  let y = layer(layer(x))'));
  const apart = compiledText(model('  let y = Layer(Layer(x, 8) @a, 8) @b'));
  const inputs = { x_t: normal([2, 3, 2, 2], 3), t: array([2], 0.3, 0.8) };
  const variables = weightValues(shared);
  const copies = Object.fromEntries(names(apart).map((name) => [name, variables[name.replace(/^[ab]\./, 'layer.')]]));
  const run = (m: ModelGraph, variablesOf: typeof variables) => {
    const { velocity } = m.outputs;
    const loss = reduceSum(square(velocity), { axes: [0, 1, 2, 3] });
    const found = gradients(loss, m.weights);
    const outputs = { loss, ...Object.fromEntries(found.map((g, i) => [m.weights[i].leaf.name, g])) };
    const program = { name: 'p', inputs: m.inputs.map((i) => i.value), outputs, updates: [] };
    return evaluate(program, { inputs, variables: variablesOf }).outputs;
  };
  const [one, two] = [run(shared, variables), run(apart, copies)];
  expect(one.loss.data[0]).toBeCloseTo(two.loss.data[0], 12);
  for (const name of names(shared).filter((n) => n.startsWith('layer.'))) {
    const [a, b] = ['a', 'b'].map((copy) => two[name.replace('layer', copy)].data);
    one[name].data.forEach((x, i) => expect(x).toBeCloseTo(a[i] + b[i], 10));
  }
});

it.each([
  ['  let layer = shared(3)\n  let y = x', 'wrong-kind'],
  ['  let wide = shared(v => linear(v, 4))\n  let y = wide(x) + wide(concat(x, x))', 'shared-weight'],
  ['  let layer = shared(x => Layer(x, 8))\n  let y = layer(x, x)', 'unexpected-argument'],
  ['  let layer = shared(x => Layer(x, 8))\n  let y = layer(x) + Layer(x, 8) @layer', 'duplicate-weight'],
])('says what is wrong with %j', (body, code) => {
  expect(check('case.weft', { 'case.weft': model(body) }).map((d) => d.code)).toContain(code);
});
