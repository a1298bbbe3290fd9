import { expect, it } from '@jest/globals';
import { openSession } from '../../../src/backends/open';
import type { HostTensor } from '../../../src/backends/session';
import { variable } from '../../../src/compiler/ir/graph';
import { matchesLabel, trainedWeights, type Selection } from '../../../src/compiler/programs/freeze';
import { trainStep, type TrainSettings } from '../../../src/compiler/programs/train-step';
import { isNativeAvailable } from '../../../src/setup/native';
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

const optimizers: readonly TrainSettings['optimizer'][] = [
  settings.optimizer,
  { kind: 'came', rate: 1e-3, betas: [0.9, 0.999, 0.9999], eps: [1e-30, 1e-16], clip: 1, decay: 0.1 },
  { kind: 'muon', rate: 1e-3, momentum: 0.95, steps: 5, decay: 0.1, betas: [0.9, 0.95], eps: 1e-8 },
];

it.each(optimizers)('keeps no state and no average for what is frozen, and updates it never: %p', (optimizer) => {
  const model = tinyModel();
  const updated = trainStep(model, { ...settings, optimizer, freeze: ['block', 'embed'] }).updates.map(
    (u) => u.variable.leaf.name,
  );
  expect(updated.filter((name) => /^(\w+\/)*(block|embed)\./.test(name))).toEqual([]);
  const trained = trainedWeights(model, { freeze: ['block', 'embed'] }).map((w) => w.leaf.name);
  expect(trained).toEqual(['condition.time.weight', 'condition.table.weight', 'final.weight', 'final.bias']);
  expect(updated).toEqual(expect.arrayContaining(trained.flatMap((name) => [name, `ema/${name}`])));
});

it('refuses patterns that name nothing, and freezing everything', async () => {
  const model = tinyModel();
  const failure = (selection: Selection): Promise<string> => failureOf(() => trainedWeights(model, selection));
  const inStep = (selection: Selection): Promise<string> =>
    failureOf(() => trainStep(model, { ...settings, ...selection }));
  expect(await inStep({ freeze: ['blocks'] })).toMatch(
    /Tiny has no weight `blocks` to freeze\.[^]*Did you mean block or/,
  );
  expect(await inStep({ train: ['block', 'nothing'] })).toMatch(
    /Tiny has no weight `nothing` to train\.[^]*weft inspect/,
  );
  expect(await failure({ freeze: ['*'] })).toMatch(/With `freeze` no weight of Tiny is left to train/);
  expect(await failure({ train: ['block'], freeze: ['block'] })).toMatch(/With `train` and `freeze` no weight/);
});

it('trains what `train` names and `freeze` does not', () => {
  const names = trainedWeights(tinyModel(), { train: ['block', 'final'], freeze: ['*.norm', '*.bias'] });
  expect(names.map((w) => w.leaf.name)).toEqual([
    'block.q.weight',
    'block.k.weight',
    'block.v.weight',
    'block.gate.weight',
    'final.weight',
  ]);
});

it.each(['reference', 'tfjs', ...(isNativeAvailable() ? (['tensorflow'] as const) : [])] as const)(
  'holds a frozen weight that the loss does not depend on, as it is, on %s',
  async (backend) => {
    const tiny = tinyModel();
    const idle = variable('idle.weight', [2], { kind: 'constant', value: 0.5 }, 'weight');
    const model = { ...tiny, weights: [...tiny.weights, idle] };
    const program = trainStep(model, { ...settings, freeze: ['idle'] });
    const session = await openSession(backend, [program], { bindings: { batch: 1 }, seed: 1 });
    const numbers = (shape: number[], x: number, dtype: 'f32' | 'i32' = 'f32'): HostTensor => {
      const data = new Array<number>(shape.reduce((a, b) => a * b, 1)).fill(x);
      return { shape, dtype, data: dtype === 'f32' ? Float32Array.from(data) : Int32Array.from(data) };
    };
    const seed = numbers([], 1, 'i32');
    const inputs = {
      x0: numbers([1, 3, 4, 4], 0.5),
      y: numbers([1], 0, 'i32'),
      rate: numbers([], 1e-3),
      clip: numbers([], 1),
      seed,
    };
    for (let step = 0; step < 2; step++) await session.run('train_step', inputs);
    expect([...(await session.get(['idle.weight']))['idle.weight'].data]).toEqual([0.5, 0.5]);
    await session.dispose();
  },
);

it('refuses a decay that leaves out all that is trained', () => {
  const step = (except: string[]) => () =>
    trainStep(tinyModel(), {
      ...settings,
      freeze: ['block'],
      optimizer: { ...settings.optimizer, decayExcept: except },
    });
  expect(step(['*'])).toThrow('`except` names every weight of Tiny that is trained');
  expect(step(['embed', 'condition', 'final'])).toThrow('`except` names every weight of Tiny that is trained');
  expect(step(['embed', 'condition'])).not.toThrow();
});
