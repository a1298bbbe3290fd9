import { expect, it } from '@jest/globals';
import { isKernelOf } from '../../src/run/kernel-order';
import { modelOf } from '../support/stored';

/** A model whose first layer sees patches in the order that `tokens` gives them. */
function embedding(tokens: string): ReturnType<typeof modelOf> {
  return modelOf(`import { patchify } from "std/patches"
model M() {
  input noisy: image(8x8, channels: 4)
  input time: scalar
  let x = linear(${tokens}, 16, bias: false) @embed
  output velocity: image(8x8, channels: 4) = rearrange(x, "(h w) (c p q) -> c (h p) (w q)", h: 4, p: 2, q: 2)
}`);
}

const channelsFirst = 'rearrange(noisy, "c (h p) (w q) -> (h w) (c p q)", p: 2, q: 2)';

it.each([
  ['patchify', 'patchify(noisy, 2)', [16, 4, 2, 2], true],
  ['channels outermost', channelsFirst, [16, 4, 2, 2], true],
  ['tokens in another order', 'rearrange(noisy, "c (h p) (w q) -> (w h) (c p q)", p: 2, q: 2)', [16, 4, 2, 2], true],
  ['channels innermost', 'rearrange(noisy, "c (h p) (w q) -> (h w) (p q c)", p: 2, q: 2)', [16, 4, 2, 2], false],
  ['rows and columns swapped', 'rearrange(noisy, "c (h p) (w q) -> (h w) (c q p)", p: 2, q: 2)', [16, 4, 2, 2], false],
  ['a kernel with channels last', channelsFirst, [16, 2, 2, 4], false],
  ['a kernel of one place', channelsFirst, [16, 16, 1, 1], false],
  ['patches that are changed before', `2 * ${channelsFirst}`, [16, 4, 2, 2], false],
])('compares the order of a kernel with that of patches: %s', (_, tokens, kernel, same) => {
  const model = embedding(tokens);
  expect(isKernelOf(model, model.weights[0], kernel)).toBe(same);
});
