import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import type { HostTensors } from '../../../src/backends/session';
import { readImages } from '../../../src/data/batches';
import { openImageSet, type ImageSet } from '../../../src/data/image-set';
import { writeSafetensors } from '../../../src/data/safetensors';
import { failureOf } from '../../support/failure';
import { bytesOf, npy } from '../../support/npy';
import { inFolder } from '../../support/weft';

const size = { channels: 2, height: 1, width: 2 };
type Files = { readonly [name: string]: Buffer | HostTensors };

/** `count` items of four numbers each: n, n + 0.25, n + 0.5, n + 0.75. */
const numbers = (first: number, count = 1): number[] => Array.from({ length: 4 * count }, (_, i) => first + i / 4);
const one = (first: number): Buffer => npy([2, 1, 2], bytesOf(numbers(first)));
const many = (first: number, count: number): Buffer => npy([count, 2, 1, 2], bytesOf(numbers(first, count)));
const tensor = (shape: readonly number[], values: readonly number[]) =>
  ({ shape, dtype: 'f32', data: Float32Array.from(values) }) as const;
const labels = (...values: number[]) =>
  ({ shape: [values.length], dtype: 'i32', data: Int32Array.from(values) }) as const;

async function open(
  files: Files,
  use: (set: ImageSet, told: readonly string[]) => Promise<void>,
  options: { readonly captions?: boolean; readonly scale?: number; readonly shift?: number } = {},
): Promise<void> {
  await inFolder(async (root) => {
    for (const [name, content] of Object.entries(files)) {
      const path = join(root, 'latents', name);
      mkdirSync(dirname(path), { recursive: true });
      if (Buffer.isBuffer(content)) writeFileSync(path, content);
      else await writeSafetensors(path, content);
    }
    const { scale = 1, shift = 0, captions } = options;
    const source = { kind: 'latents', path: join(root, 'latents'), scale, shift } as const;
    const told: string[] = [];
    const set = await openImageSet(source, size, {
      cache: join(root, 'cache'),
      captions,
      onWarning: (text) => told.push(text),
    });
    await use(set, told);
    await set.close();
  });
}

it.each<[string, Files, readonly number[], readonly string[], readonly number[]]>([
  ['a file for each, by class', { 'b/1.npy': one(1), 'a/2.npy': one(2) }, [2, 1], ['a', 'b'], [0, 1]],
  ['many in a file, by class', { 'a/1.npy': many(1, 2), 'b/2.npy': one(5) }, [1, 2, 5], ['a', 'b'], [0, 0, 1]],
  ['one class', { '1.npy': many(1, 3) }, [1, 2, 3], ['latents'], [0, 0, 0]],
  ['safetensors', { 'a/1.safetensors': { x: tensor([2, 1, 2], numbers(7)) } }, [7], ['a'], [0]],
  [
    'safetensors with labels',
    { 's.safetensors': { latents: tensor([2, 2, 1, 2], numbers(1, 2)), labels: labels(2, 0) } },
    [1, 2],
    ['0', '1', '2'],
    [2, 0],
  ],
  [
    'several such files',
    {
      '0.safetensors': { latents: tensor([1, 2, 1, 2], numbers(1)), labels: labels(1) },
      '1.safetensors': { latents: tensor([1, 2, 1, 2], numbers(4)), labels: labels(0) },
    },
    [1, 4],
    ['0', '1'],
    [1, 0],
  ],
])('reads %s', async (_, files, firsts, classes, wanted) => {
  await open(files, async (set) => {
    expect([set.count, set.classes, [...set.labels]]).toEqual([firsts.length, classes, wanted]);
    const { shape, data } = await readImages(
      set,
      firsts.map((_, i) => i),
      () => true,
    );
    expect(shape).toEqual([firsts.length, 2, 1, 2]);
    expect([...data]).toEqual(firsts.flatMap((first) => numbers(first)));
  });
});

it('brings them to the scale that is asked for', () =>
  open(
    { '1.npy': one(1) },
    async (set) => expect([...(await readImages(set, [0])).data]).toEqual([0, 0.125, 0.25, 0.375]),
    { scale: 0.5, shift: 1 },
  ));

it('takes captions beside them, and tells what is not read', () =>
  open(
    {
      '1.npy': one(1),
      '1.txt': Buffer.from('red'),
      '2.safetensors': { latents: tensor([2, 1, 2], numbers(2)), latents_flip: tensor([2, 1, 2], numbers(9)) },
      'a.pt': Buffer.from('x'),
    },
    async (set, told) => {
      expect(set.captions).toEqual(['red', '']);
      expect(told).toEqual([
        '1 file was not read: 1 .pt.',
        '1 of 2 pictures has no caption, and the empty prompt stands in for it: 2.safetensors.',
        'Not used: latents_flip of 2.safetensors.',
      ]);
    },
    { captions: true },
  ));

it.each<[string, Files, boolean, string]>([
  [
    'another shape',
    { '1.npy': npy([4, 1, 1], bytesOf(numbers(1))) },
    false,
    '1.npy holds [4, 1, 1]; the model takes latents [2, 1, 2]',
  ],
  ['too few axes', { '1.npy': npy([4], bytesOf(numbers(1))) }, false, '1.npy holds [4]'],
  ['whole numbers', { '1.npy': npy([2, 1, 2], bytesOf(numbers(1)), { descr: '<i4' }) }, false, 'of the type <i4'],
  [
    'several tensors',
    { '1.safetensors': { a: tensor([2, 1, 2], numbers(1)), b: tensor([2, 1, 2], numbers(1)) } },
    false,
    'holds a, b; which of them',
  ],
  [
    'labels of other length',
    { '1.safetensors': { latents: tensor([2, 1, 2], numbers(1)), labels: labels(1, 2) } },
    false,
    'The labels [2] of',
  ],
  [
    'labels here and not there',
    { '1.safetensors': { latents: tensor([2, 1, 2], numbers(1)), labels: labels(1) }, '2.npy': one(1) },
    false,
    '1.safetensors holds labels and 2.npy does not',
  ],
  [
    'captions of many in a file',
    { '1.npy': many(1, 2), '1.txt': Buffer.from('x') },
    true,
    'which have no captions of their own',
  ],
  ['no latents', { '1.png': Buffer.from('x') }, false, 'holds no latents'],
  [
    'numbers that are not finite',
    { '1.npy': npy([2, 1, 2], bytesOf([1, NaN, 2, 3])) },
    false,
    '1.npy: it holds numbers that are not finite',
  ],
])('refuses %s', async (_, files, captions, message) => {
  expect(await failureOf(() => open(files, async () => {}, { captions }))).toContain(message);
});
