import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import { averagesOf } from '../../../src/compiler/recipe/averages';
import { requireRecipe } from '../../../src/train/run-schema';

function open(ema: string) {
  const text = `model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  output velocity: image(8) = noisy * linear(broadcast(time, [1]), 1) @shift
}
train a of M {
  data = mnist()
  objective = rectified_flow(time: uniform)
  optimizer = adamw(rate: 1e-4)
  ema = ${ema}
  batch = 2
  steps = 100k
}`;
  return checkFile('a.weft', (path) => (path === 'a.weft' ? text : null));
}

it.each([
  ['0.99', 0.99, ['ema']],
  ['[0.99]', 0.99, ['ema']],
  ['power(0.05)', { kind: 'power', width: 0.05 }, ['ema']],
  ['[0.999, 0.9999]', [0.999, 0.9999], ['ema', 'ema-0.9999']],
  ['(power(0.05), 0.99, power(0.1))', undefined, ['ema', 'ema-0.99', 'ema-power-0.1']],
])('reads %s', (written, value, names) => {
  const { recipes, diagnostics } = open(written);
  expect(diagnostics).toEqual([]);
  requireRecipe(recipes[0]);
  if (value !== undefined) expect(recipes[0].ema).toEqual(value);
  expect(averagesOf(recipes[0].ema).map((a) => a.name)).toEqual(names);
});

it.each([
  ['[0.99, 0.99]', 'duplicate-setting', /ema 0\.99/],
  ['[]', 'setting-kind', /a decay such as/],
  ['1', 'out-of-range', /below 1/],
  ['[0.5, 1]', 'out-of-range', /below 1/],
  ['power(0.3)', 'out-of-range', /from 0\.001 to 0\.28|between/],
  ['powr(0.1)', 'setting-kind', /power\(width\)/],
  ['[0.99, 0.9999999]', 'average-too-long', /0\.9999999/],
])('refuses or warns of %s', (written, code, message) => {
  const [found] = open(written).diagnostics;
  expect(found.code).toBe(code);
  expect(`${found.message} ${found.hint}`).toMatch(message);
});
