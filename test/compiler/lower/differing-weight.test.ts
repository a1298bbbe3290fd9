import { expect, it } from '@jest/globals';
import { differingWeight } from '../../../src/compiler/lower/differing-weight';
import type { ModelGraph } from '../../../src/compiler/lower/model';
import { openSpec } from '../../../src/spec/open';

const text = `model M(size: Size = 8x8, more: Bool = false) {
  input noisy: image(size)
  input time: scalar
  let h = conv2d(noisy, 4) @a
  output velocity: image(size) = if more { conv2d(conv2d(h, 4) @b, 3) @c } else { conv2d(h, 3) @c }
}
model P(size: Size = 8x8) {
  input noisy: image(size)
  input time: scalar
  output velocity: image(size) = noisy * time + param([3, size.height, size.width], init: zero) @shift
}`;
const modelOf = (name: string, set: { [name: string]: string } = {}): ModelGraph =>
  openSpec('m.weft', { text }).spec.elaborate(name, set).model!;

it('names the first weight that two models do not share', () => {
  expect(differingWeight(modelOf('M'), modelOf('M', { size: '16x16' }))).toBeNull();
  expect(differingWeight(modelOf('P'), modelOf('P', { size: '16x8' }))).toBe(
    'shift: [3, 8, 8] before, [3, 16, 8] then',
  );
  expect(differingWeight(modelOf('M'), modelOf('M', { more: 'true' }))).toMatch(/^b\.\w+: none before, \[/);
});
