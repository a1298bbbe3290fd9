import { expect, it } from '@jest/globals';
import { check } from '../../diagnostics/check';

function found(predict: string): string[] {
  const text = `model M(width: Int = 8) {
  input x: image(8x8)
  input time: time(noise: 0, data: 1)
  output velocity: image(8x8) = linear(x * time, 8) @a
}
train t of M { data = mnist()  objective = rectified_flow(time: uniform(), predict: ${predict})
  optimizer = adamw(rate: 1e-3)  batch = 4  steps = 10  clip = norm(1.0) }
`;
  return check('m.weft', { 'm.weft': text }).map((d) => d.code);
}

it.each([
  ['velocity', []],
  ['"velocity"', []],
  ['x0', ['predict-contradicts']],
  ['"x0"', ['predict-contradicts']],
  ['none', ['setting-kind']],
  ['"flow"', ['setting-kind']],
  ['epsilon', ['setting-kind']],
])('says one thing of predict: %s', (predict, codes) => {
  expect(found(predict)).toEqual(codes);
});
