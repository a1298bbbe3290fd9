import { expect, it } from '@jest/globals';
import { printProgram } from '../../../src/compiler/ir/print';
import { optimize } from '../../../src/compiler/optimize/pipeline';
import { keptFile, keptMethod } from '../../../src/compiler/programs/kept-method';
import { shippedMethod } from '../../../src/compiler/programs/shipped-method';
import { trainStep } from '../../../src/compiler/programs/train-step';
import { writtenStandard } from '../../../src/compiler/recipe/choices';
import { optimizers } from '../../../src/compiler/recipe/optimizers';
import { sourceOf } from '../../../src/compiler/bind/signature';
import { elaborateModel, openSpec, recipeNamed } from '../../../src/spec/open';

it.each(Object.entries(optimizers))('declares %s with the parameters of its word', (name, { parameters }) => {
  const { declaration } = keptMethod('optimizer', shippedMethod('optimizer', name, { rate: 'rate' }));
  const declared = declaration.parameters.map((p) => [p.name.name, p.default ? sourceOf(p.default) : undefined]);
  const words = Object.entries(parameters).map(([parameter, { standard }]) => [
    parameter,
    standard === undefined ? undefined : writtenStandard(standard),
  ]);
  expect(declared).toEqual(words);
});

it('writes values as a recipe would', () => {
  const { call, text } = shippedMethod('optimizer', 'came', { rate: 'rate', eps: [1e-30, 1e-16], clip: 0.5 });
  expect(call).toBe('came(rate: rate, eps: (1e-30, 1e-16), clip: 0.5)');
  expect(text).toContain('\noptimizer came(');
});

/** The state that a recipe's own declaration keeps has the names of its inputs after this. */
const kept = /\bkept\./g;

it.each(['adamw(rate: 1e-3, betas: (0.9, 0.95), decay: 0.01)', 'came(rate: 1e-4)', 'muon(rate: 3e-3)'])(
  'computes with %s as an import the step that its word gives, op by op',
  (call) => {
    const stepOf = (first: string): readonly string[] => {
      const text = `${first}
model M(width: Int = 6) {
  input noisy: image(4)
  input time:  time(noise: 0, data: 1)
  let wide = silu(linear(rearrange(noisy, "c h w -> (h w) c"), width) @up) + time
  output velocity: image(4) = rearrange(linear(wide, 3) @down, "(h w) c -> c h w", h: 4)
}
train a of M {
  data      = mnist()
  objective = rectified_flow(time: uniform)
  optimizer = ${call}
  batch     = 2
  steps     = 1
}
`;
      const { spec } = openSpec('own.weft', { text });
      const step = optimize(trainStep(elaborateModel(spec, 'M'), recipeNamed(spec, 'a')));
      return printProgram(step).replace(kept, '').split('\n');
    };
    const name = call.slice(0, call.indexOf('('));
    // The state is listed by name at the end.
    expect(stepOf(`import { ${name} } from "std/optimizers"`).toSorted()).toEqual(stepOf('').toSorted());
  },
);

it('reads the texts of the compiler once, however many sections use them', () => {
  const { text } = shippedMethod('solver', 'euler', { shift: 1 });
  expect(keptFile('one', text).file).toBe(keptFile('two', text).file);
  const own = `${text}\n`;
  expect(keptFile('one', own).file).not.toBe(keptFile('one', own).file);
});
