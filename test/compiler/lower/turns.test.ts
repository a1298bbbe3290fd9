import { expect, it } from '@jest/globals';
import { elaborateModel, openSpec } from '../../../src/spec/open';

const text = `
block Net(x: [n, d]) -> [n, d] {
  let x = x + linear(x, d) @"net.0"
  return x |> repeat(2) Layer() @inner
}
block Layer(x: [n, d]) -> [n, d] { return x + linear(x, d) @w }
model M() {
  input noisy: image(2x2, channels: 3)
  input time: scalar
  let tokens = rearrange(noisy, "c h w -> (h w) c")
  let x = Net(tokens) @"first.0" |> repeat(3) Net() @blocks
  output velocity: image(2x2, channels: 3) = rearrange(x, "(h w) c -> c h w", h: 2) * time
}
`;

it('knows the turns of repetitions, also inside others, and no label that only looks like one', () => {
  const { turns } = elaborateModel(openSpec('turns.weft', { text }).spec, 'M');
  const inner = (path: string): string[] => [0, 1].map((i) => `${path}.inner.${i}`);
  const outer = [0, 1, 2].flatMap((i) => [`blocks.${i}`, ...inner(`blocks.${i}`)]);
  expect([...turns].sort()).toEqual([...inner('first.0'), ...outer].sort());
});
