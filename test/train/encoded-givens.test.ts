/** Conditions that an encoder makes of the images of a step, or of a folder's, and those of one file: in training and in sampling. */
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import sharp from 'sharp';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import { checkFile } from '../../src/compiler/compile';
import { resizeImages } from '../../src/data/resize';
import { train } from '../../src/index';
import { writeNpy } from '../../src/data/npy';
import { writeSafetensors } from '../../src/data/safetensors';
import { markedGiven } from '../../src/compiler/sections/given-values';
import { completeGiven } from '../../src/sample/complete-given';
import { readConditions } from '../../src/sample/given';
import { isNativeAvailable } from '../../src/setup/native';
import { elaborateModel, openSpec, recipeNamed } from '../../src/spec/open';
import { openTrainingData } from '../../src/train/data';
import { madeConditions } from '../../src/train/made-conditions';
import { suiteFolder } from '../support/folder';
import { trainedLosses } from '../support/trained-losses';

const folder = suiteFolder();
const backends = isNativeAvailable() ? (['tfjs', 'tensorflow'] as const) : (['tfjs'] as const);
const names = ['a/0', 'a/1', 'b/2', 'b/3'];

/** Weights of `Net`: `style` is the mean over the left half of the picture, and 1 less than that over all of it. */
const weights: HostTensors = {
  'out.weight': {
    shape: [2, 192],
    dtype: 'f32',
    data: Float32Array.from({ length: 384 }, (_, i) => (i >= 192 ? 1 / 192 : i % 8 < 4 ? 1 / 96 : 0)),
  },
  'out.bias': { shape: [2], dtype: 'f32', data: Float32Array.of(0, -1) },
};

const specText = (given: string, data = 'folder("pics", flip: true)'): string => `
block Flat(x: [3, h, w], width: Int) -> [width] { return linear(rearrange(x, "c h w -> (c h w)"), width) @out }
model Net(width: Int = 3) {
  input picture: [3, 8, 8]
  output style: [width] = Flat(picture, width)
}
model Sized(side: Int = 8) {
  require side % 2 == 0, "a side of {side} is odd"
  input picture: [3, side, side]
  output style: [2] = Flat(picture, 2)
}
model Grey() {
  input picture: [1, 8, 8]
  output style: [2] = linear(rearrange(picture, "c h w -> (c h w)"), 2) @out
}
model M(width: Int = 2) {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  input style: [width]
  let out = linear(rearrange(noisy, "c h w -> (h w) c"), 3) @out + linear(style, 3) @style
  output velocity: image(8) = rearrange(out, "(h w) c -> c h w", h: 8) * time
}
train t of M {
  data = ${data}
  given style = ${given}
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-2)
  batch = 4
  steps = 6
  checkpoint = 3
}
`;

/** A picture whose left half has a level, and whose right half another. */
async function picture(path: string, left: number, right: number): Promise<void> {
  mkdirSync(dirname(path), { recursive: true });
  const pixels = Buffer.from(Array.from({ length: 192 }, (_, i) => (Math.floor(i / 3) % 8 < 4 ? left : right)));
  await sharp(pixels, { raw: { width: 8, height: 8, channels: 3 } })
    .png()
    .toFile(path);
}

beforeAll(async () => {
  for (const [i, name] of names.entries()) {
    await picture(join(folder, `pics/${name}.png`), 20 * i, 50 + 30 * i);
    await picture(join(folder, `styles/${name}.png`), 255 - 10 * i, 10 * i);
  }
  await writeSafetensors(join(folder, 'net.safetensors'), weights);
});

function opened(given: string, data?: string) {
  const path = join(folder, 'm.weft');
  writeFileSync(path, specText(given, data));
  const { spec } = openSpec(path);
  const [model, recipe] = [elaborateModel(spec, 'M'), recipeNamed(spec, null)];
  const options = { cache: join(folder, 'cache'), onWarning: () => {} };
  return { model, recipe, data: () => openTrainingData(model, recipe, options) };
}

const encode = 'encode(image, Net(width: 1 + 1), weights: "net.safetensors")';
const level = (byte: number): number => byte / 127.5 - 1;

/** What `Net` says of pictures. */
function styleOf({ shape, data }: HostTensor): number[] {
  return Array.from({ length: shape[0] }).flatMap((_, row) => {
    const own = data.subarray(192 * row, 192 * (row + 1));
    const mean = (of: readonly number[]): number => of.reduce((a, b) => a + b) / of.length;
    const left = [...own].filter((_, i) => i % 8 < 4);
    return [mean(left), mean([...own]) - 1];
  });
}

const near = (values: readonly number[]) => values.map((v) => expect.closeTo(v, 5));

it('keeps the encoder with the recipe, with the file of its weights at a place of its own', () => {
  const { recipe } = opened(encode);
  const [call, ...declarations] = recipe.given!.style.split('\n');
  expect(call).toBe(`encode(image, Net(width: 1 + 1), weights: "${join(folder, 'net.safetensors')}")`);
  expect(declarations.join('\n')).toMatch(/^block Flat[^]*model Net/);
});

it.each(backends)('encodes the images of a step as it shows them, on %s', async (backend) => {
  const { model, recipe, data: open } = opened(encode);
  const data = await open();
  const batch = await data.batch(1);
  expect(Object.keys(batch)).toEqual(['x0']);
  const { style } = await madeConditions(model, batch, { given: recipe.given, seed: 0, batch: 4, backend });
  expect([...style.data]).toEqual(near(styleOf(batch.x0)));
  await data.close();
});

it.each(backends)(
  'trains as with the arithmetic that the encoder does, and resumes without its file, on %s',
  async (backend) => {
    const losses = (given: string, out: string, steps: number, resume = false): Promise<number[]> =>
      trainedLosses(opened(given), steps, { out: join(folder, `${backend}-${out}`), resume, backend });
    const whole = await losses(encode, 'whole', 6);
    const half = (i: number): string =>
      `slice(mean(rearrange(mean(mean(image, axis: 0), axis: 0), "(g w) -> g w", g: 2), axis: 1), ${i}, 1, axis: 0)`;
    const arithmetic = `concat(${half(0)}, (${half(0)} + ${half(1)}) / 2 - 1, axis: 0)`;
    const same = await losses(arithmetic, 'same', 6);
    expect(whole).toEqual(near(same));
    const first = await losses(encode, 'parts', 3);
    const [file, away] = [join(folder, 'net.safetensors'), join(folder, 'away.safetensors')];
    renameSync(file, away);
    expect([...first, ...(await losses(encode, 'parts', 6, true))]).toEqual(whole);
    await expect(losses(encode, 'fresh', 3)).rejects.toThrow('net.safetensors does not exist');
    renameSync(away, file);
  },
);

it('encodes the partner of each image, mirrored alike', async () => {
  const { model, recipe, data: open } = opened('encode(folder("styles"), Net(width: 2), weights: "net.safetensors")');
  const data = await open();
  const batch = await data.batch(0);
  expect(Object.keys(batch).sort()).toEqual(['style_picture', 'x0']);
  const { style } = await madeConditions(model, batch, { given: recipe.given, seed: 0, batch: 4, backend: 'tfjs' });
  expect([...style.data]).toEqual(near(styleOf(batch.style_picture)));
  for (let row = 0; row < 4; row++) {
    const [shown, beside] = [batch.x0, batch.style_picture].map((t) => t.data[192 * row] < t.data[192 * row + 7]);
    expect(beside).toBe(!shown);
  }
  await data.close();
});

it.each(backends)('brings pictures to the size of the encoder as alignment does, on %s', async (backend) => {
  for (const side of [16, 12, 4]) {
    const [net, size] = [`Sized(side: ${side})`, 3 * side * side];
    const file = `sized-${side}.safetensors`;
    const weight = Float32Array.from({ length: 2 * size }, (_, i) => Math.sin(i) / side);
    await writeSafetensors(join(folder, file), {
      'out.weight': { shape: [2, size], dtype: 'f32', data: weight },
      'out.bias': { shape: [2], dtype: 'f32', data: Float32Array.of(0.5, -1) },
    });
    const { model, recipe, data: open } = opened(`encode(image, ${net}, weights: "${file}")`);
    const data = await open();
    const batch = await data.batch(1);
    const { style } = await madeConditions(model, batch, { given: recipe.given, seed: 0, batch: 4, backend });
    const { data: seen } = resizeImages(batch.x0, side, side);
    const of = (row: number, out: number): number =>
      [...seen.subarray(size * row, size * (row + 1))].reduce(
        (sum, x, i) => sum + x * weight[size * out + i],
        [0.5, -1][out],
      );
    expect([...style.data]).toEqual(near([0, 1, 2, 3].flatMap((row) => [of(row, 0), of(row, 1)])));
    await data.close();
  }
});

it.each([
  [
    'encode(mean(image, axis: 0, keep: true), Net(width: 2), weights: "net.safetensors")',
    'Net takes picture [3, 8, 8], but `encode` gives it one tensor [1, 8, 8]: 1 channel for 3.',
    'Repeat it: `concat(x, x, x, axis: 0)`.',
  ],
  [
    'encode(image, Grey, weights: "net.safetensors")',
    'Grey takes picture [1, 8, 8], but `encode` gives it one tensor [3, 8, 8]: 3 channels for 1.',
    'Take their mean: `mean(x, axis: 0, keep: true)`.',
  ],
  [
    'encode(slice(image, 0, 4, axis: 1), Net(width: 2), weights: "net.safetensors")',
    'Net takes picture [3, 8, 8], but `encode` gives it one tensor [3, 4, 8]: 4 rows of 8 pixels have another form than 8 of 8.',
    'Cut a part out, as `slice(x, 2, 4, axis: 2)` does, or stretch it: `resample(x, 8x8)`.',
  ],
  [
    'encode(mean(image, axis: 0), Net(width: 2), weights: "net.safetensors")',
    'Net takes picture [3, 8, 8], but `encode` gives it one tensor [8, 8].',
    'An encoder has one input. Change the picture, or give Net the hyper-parameters for it.',
  ],
  [
    'encode(image, Net(width: 2), weights: efficientnet)',
    '`weights` of encode should be a file in quotes, or efficientnet_lite0, but this is the name efficientnet.',
    null,
  ],
  [
    'encode(image, Sized(side: 7), weights: "net.safetensors")',
    'a side of 7 is odd.',
    'Values of side that meet this, nearest first: 8, 6, 10, 4, 12, 2, 14, 16.',
  ],
])('says of %s what is wrong, and how to mend it', (given, message, hint) => {
  const { diagnostics } = checkFile('m.weft', () => specText(given));
  const [first] = diagnostics.filter((d) => d.severity === 'error');
  expect([first?.message, first?.hint]).toEqual([message, hint]);
});

it('refuses weights that do not fit, before images are prepared', async () => {
  await writeSafetensors(join(folder, 'narrow.safetensors'), {
    ...weights,
    'out.weight': { shape: [2, 64], dtype: 'f32', data: new Float32Array(128) },
  });
  const given = 'encode(image, Net(width: 2), weights: "narrow.safetensors")';
  await expect(trainedLosses(opened(given), 1, { out: join(folder, 'narrow'), backend: 'tfjs' })).rejects.toThrow(
    'out.weight',
  );
});

it('gives all images the single row of a file, and each its own of a table, in any order', async () => {
  await writeNpy(join(folder, 'one.npy'), { shape: [2], data: Float32Array.of(3, 4) });
  const table = { shape: [4, 2], data: Float32Array.from({ length: 8 }, (_, i) => i) };
  await writeNpy(join(folder, 'table.npy'), table);
  await writeSafetensors(join(folder, 'table.safetensors'), { style: { ...table, dtype: 'f32' } });
  const rows = async (file: string): Promise<HostTensors> => {
    const data = await opened(`file("${file}")`).data();
    const batch = await data.batch(2);
    await data.close();
    return batch;
  };
  expect([...(await rows('one.npy')).style.data]).toEqual([3, 4, 3, 4, 3, 4, 3, 4]);
  for (const file of ['table.npy', 'table.safetensors']) {
    const { x0, style } = await rows(file);
    const order = Array.from(
      { length: 4 },
      (_, row) =>
        // The levels of a picture are its number's, and mirroring swaps them.
        Math.round((Math.min(x0.data[192 * row], x0.data[192 * row + 7]) + 1) * 127.5) / 20,
    );
    expect([...order].sort()).toEqual([0, 1, 2, 3]);
    expect([...style.data]).toEqual(order.flatMap((i) => [2 * i, 2 * i + 1]));
  }
});

it.each([
  ['three.npy', [3, 2], 'has 3 rows for 4 images'],
  ['wide.npy', [4, 3], '`style` is [4, 3], but M takes [n, 2]'],
])('refuses %s', async (file, shape, why) => {
  await writeNpy(join(folder, file), { shape, data: new Float32Array(shape[0] * shape[1]) });
  await expect(opened(`file("${file}")`).data()).rejects.toThrow(why);
});

it('does not resume with another file', async () => {
  const path = join(folder, 'kept.npy');
  await writeNpy(path, { shape: [2], data: Float32Array.of(1, 2) });
  const run = async (steps: number, resume: boolean): Promise<void> => {
    const { model, recipe, data: open } = opened('file("kept.npy")');
    const data = await open();
    const out = join(folder, 'filed');
    for await (const _ of train(model, { ...recipe, steps }, { data, out, resume, backend: 'tfjs' }));
    await data.close();
  };
  await run(3, false);
  rmSync(path);
  await writeNpy(path, { shape: [2], data: Float32Array.of(1, 3) });
  await expect(run(6, true)).rejects.toThrow('`style`');
});

it('encodes a picture that is given for drawing, as the recipe does it', async () => {
  const path = join(folder, 'given.png');
  await picture(path, 200, 40);
  const expected = [level(200), (level(200) + level(40)) / 2 - 1];
  for (const given of [encode, 'encode(folder("styles"), Net(width: 2), weights: "net.safetensors")']) {
    const { model, recipe } = opened(given);
    const notes: string[] = [];
    const written = { style: markedGiven('style', { values: [path, path] }, recipe.given!) };
    const { style } = await readConditions(model, written, (note) => notes.push(note));
    expect([style.shape, [...style.data]]).toEqual([[2, 2], near([...expected, ...expected])]);
    expect(notes.at(-1)).toContain('encoded as the recipe does it');
  }
});

it('draws with what a recipe gives to all images, and asks for a picture where its encoder reads a folder', async () => {
  await writeNpy(join(folder, 'all.npy'), { shape: [2], data: Float32Array.of(5, 6) });
  const complete = async (given: string): Promise<HostTensors> => {
    const { model, recipe } = opened(given);
    const how = { given: recipe.given, seed: 0, count: 2, backend: 'tfjs', tell: () => {} } as const;
    return completeGiven(model, {}, undefined, how);
  };
  expect([...(await complete('file("all.npy")')).style.data]).toEqual([5, 6, 5, 6]);
  const folderOf = 'encode(folder("styles"), Net(width: 2), weights: "net.safetensors")';
  await expect(complete(folderOf)).rejects.toThrow('M is conditioned on `style`, which is not given');
});
