import { expect, it } from '@jest/globals';
import { keptMethod } from '../../../src/compiler/programs/kept-method';
import { shippedMethod } from '../../../src/compiler/programs/shipped-method';
import { writtenStandard } from '../../../src/compiler/recipe/choices';
import { optimizers } from '../../../src/compiler/recipe/optimizers';
import { sourceOf } from '../../../src/compiler/bind/signature';

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
