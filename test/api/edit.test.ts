import { expect, it } from '@jest/globals';
import type { HostTensor } from '../../src/backends/session';
import { edit, type EditCallOptions } from '../../src/index';
import { withLeftOut } from '../../src/compiler/lower/left-out';
import { compileModel } from '../support/compile';

const model = compileModel('test/edit/constant.weft', 'Constant');
/** Red, green and blue of each class; the last row is "no class". */
const colours = [
  [0.5, -0.5, 0.25],
  [-0.75, 0.125, 1],
  [0, 0.25, -0.5],
  [0, 0, 0],
];
const weights = {
  'shown.weight': { shape: [4, 3], dtype: 'f32', data: Float32Array.from(colours.flat()) } satisfies HostTensor,
};
/** Pictures [count, 3, 4, 4] of one colour each. */
function pictures(...shown: readonly number[][]): HostTensor {
  const data = shown.flatMap((colour) => colour.flatMap((x) => Array<number>(16).fill(x)));
  return { shape: [shown.length, 3, 4, 4], dtype: 'f32', data: Float32Array.from(data) };
}
const common = {
  weights,
  images: pictures(colours[0], colours[2], colours[0]),
  settings: { steps: 6, guidance: null },
  backend: 'tfjs',
  batch: 2,
  onWarning: () => undefined,
} satisfies EditCallOptions;

function expectNear({ data }: HostTensor, wanted: HostTensor): void {
  data.forEach((x, i) => expect(x).toBeCloseTo(wanted.data[i], 4));
}

it('leads each picture from its class to the other, in batches, by every method', async () => {
  const from = [{ label: 0 }, { label: 2 }, { label: 0 }];
  const to = [{ label: 1 }, { label: 1 }, { label: 2 }];
  const wanted = pictures(colours[1], colours[1], colours[2]);
  const flow = await edit(model, { ...common, from, to });
  expect(flow.method.kind).toBe('flowedit');
  expect(flow.reconstruction).toBeNull();
  expectNear(flow.images, wanted);
  expectNear((await edit(model, { ...common, to })).images, wanted);
  const inverted = await edit(model, { ...common, from, to, method: 'inversion' });
  expectNear(inverted.images, wanted);
  expectNear(inverted.reconstruction!, common.images);
});

it('draws the hole again and keeps the rest bit for bit', async () => {
  const data = Float32Array.from({ length: 16 }, (_, i) => (i < 8 ? 1 : 0));
  const mask: HostTensor = { shape: [1, 1, 4, 4], dtype: 'f32', data };
  const { images } = await edit(model, { ...common, mask, to: [{ label: 1 }] });
  const wanted = pictures(colours[1], colours[1], colours[1]);
  images.data.forEach((x, i) => {
    if (i % 16 < 8) expect(x).toBeCloseTo(wanted.data[i], 4);
    else expect(x).toBe(common.images.data[i]);
  });
});

it('draws the same from the same seed, and asks as often as it says', async () => {
  let [asked, total] = [0, 0];
  const options: EditCallOptions = {
    ...common,
    strength: 0.5,
    onProgress: (done, all) => ([asked, total] = [done, all]),
  };
  const [one, again] = [await edit(model, options), await edit(model, options)];
  expect(again.images).toEqual(one.images);
  expect(asked).toBe(total);
  expect(total).toBe(2 * one.evaluations);
});

it.each<[string, Partial<EditCallOptions>, RegExp]>([
  ['a text', { to: [{ prompt: 'x' }] }, /Constant takes no text/],
  ['a class that there is not', { to: [{ label: 7 }] }, /7/],
  [
    'pictures of another size',
    { images: { shape: [1, 3, 2, 2], dtype: 'f32', data: new Float32Array(12) } },
    /\[1, 3, 2, 2\], but Constant takes \[count, 3, 4, 4\]/,
  ],
  ['too few entries', { to: [{ label: 0 }, { label: 1 }] }, /`to` has 2 entries for 3 images/],
  ['a black mask', { mask: { shape: [1, 1, 4, 4], dtype: 'f32', data: new Float32Array(16) } }, /black everywhere/],
  [
    'a mask of another size',
    { mask: { shape: [1, 1, 2, 2], dtype: 'f32', data: new Float32Array(4) } },
    /The mask is \[1, 1, 2, 2\]/,
  ],
  ['negative guidance of the source', { fromGuidance: -1 }, /fromGuidance/],
])('refuses %s', async (_, changes, message) => {
  await expect(edit(model, { ...common, ...changes })).rejects.toThrow(message);
});

it('refuses to edit without a word where training never left the class out, and takes it as it is where that is not known', async () => {
  const told = withLeftOut(model, []);
  await expect(edit(told, { ...common, strength: 0.5 })).rejects.toThrow('was always told a class, and none is given');
  await expect(edit(withLeftOut(model, ['y']), { ...common, strength: 0.5 })).resolves.toMatchObject({
    evaluations: 5,
  });
  await expect(edit(model, { ...common, strength: 0.5 })).resolves.toMatchObject({ evaluations: 5 });
});
