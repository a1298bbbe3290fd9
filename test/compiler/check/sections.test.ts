/** Sections are held to models that the file imports as to its own. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import { readSpec } from '../../support/compile';

const model = `
model M(width: Int = 4) {
  input noisy: image(4x4)
  input time:  time(noise: 0, data: 1)
  output velocity: image(4x4) = linear(noisy, width) * time
}`;

function codes(main: string): readonly string[] {
  const variant = 'import { M } from "./m"\nmodel V = M(width: 4)';
  const files: { readonly [path: string]: string } = { 'main.weft': main, 'm.weft': model, 'v.weft': variant };
  return checkFile('main.weft', (path) => files[path] ?? readSpec(path)).diagnostics.map((d) => d.code);
}

const recipe = (more: string): string => `
train t of M {
  data      = folder("images")
  optimizer = adamw(rate: 1e-4)
  batch     = 8
  steps     = 10
  ${more}
}`;

it.each([
  ['objective = own', 'objective-loss'],
  ['objective = rectified_flow(time: uniform, predict: noise)', 'predict-contradicts'],
])('%s does not fit a model, wherever it is declared', (setting, code) => {
  const objective = setting.endsWith('own')
    ? 'objective own() { return model(image, time: uniform(0, 1)) - normal(like: image) }'
    : '';
  const sections = `${objective}\n${recipe(setting)}`;
  expect(codes(`${model}\n${sections}`)).toEqual([code]);
  expect(codes(`import { M } from "./m"\n${sections}`)).toEqual([code]);
});

it('says nothing of what fits', () => {
  expect(codes(`import { M } from "./m"\n${recipe('objective = rectified_flow(time: uniform)')}`)).toEqual([]);
});

it('takes an imported variant, which is no circle though its case has its name', () => {
  const fits = recipe('objective = rectified_flow(time: uniform)').replace('of M', 'of V');
  expect(codes(`import { V } from "./v"\n${fits}`)).toEqual([]);
  expect(codes(`import { V } from "./v"\n${fits}\nsample t of V { solver = heun(steps: 4) }`)).toEqual([]);
});
