import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { withTemporaryFolder } from '../../src/files/atomic';
import { loadWeights, type LoadOptions } from '../../src/run/load-weights';
import { failureOf } from '../support/failure';
import { f32, inBytes, modelOf, storeTensors, type Stored } from '../support/stored';

type File = { readonly [name: string]: Stored };

/** Two layers of [2, 3] with a bias. */
const model = modelOf(`model M(depth: Int = 2) {
  input noisy: image(3x3)
  input time: scalar
  output velocity: image(3x3) = noisy |> repeat(depth) linear(3) @blocks
}`);

const numbers = [1, 2, 3, 4, 5, 6, 7, 8, 9];
const ints = [16777217, -16777219, 2 ** 30, 2 ** 31 - 63, 5, 6, 7, 8, 9];
const f64 = (shape: number[], values: number[]): Stored => ({
  dtype: 'F64',
  shape,
  bytes: new Uint8Array(Float64Array.from(values).buffer),
});
const weight = f32([3, 3], numbers);
const bias = f32([3], [0, 0, 0]);
const layer = (prefix: string, w: Stored = weight): File => ({ [`${prefix}weight`]: w, [`${prefix}bias`]: bias });
const whole: File = { ...layer('blocks.0.'), ...layer('blocks.1.') };
const first = (w: Stored, more: File = {}): File => ({ ...layer('blocks.0.', w), ...layer('blocks.1.'), ...more });
const scaled = (w: Stored, name: string, scale: Stored): File => first(w, { [name]: scale });

/** Numbers of `blocks.0.weight` and what was told. */
async function load(
  file: File,
  options: LoadOptions = {},
  metadata?: { [k: string]: string },
): Promise<[number[], string]> {
  return withTemporaryFolder(async (folder) => {
    const path = join(folder, 'w.safetensors');
    await storeTensors(path, file, metadata);
    const told: string[] = [];
    const found = await loadWeights(path, model, { tell: (note) => told.push(note), ...options });
    return [[...found['blocks.0.weight'].data], told.join('\n').replaceAll(path, 'w')];
  });
}

const i8 = inBytes('I8', [3, 3], numbers);
const halves = numbers.map((x) => x / 2);
const rows = [1, 2, 3, 40, 50, 60, 700, 800, 900];
const columns = [1, 20, 300, 4, 50, 600, 7, 80, 900];
const decades = f32([3], [1, 10, 100]);

it.each<[string, File, readonly number[], RegExp]>([
  ['plain names', whole, numbers, /^$/],
  ['wrapped blocks', { ...layer('blocks.0._orig_mod.'), ...layer('blocks.1.module.') }, numbers, /^$/],
  [
    'wrappers in wrappers',
    {
      ...layer('module._orig_mod.blocks.0._fsdp_wrapped_module._checkpoint_wrapped_module.'),
      ...layer('module._orig_mod.blocks.1._forward_module.'),
    },
    numbers,
    /^$/,
  ],
  ['prefixes', { ...layer('net.blocks.0.'), ...layer('net.blocks.1.') }, numbers, /^$/],
  ['an axis of one', first(f32([3, 3, 1, 1], numbers)), numbers, /^$/],
  ['a convolution over one place', first(f32([3, 3, 1], numbers)), numbers, /^$/],
  ['X.weight_scale', scaled(i8, 'blocks.0.weight_scale', f32([], [0.5])), halves, /^$/],
  ['X.scale_weight', scaled(i8, 'blocks.0.scale_weight', f32([1], [0.5])), halves, /^$/],
  ['X.scale', scaled(i8, 'blocks.0.scale', f32([1], [0.5])), halves, /^$/],
  ['X.weight_scale_inv', scaled(i8, 'blocks.0.weight_scale_inv', f32([1, 1], [0.5])), halves, /^$/],
  ['a scale a row', scaled(i8, 'blocks.0.weight_scale', decades), rows, /^$/],
  ['a scale a row, with an axis', scaled(i8, 'blocks.0.weight_scale', { ...decades, shape: [3, 1] }), rows, /^$/],
  ['a scale a column', scaled(i8, 'blocks.0.weight_scale', { ...decades, shape: [1, 3] }), columns, /^$/],
  ['a wrapped scale', scaled(i8, 'blocks.0._orig_mod.weight_scale', f32([], [0.5])), halves, /^$/],
  [
    'floats of eight bits',
    first(
      inBytes(
        'F8_E4M3',
        [3, 3],
        numbers.map(() => 0x38),
      ),
    ),
    numbers.map(() => 1),
    /F8_E4M3, without scales/,
  ],
  [
    'wide whole numbers',
    first({ dtype: 'I32', shape: [3, 3], bytes: new Uint8Array(Int32Array.from(numbers).buffer) }),
    numbers,
    /stored as I32, without scales; its numbers are not scaled$/,
  ],
  [
    'whole numbers that 32-bit floats round',
    first({ dtype: 'I32', shape: [3, 3], bytes: new Uint8Array(Int32Array.of(...ints).buffer) }),
    [16777216, -16777220, 2 ** 30, 2 ** 31, 5, 6, 7, 8, 9],
    /w: 3 numbers are rounded to 32-bit floats; the largest change is in "blocks\.0\.weight", from 2147483585 to 2147483648$/,
  ],
  [
    'floats of 64 bits, of which some are rounded in two tensors',
    {
      ...layer('blocks.0.', f64([3, 3], [0.1, 2, 3, 4, 5, 6, 7, 8, 9])),
      ...layer('blocks.1.', f64([3, 3], [16777217, 0.3, 3, 4, 5, 6, 7, 8, 9])),
    },
    [Math.fround(0.1), 2, 3, 4, 5, 6, 7, 8, 9],
    /^w: 3 numbers are rounded to 32-bit floats; the largest change is in "blocks\.1\.weight", from 16777217 to 16777216$/,
  ],
  ['floats of 64 bits that stay what they are', first(f64([3, 3], numbers)), numbers, /^$/],
  [
    'a head of its own',
    { ...whole, 'head.weight': weight },
    numbers,
    /1 tensor that the model has no part for: head\.weight/,
  ],
  [
    'buffers and projectors',
    { ...whole, 'rope.freqs_cis': bias, 'projectors.0.weight': bias },
    numbers,
    /not used: 2 tensors that are no weights/,
  ],
  [
    'a complex table',
    { ...whole, 'rope.freqs': inBytes('C64', [1], numbers.slice(0, 8)) },
    numbers,
    /not used: 1 tensor/,
  ],
  ['an unknown type', { ...whole, packed: inBytes('Z7', [9], numbers) }, numbers, /no part for: packed/],
])('takes %s', async (_, file, want, told) => {
  const [found, notes] = await load(file);
  expect(found).toEqual(want);
  expect(notes).toMatch(told);
});

it.each<[string, File, RegExp]>([
  [
    'more blocks',
    { ...whole, ...layer('blocks.2.'), ...layer('blocks.3.') },
    /4 tensors[^]*blocks\.2\.weight \[3, 3\] \(and 1 like it\)[^]*has 4 of `blocks`, the model 2/,
  ],
  [
    'another weight of a layer',
    { ...whole, 'blocks.0.gain': bias },
    /1 tensor that the model has no place for[^]*blocks\.0\.gain/,
  ],
  ['another layer of a block', { ...whole, 'blocks.1.norm.weight': bias }, /blocks\.1\.norm\.weight/],
  ['a wider layer', first(f32([6, 3], [...numbers, ...numbers])), /the model has \[3, 3\], the file \[6, 3\]/],
  ['bytes without a scale', first(i8), /"blocks\.0\.weight" of .* is stored as I8, without a scale/],
  [
    'two scales',
    first(i8, { 'blocks.0.scale': f32([], [1]), 'blocks.0.weight_scale': f32([], [2]) }),
    /several scales beside it/,
  ],
  [
    'a scale of no certain reach',
    scaled(i8, 'blocks.0.weight_scale', f32([2], [1, 2])),
    /which numbers each covers is not certain/,
  ],
  ...[0, NaN, -Infinity, Infinity].map((scale): [string, File, RegExp] => [
    `the scale ${scale}`,
    scaled(i8, 'blocks.0.weight_scale', f32([3], [1, scale, 1])),
    /The scale "blocks\.0\.weight_scale" of the weight "blocks\.0\.weight" of .* at number 2 of 3/,
  ]),
  ['a whole number as scale', scaled(i8, 'blocks.0.weight_scale', inBytes('U8', [1], [1])), /a scale of the type U8/],
  [
    'zero points',
    first(i8, { 'blocks.0.weight_scale': f32([], [1]), 'blocks.0.weight_zero_point': i8 }),
    /has zero points beside it/,
  ],
  ['packed bytes', first(i8, { 'blocks.0.weight.absmax': f32([1], [1]) }), /is packed, as blocks\.0\.weight\.absmax/],
  [
    'a scale beside plain numbers',
    first(weight, { 'blocks.0.weight_scale': f32([], [2]) }),
    /though its type is not that of a quantised weight/,
  ],
  [
    'an unread type that is needed',
    first(inBytes('F8_E8M0', [3, 3], numbers)),
    /"blocks\.0\.weight" of .* is of the type F8_E8M0/,
  ],
  [
    'NaN',
    first(f32([3, 3], [1, 2, NaN, 4, 5, 6, 7, 8, 9])),
    /"blocks\.0\.weight" of .* is not finite: number 3 of 9 is NaN/,
  ],
  ['infinity', first(f32([3, 3], [1, 2, 3, 4, -Infinity, 6, 7, 8, 9])), /number 5 of 9 is -Infinity/],
  ['a missing weight', layer('blocks.0.'), /2 of 4 tensors are missing/],
])('refuses %s', async (_, file, message) => {
  expect(await failureOf(() => load(file))).toMatch(message);
});

it('does not make one tensor of two', async () => {
  const both = { ...whole, 'blocks.0._orig_mod.weight': f32([3, 3], halves) };
  expect(await failureOf(() => load(both))).toMatch(/no place for[^]*blocks\.0\._orig_mod\.weight/);
});

it('lists what is not used when asked', async () => {
  const [, told] = await load({ ...whole, step: f32([], [1]), 'head.bias': bias }, { unused: 'list' });
  expect(told).toMatch(/not used: step \[\]\nnot used: head\.bias \[3\]/);
});

it('knows averaged weights by what the file says of itself', async () => {
  expect((await load(whole, { which: 'ema' }, { weights: 'ema' }))[1]).toBe('w: took averaged weights');
  expect(await failureOf(() => load(whole, { which: 'raw' }, { weights: 'ema' }))).toMatch(/holds no raw weights/);
});

it('needs no file for a model without weights, and one for any other', async () => {
  const plain = modelOf(`model M() {
    input noisy: image(4x4)
    input time: scalar
    output velocity: image(4x4) = noisy * time
  }`);
  expect(await loadWeights(undefined, plain)).toEqual({});
  await withTemporaryFolder(async (folder) => {
    await storeTensors(join(folder, 'e.safetensors'), {});
    expect(await loadWeights(join(folder, 'e.safetensors'), plain)).toEqual({});
  });
  expect(await failureOf(() => loadWeights(undefined, model))).toMatch(/No weights were named/);
});

it('escapes what a file calls its tensors', async () => {
  expect(await failureOf(() => load({ ...whole, 'blocks.0.\x1b[2Jx\nerror: y': bias }))).toContain(
    'blocks.0.\\x1b[2Jx\\x0aerror: y',
  );
});
