import { expect, it } from '@jest/globals';
import { checkWeights, type NamedShape } from '../../src/data/check-weights';
import { failureOf } from '../support/failure';

const model: NamedShape[] = [
  { name: 'embed.weight', shape: [8, 4] },
  { name: 'blocks.0.attn.weight', shape: [4, 4] },
  { name: 'blocks.1.attn.weight', shape: [4, 4] },
  { name: 'blocks.2.attn.weight', shape: [4, 4] },
  { name: 'final.bias', shape: [3] },
];

it('accepts the same names and shapes in any order', () => {
  expect(() => checkWeights(model, [...model].reverse())).not.toThrow();
});

it('lists all that is missing, misshapen or unknown at once', async () => {
  const found = [
    { name: 'embed.weight', shape: [4, 8] },
    { name: 'blocks.0.attn.weight', shape: [4, 4] },
    { name: 'final.bais', shape: [3] },
  ];
  expect(await failureOf(() => checkWeights(model, found, { where: 'the weights in w.safetensors' }))).toBe(
    `The weights in w.safetensors do not fit the model: 3 of 5 tensors are missing, 1 has another shape, 1 is unknown to the model.
  missing  blocks.1.attn.weight [4, 4] (and 1 like it)
  missing  final.bias [3] — the file has final.bais
  shape    embed.weight: the model has [8, 4], the file [4, 8], its transpose
  unknown  final.bais [3]
The matrices are transposed: weights of linear layers are stored [out, in].`,
  );
});

it('sees a prefix on every name', async () => {
  const found = model.map(({ name, shape }) => ({ name: `module.${name}`, shape }));
  expect(await failureOf(() => checkWeights(model, found))).toContain('Every name in the file begins with "module."');
});

it('shows twenty lines and counts the rest', async () => {
  const many = Array.from({ length: 26 }, (_, i) => ({ name: `${String.fromCharCode(97 + i)}.weight`, shape: [1] }));
  const lines = (await failureOf(() => checkWeights(many, []))).split('\n');
  expect(lines).toHaveLength(1 + 20 + 1 + 1);
  expect(lines[21]).toBe('  … and 6 more lines');
});

it('lets unknown tensors through when asked, but not missing ones', async () => {
  const more = [...model, { name: 'projector.weight', shape: [2] }];
  expect(() => checkWeights(model, more, { extra: 'ignore' })).not.toThrow();
  expect(await failureOf(() => checkWeights(more, model, { extra: 'ignore' }))).toMatch(/1 of 6 tensors is missing/);
});
