/** A step that reads the copies of a weight in several places holds each of them once. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import { renderText } from '../../../src/compiler/diagnostics/render';
import { variablesOf } from '../../../src/compiler/ir/graph';
import { trainStep } from '../../../src/compiler/programs/train-step';
import { memoryOf } from '../../../src/compiler/report/memory';
import { readSpec } from '../../support/compile';

const spec = (calls: string): string => `
objective own() {
  let t = 0.5
  return mean(square(model(image, time: t) ${calls}), axis: all)
}
model M() {
  input noisy: image(4x4)
  input time:  time(noise: 0, data: 1)
  let x = silu(linear(rearrange(noisy, "c h w -> (h w) c"), 4) @in + linear(stack(time, 1 - time), 4) @time)
  output velocity: image(4x4) = rearrange(linear(x, 3) @out, "(h w) c -> c h w", h: 4)
}
train a of M {
  data      = mnist()
  objective = own
  teacher   = frozen(M, weights: "m.safetensors")
  optimizer = adamw(rate: 1e-3)
  ema       = [0.5, 0.9]
  batch     = 2
  steps     = 50
}`;

const once = '- average(image, time: t) - start(image, time: t) - teacher(image, time: t)';
const twice = `${once} - average(0.5 * image, time: t) - start(0.5 * image, time: t) - teacher(0.5 * image, time: t)`;

it.each([once, twice])('has one variable of each name: %s', (calls) => {
  const file = checkFile('m.weft', (path) => (path === 'm.weft' ? spec(calls) : readSpec(path)));
  expect(renderText(file.diagnostics, { colors: false })).toBe('');
  const model = file.elaborate('M').model!;
  const [recipe] = file.recipes;
  const names = variablesOf(trainStep(model, recipe)).map((v) => v.leaf.name);
  expect(names.toSorted()).toEqual([...new Set(names)].toSorted());
  expect(names.filter((name) => name.endsWith('in.weight'))).toHaveLength(7);
  // Averages, of which there are two, and nothing else.
  expect(memoryOf(model, recipe).ema).toBe(2 * memoryOf(model, recipe).weights);
});
