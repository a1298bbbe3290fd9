import { expect, it } from '@jest/globals';
import { matchesLabel, trainedWeights } from '../../../src/compiler/programs/freeze';
import { trainStep, type TrainSettings } from '../../../src/compiler/programs/train-step';
import { failureOf } from '../../support/failure';
import { tinyModel } from '../../support/tiny-model';

it.each<[string, string, boolean]>([
  ['blocks', 'blocks.0.attn.weight', true],
  ['blocks.0', 'blocks.0.attn.weight', true],
  ['blocks.0.attn.weight', 'blocks.0.attn.weight', true],
  ['blocks.1', 'blocks.10.attn.weight', false],
  ['block', 'blocks.0.attn.weight', false],
  ['blocks.*.attn', 'blocks.10.attn.weight', true],
  ['*.bias', 'blocks.0.attn.bias', true],
  ['*.bias', 'blocks.0.attn.weight', false],
  ['*', 'anything', true],
  ['a+b', 'a+b.weight', true],
])('the pattern %s and the label %s: %s', (pattern, path, matches) => {
  expect(matchesLabel(pattern, path)).toBe(matches);
});

const settings: TrainSettings = {
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0.1 },
  ema: 0.9,
  labelDrop: 0,
  precision: 'f32',
};

it('keeps no state and no average for what is frozen, and updates it never', () => {
  const model = tinyModel();
  const updated = trainStep(model, { ...settings, freeze: ['block', 'embed'] }).updates.map(
    (u) => u.variable.leaf.name,
  );
  expect(updated.filter((name) => /^(\w+\/)*(block|embed)\./.test(name))).toEqual([]);
  const trained = trainedWeights(model, ['block', 'embed']).map((w) => w.leaf.name);
  expect(trained).toEqual(['condition.time.weight', 'condition.table.weight', 'final.weight', 'final.bias']);
  expect(updated).toEqual(expect.arrayContaining(trained.flatMap((name) => [name, `ema/${name}`])));
});

it('refuses patterns that name nothing, and freezing everything', async () => {
  const model = tinyModel();
  expect(await failureOf(() => trainedWeights(model, ['blocks']))).toMatch(/Tiny has no weight `blocks` to freeze/);
  expect(await failureOf(() => trainedWeights(model, ['*']))).toMatch(/no weight of Tiny is left to train/);
});
