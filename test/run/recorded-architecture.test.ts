/** Weights that are used with another architecture of the same shapes are told, and a run goes on with none but its own. */
import { beforeAll, expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { compile, exportOnnx, exportToDiffusers, loadWeights, train, verifyOnnx } from '../../src/index';
import type { Compiled } from '../../src/index';
import { writeSafetensors } from '../../src/data/safetensors';
import type { TrainingData } from '../../src/train/batches';
import { otherArchitecture } from '../../src/run/recorded-architecture';
import { shortRecipe } from '../support/recipe';
import { suiteFolder } from '../support/folder';

const recipe = shortRecipe({ clip: null, steps: 1, checkpoint: 1, ema: 0.5 });
const data: TrainingData = {
  classes: [],
  count: 4,
  batch: async () => ({ x0: { shape: [4, 3, 4, 4], dtype: 'f32', data: new Float32Array(192).fill(0.5) } }),
};
const folder = suiteFolder();

/** Heads change no shape of a weight; nor does the sign of what is added. */
const text = `model M(heads: Int = 2, size: Size = 4x4) {
  input noisy: image(size)
  input time:  time(noise: 0, data: 1)
  let x = linear(rearrange(noisy, "c h w -> (h w) c"), 8) @in + linear(rearrange(time, "-> 1"), 8) @t
  let q = rearrange(x, "n (h d) -> h n d", h: heads)
  let y = x + rearrange(attend(q, q, q), "h n d -> n (h d)")
  tap seen = y
  output velocity: image(size) = rearrange(linear(y, 3) @out, "(h w) c -> c h w", h: size.height)
}`;
const others = {
  'other hyper-parameters': { text, set: { heads: 4 }, difference: 'heads: 2 before, 4 now' },
  'another default': { text: text.replace('= 2', '= 1'), set: {}, difference: 'heads: 2 before, 1 now' },
  'another size': { text, set: { size: '8x8' }, difference: 'size: 4x4 before, 8x8 now' },
  'other words': { text: text.replace('= x +', '= x -'), set: {}, difference: 'computes something else' },
};
const same = {
  'the same spec': text,
  'other spaces': text.replace('x + ', 'x  +  '),
  'other initial values': text.replace('c"), 8)', 'c"), 8, init: zero)'),
  'a hyper-parameter more': text.replace('M(', 'M(unused: Int = 1, '),
};

function compiled(spec: string, set: { readonly [name: string]: string | number } = {}): Compiled {
  return compile('m.weft', { text: spec, set });
}

const run = join(folder, 'run');
beforeAll(async () => {
  for await (const _ of train(compiled(text).model, recipe, { data, out: run, backend: 'tfjs' }));
});

async function toldOf(path: string, { model }: Compiled): Promise<string> {
  const notes: string[] = [];
  await loadWeights(path, model, { tell: (note) => notes.push(note) });
  return notes.filter((note) => !note.includes('averaged weights')).join('\n');
}

it.each(Object.entries(others))('tells weights that were trained with %s', async (_, { text, set, difference }) => {
  for (const name of ['weights', 'ema'])
    expect(await toldOf(join(run, `${name}.safetensors`), compiled(text, set))).toContain(difference);
});

it.each(Object.entries(same))('says nothing of weights that were trained with %s', async (_, text) => {
  expect(await toldOf(join(run, 'weights.safetensors'), compiled(text))).toBe('');
});

it('keeps both in the folder of an exported model, with its conventions', async () => {
  const weights = join(run, 'weights.safetensors');
  const out = join(folder, 'exported');
  await exportToDiffusers(compiled(text).model, out, { weights });
  expect(await toldOf(out, compiled(text))).toBe('');
  for (const { text, set, difference } of Object.values(others))
    expect(await toldOf(out, compiled(text, set))).toContain(difference);
  const backwards = compiled(text.replace('noise: 0, data: 1', 'noise: 1, data: 0'));
  await expect(loadWeights(out, backwards.model)).rejects.toThrow('belongs to a model that predicts');
});

it('says of an exported file what it was made with', async () => {
  const weights = join(run, 'weights.safetensors');
  const path = join(folder, 'm.onnx');
  await exportOnnx(compiled(text).model, { weights, path });
  const notes: string[] = [];
  const tell = (note: string): number => notes.push(note);
  const { passed } = await verifyOnnx(path, compiled(text, { heads: 4 }).model, { weights, backend: 'tfjs', tell });
  expect(passed).toBe(false);
  expect(notes.join('\n')).toContain(`${path} was made with other hyper-parameters: heads: 2 before, 4 now`);
});

it('takes what a file says only where it can be read', async () => {
  const path = join(folder, 'odd.safetensors');
  const { model } = compiled(text);
  const weights = await loadWeights(join(run, 'weights.safetensors'), model, { tell: () => {} });
  await writeSafetensors(path, weights, { metadata: { hyperparameters: '{"heads"', computes: '0' } });
  expect(await toldOf(path, { ...compiled(text), model })).toBe('');
});

it('goes on with a run only by a spec that computes the same', async () => {
  const out = join(folder, 'resumed');
  const file = join(folder, 'edited.weft');
  const resume = async (spec: string, steps: number, first = false): Promise<void> => {
    writeFileSync(file, spec);
    for await (const _ of train(
      compile(file).model,
      { ...recipe, steps },
      { data, out, resume: !first, backend: 'tfjs' },
    ));
  };
  await resume(text, 1, true);
  await resume(text.replace('x + ', 'x  +  '), 2);
  await expect(resume(others['other words'].text, 3)).rejects.toThrow('computes something else from the same weights');
  // What an alignment reads has moved, though what the model gives has not.
  await expect(resume(text.replace('tap seen = y', 'tap seen = x'), 3)).rejects.toThrow('computes something else');
});

it.each(['[[[', '"x"', '[1]'])('says that hyper-parameters cannot be read: %s', async (hyperparameters) => {
  expect(otherArchitecture(compiled(text).model, 'w', { weft: '0', hyperparameters })).toMatch(
    /what w says of its hyper-parameters cannot be read/,
  );
});
