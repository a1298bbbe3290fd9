/** Every command that reads a recipe reports its errors where the file has them, as `weft check` does, and goes on after a warning. */
import { expect, it } from '@jest/globals';
import { openSpec, recipeNamed, requireFit } from '../../src/spec/open';
import { weft } from '../support/weft';

const cases = 'test/diagnostics/cases';

it.each([
  ['inspect', 'shape-mismatch--optimizer', 'a', '3:14  error shape-mismatch'],
  ['plan', 'teacher-differs', 'a', '19:22  error teacher-differs'],
  ['train', 'align-place', 'aligned', '13:20  error align-place'],
  ['train', 'unread-condition', 'dropped', '9:10  error unread-condition'],
  ['plan', 'data-channels', 'pictures', '8:10  error data-channels'],
  ['inspect', 'given-missing', 'a', '7:12  error given-missing'],
  ['data', 'unknown-given', 'a', '10:9  error unknown-given'],
  ['train', 'predict-contradicts', 'a', '8:56  error predict-contradicts'],
])('weft %s points into the file of %s', async (command, code, recipe, place) => {
  const { status, stdout, stderr } = await weft([command, `${cases}/${code}.weft#${recipe}`]);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain(`${cases}/${code}.weft:${place}`);
});

const text = `model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  output velocity: image(8) = noisy * time * param([1]) @scale
}
train a of M {
  data      = mnist()
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-3)
  teacher   = frozen(M, weights: "m.safetensors")
  batch     = 4
  steps     = 10
}`;

it('gives the warnings of a recipe that has no errors', () => {
  const { spec } = openSpec('m.weft', { text });
  const { model } = spec.elaborate('M');
  const warnings = requireFit(spec, recipeNamed(spec, null), model!);
  expect(warnings.map((d) => d.code)).toEqual(['idle-frozen']);
});

it('reports a setting that was changed by hand at its text, not at the place of the one before', () => {
  const { spec } = openSpec('m.weft', { text });
  const { model } = spec.elaborate('M');
  const [freeze, teacher] = [['m'], { ...recipeNamed(spec, null).teacher!, weights: '/elsewhere/m.safetensors' }];
  const places = (changes: object): string[] =>
    spec.problems({ ...recipeNamed(spec, null), ...changes }, model).map((d) => `${d.code} ${d.span.source.path}`);
  expect(places({ freeze, teacher })).toEqual(['idle-frozen m.weft']);
  const other = { ...teacher.model, text: teacher.model.text.replaceAll('image(8)', 'image(4)') };
  expect(places({ teacher: { ...teacher, model: other } })).toEqual(['teacher-differs teacher = M()']);
});

it('reports what is left out by hand and never read', () => {
  const { spec } = openSpec('m.weft', { text });
  const { model } = spec.elaborate('M');
  const told = spec.problems({ ...recipeNamed(spec, null), labelDrop: 0.1 }, model);
  expect(told.map((d) => `${d.code} ${d.span.start}`)).toEqual([
    `idle-frozen ${text.indexOf('frozen(')}`,
    `unread-condition ${text.indexOf('a of M')}`,
  ]);
});
