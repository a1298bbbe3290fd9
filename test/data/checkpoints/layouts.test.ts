import { expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import { chooseWeights } from '../../../src/data/checkpoints/layouts';
import { failureOf } from '../../support/failure';

interface Layout {
  readonly c2i: { readonly model_keys_XL: { readonly [key: string]: unknown }; readonly projector_keys: object };
  readonly t2i: { readonly keys: { readonly [key: string]: unknown } };
}
const layout = JSON.parse(readFileSync('test/golden/checkpoint_layout.json', 'utf8')) as Layout;
const classKeys = Object.keys(layout.c2i.model_keys_XL);
const official = [
  ...classKeys.map((key) => `denoiser.${key}`),
  ...classKeys.map((key) => `ema_denoiser.${key}`),
  ...Object.keys(layout.c2i.projector_keys).map((key) => `diffusion_trainer.proj.${key}`),
];
const projectorNames = ['repa.0.weight', 'repa.0.bias', 'repa.2.weight', 'repa.2.bias', 'repa.4.weight', 'repa.4.bias'];

it.each([{}, { names: classKeys }])(
  'finds both sets of weights in the official class checkpoint, given %p',
  (choice) => {
    const tables = new Map([['state_dict', official]]);
    const chosen = {
      ema: chooseWeights('x.ckpt', tables, choice),
      raw: chooseWeights('x.ckpt', tables, { ...choice, which: 'raw' }),
    };
    for (const which of ['ema', 'raw'] as const) {
      expect([...chosen[which].stored.keys()]).toEqual([...classKeys, ...projectorNames]);
      const [first] = chosen[which].stored.values();
      expect(first.name).toBe(`${which === 'ema' ? 'ema_' : ''}denoiser.${classKeys[0]}`);
    }
  },
);

it('finds the weights of the official text checkpoint', () => {
  const keys = Object.keys(layout.t2i.keys);
  const { which, stored } = chooseWeights('x.pth', new Map([['state_dict', keys]]), {});
  const core = keys.filter((k) => k.startsWith('core.')).map((k) => k.slice(5));
  expect([which, ...stored.keys()]).toEqual(['raw', ...core, ...projectorNames]);
});

it('takes names as they are where they have no prefix, and takes several prefixes off', () => {
  const plain = chooseWeights('x', new Map([['', classKeys]]), {});
  expect([...plain.stored.keys()]).toEqual(classKeys);
  const wrapped = chooseWeights('x', new Map([['', classKeys.map((k) => `module._orig_mod.${k}`)]]), {});
  expect([...wrapped.stored.keys()]).toEqual(classKeys);
});

const names = ['blocks.0.weight', 'blocks.1.weight'];
const under = (prefix: string): string[] => names.map((name) => prefix + name);

it.each([
  ...[
    'ema',
    'EMA',
    'model_ema',
    'model_ema1',
    'ema_state_dict',
    'shadow',
    'shadow_params',
    'averaged_model',
    'modelEma',
  ],
  ...['emas.0.9999', 'model.ema', 'ema_0.9999', 'state_dict_ema', 'swa_model', 'avg_model'],
])('takes the averages called %s, as a table and as a prefix, and says so', (place) => {
  const tables = new Map([
    ['model', names],
    [place, names],
  ]);
  for (const given of [tables, new Map([['', [...under('model.'), ...under(`${place}.`)]]])]) {
    const { which, note } = chooseWeights('x.pt', given, { names });
    expect([which, note]).toEqual(['ema', expect.stringContaining(`took averaged weights (${place})`)]);
    expect(chooseWeights('x.pt', given, { names, which: 'raw' }).place).toBe('model');
    expect(chooseWeights('x.pt', given, { names, which: place }).place).toBe(place);
  }
});

const notWeights = [
  ...['optimizer', 'optimizer_states.0', 'lr_scheduler', 'scaler', 'opt_state', 'ema.collected_params'],
  ...['exp_avg', 'exp_avg_sq', 'max_exp_avg_sq', 'momentum_buffer', 'moments', 'grad', 'model.gradients', 'delta'],
];
it.each(notWeights)('takes no weights from the table %s', (place) => {
  const tables = new Map([
    [place, names],
    ['model', names],
  ]);
  expect(chooseWeights('x.pt', tables, { names }).place).toBe('model');
});

it.each(['optimizer_states.0.ema', 'optimizer.ema.shadow'])(
  'takes the averages that an optimiser keeps in %s',
  (place) => {
    const tables = new Map([
      ['model', names],
      [place, names],
    ]);
    expect(chooseWeights('x.pt', tables, { names }).place).toBe(place);
  },
);

it('says when averages lack weights, and takes raw ones then', () => {
  const tables = new Map([
    ['model', names],
    ['ema', names.slice(1)],
  ]);
  const { which, note } = chooseWeights('x.pt', tables, { names });
  expect(which).toBe('raw');
  expect(note).toContain('took raw weights (model); averaged weights (ema) has only 1 of 2 weights');
});

it('names the best set where none is called as asked', async () => {
  const tables = new Map([['model', names]]);
  expect(await failureOf(() => chooseWeights('x.pt', tables, { names, which: 'student' }))).toMatch(
    /holds no weights that are called "student"\.[^]*best set is raw weights \(model\)/,
  );
});

it.each([
  ['diffusion_modelblocks0weight', 'blocks1weight'],
  ['blocks_0_weight', 'blocks_1_weight'],
  ['ema_blocks.0.weight', 'ema_blocks.1.weight'],
])('finds averages whose names were made fit for buffers: %s', (...stored) => {
  const kept = [...stored, 'num_updates'].map((name) => `model_ema.${name}`);
  const tables = new Map([['', [...under('model.diffusion_model.'), ...kept]]]);
  const chosen = chooseWeights('x.ckpt', tables, { names });
  expect([chosen.which, ...names.map((name) => chosen.stored.get(name)?.name)]).toEqual(['ema', ...kept.slice(0, 2)]);
});

it('tells the averages from the weights they follow, kept in one table', () => {
  const tables = new Map([['ema', [...under('online_model.'), ...under('ema_model.'), 'step']]]);
  const place = (which: string): string => chooseWeights('x.pt', tables, { names, which }).place;
  expect([place('ema'), place('raw')]).toEqual(['ema.ema_model', 'ema.online_model']);
});
