/** What a model predicts is an image of the size of its noisy one: `check` says so at the output; who has no prediction may give anything. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../../src/compiler/compile';
import { asBefore } from '../../../../src/compiler/lower/conventions';
import { velocityModel } from '../../../../src/compiler/programs/objectives/velocity-model';

const checked = (output: string, inputs = '') =>
  checkFile('case.weft', (path) =>
    path === 'case.weft'
      ? `model M() {\n  input noisy: image(8x8)\n  input time: scalar\n${inputs}  ${output}\n}`
      : null,
  );

it.each([
  'output velocity = mean(mean(noisy)) * time',
  'output velocity = concat(noisy, noisy, axis: 0) * time',
  'output velocity = mean(noisy) * time',
  'output x0 = rearrange(noisy, "c h w -> (h w) c") * time',
  'output eps = concat(noisy, noisy, axis: 1) * time',
  'output velocity = fixed(range(8)) * 1',
  'output velocity: [c, n] = rearrange(noisy, "c h w -> c (h w)") * time',
  'output velocity: image(4x4) = noisy * time',
])('check refuses a prediction that is no image of the right size: %s', (output) => {
  const errors = checked(output).diagnostics.filter((d) => d.severity === 'error');
  expect(errors.map((d) => d.code)).toEqual([output.includes('image(4x4)') ? 'output-shape' : 'prediction-shape']);
  expect(errors[0].span.source.text.split('\n')[3]).toContain(output);
});

it.each([
  ['output features = mean(noisy) * time', ''],
  ['output velocity = noisy * time', ''],
  ['output velocity = noisy * time\n  output features = mean(noisy)', ''],
  ['output velocity = noisy * time', '  input low: image(4x4)\n'],
])('and takes: %s', (output, inputs) => {
  expect(checked(output, inputs).diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
});

it('refuses to train or sample what an older file took for a velocity', () => {
  const { model } = checked('output features = mean(noisy) * time').elaborate('M');
  expect(() => velocityModel(asBefore(model!))).toThrow(
    /Output features of M is .*, but its noisy image is \[3, 8, 8\]/,
  );
});
