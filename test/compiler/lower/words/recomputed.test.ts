/** `recomputed(f)`: what a part has computed is computed again in the backward pass, with the same gradients. */
import { expect, it } from '@jest/globals';
import { gradients } from '../../../../src/compiler/autodiff/gradients';
import { recomputeBlocks } from '../../../../src/compiler/autodiff/recompute';
import { evaluate } from '../../../../src/compiler/ir/evaluate';
import { topological, type Value } from '../../../../src/compiler/ir/graph';
import { square } from '../../../../src/compiler/ops/elementwise';
import { reduceSum } from '../../../../src/compiler/ops/reduction';
import { check } from '../../../diagnostics/check';
import { compiledText } from '../../../support/compile';
import { array, normal, weightValues } from '../../../support/tiny-model';

const model = (body: string): string => `
block Part(x: [n, d], hidden: Int) -> [n, d] {
  return x + linear(gelu(linear(x, hidden) @up), d) @down
}
model M() {
  input noisy: image(2x2)
  input time:  time(noise: 0, data: 1)
  let x = linear(rearrange(noisy, "c h w -> (h w) c"), 4) @in
${body}
  output velocity: image(2x2) = rearrange(linear(y, 3) @out, "(h w) c -> c h w", h: 2) * time
}
`;

it.each([
  ['let part = recomputed(Part)\n  let a = part(x, 8)\n  let y = Part(a, 8) @b', ['a'], 1],
  ['let part = recomputed(Part)\n  let y = x |> part(8) @a |> part(4) @b', ['a', 'b'], 2],
  ['let part = recomputed(v => Part(Part(v, 8) @one, 4) @two)\n  let y = part(x) @a', ['a'], 2],
  ['let part = recomputed(v => (v |> repeat(2) Part(4) @own))\n  let y = part(x) @a', ['a', 'a.own.0', 'a.own.1'], 2],
])('%s is computed again with the same gradients', (body, turns, again) => {
  const m = compiledText(model(`  ${body}`));
  expect(m.turns).toEqual(turns);
  const loss = reduceSum(square(m.outputs.velocity), { axes: [0, 1, 2, 3] });
  const kept = gradients(loss, m.weights);
  const recomputed = recomputeBlocks(loss, kept, m.turns);
  const activations = (roots: readonly Value[]): number =>
    topological([loss, ...roots]).filter((v) => v.op?.opName === 'gelu').length;
  expect(activations(recomputed) - activations(kept)).toBe(again);
  const inputs = { x_t: normal([2, 3, 2, 2], 3), t: array([2], 0.3, 0.8) };
  const [want, got] = [kept, recomputed].map((roots) => {
    const outputs = Object.fromEntries(roots.map((g, i) => [m.weights[i].leaf.name, g]));
    const program = { name: 'gradient', inputs: m.inputs.map((i) => i.value), outputs, updates: [] };
    return evaluate(program, { inputs, variables: weightValues(m) }).outputs;
  });
  expect(got).toEqual(want);
});

it.each([
  ['  let part = recomputed(3)\n  let y = x', 'wrong-kind'],
  ['  let part = recomputed(shared(Part))\n  let y = part(x, 8) @a', 'wrong-kind'],
  ['  let part = recomputed(Part)\n  let y = x + part(x, 8)', 'recomputed-unlabelled'],
  ['  let part = recomputed(Part)\n  let y = part(x, 8) @a + part(x, 8) @a', 'duplicate-weight'],
])('says what is wrong with %j', (body, code) => {
  expect(check('case.weft', { 'case.weft': model(body) }).map((d) => d.code)).toContain(code);
});
