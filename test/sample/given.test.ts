import { expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { checkConditions, readConditions } from '../../src/sample/given';
import { npyBytes } from '../../src/data/npy';
import { compiledText } from '../support/compile';
import { failureOf } from '../support/failure';
import { suiteFolder } from '../support/folder';

const folder = suiteFolder();
const model = compiledText(`model M() {
  input noisy: image(2)
  input time:  time(noise: 0, data: 1)
  input grey:  image(2, channels: 1)
  input known: image(2)
  output velocity: image(2) = (noisy + grey + known) * time
}`);

/** A picture of 2x2 pixels, all of one colour. */
async function picture(name: string, pixel: readonly number[]): Promise<string> {
  const path = join(folder, name);
  const channels = pixel.length === 4 ? 4 : 3;
  const data = Buffer.from(Array.from({ length: 4 }, () => pixel).flat());
  await sharp(data, { raw: { width: 2, height: 2, channels } })
    .png()
    .toFile(path);
  return path;
}

it('makes one channel of a picture in colours as the pictures of a folder are made grey', async () => {
  const values = [await picture('red.png', [255, 0, 0]), await picture('green.png', [0, 255, 0])];
  const { grey } = await readConditions(model, { grey: { values } });
  // 0.299 · 255 = 76 and 0.587 · 255 = 150 as whole levels.
  const want = [76, 150].flatMap((level) => Array.from({ length: 4 }, () => Math.fround(level / 127.5 - 1)));
  expect([...grey.data]).toEqual(want);
});

it('takes the pictures of a folder as rows, by name', async () => {
  mkdirSync(join(folder, 'rows'));
  for (const [name, level] of [
    ['b.png', 255],
    ['a.png', 0],
  ] as const)
    await picture(join('rows', name), [level, level, level]);
  writeFileSync(join(folder, 'rows', 'notes.txt'), 'not a picture');
  const { grey } = await readConditions(model, { grey: { values: [join(folder, 'rows'), '0.5'] } });
  expect(grey.shape).toEqual([3, 1, 2, 2]);
  expect([0, 4, 8].map((i) => grey.data[i])).toEqual([-1, 1, 0.5]);
  mkdirSync(join(folder, 'empty'));
  await expect(readConditions(model, { grey: { values: [join(folder, 'empty')] } })).rejects.toThrow('has no pictures');
});

it('keeps the channels of a picture apart', async () => {
  const { known } = await readConditions(model, { known: { values: [await picture('mixed.png', [255, 0, 51])] } });
  const want = [1, -1, Math.fround(51 / 127.5 - 1)].flatMap((level) => Array.from({ length: 4 }, () => level));
  expect([...known.data]).toEqual(want);
});

it('reads a grey mask from 0 to 1', async () => {
  const values = [await picture('mask.png', [51, 51, 51])];
  const { grey } = await readConditions(model, { grey: { values, isMask: true } });
  expect([...grey.data]).toEqual(Array.from({ length: 4 }, () => Math.fround(51 / 255)));
});

it.each([
  ['of levels 0 and 1', 'faint.png', [1, 1, 1], 'its lightest level is 1 of 255'],
  ['in colours', 'coloured.png', [255, 0, 0], 'it has colours, and a mask is grey'],
  ['with transparent parts', 'clear.png', [255, 255, 255, 90], 'it has transparent parts, and a mask has none'],
])('refuses a mask %s, as training does', async (_, name, pixel, why) => {
  const values = [await picture(name, pixel)];
  await expect(readConditions(model, { grey: { values, isMask: true } })).rejects.toThrow(why);
});

const open = compiledText(`model M(n: Int = 1) {
  input noisy: image(8x8)
  input time: time(noise: 0, data: 1)
  input real: mask
  output velocity: image(8x8) = noisy * time
}`);

it('refuses a condition whose length nothing says', async () => {
  expect(() => checkConditions(open, {})).toThrow('is of any length');
  await expect(readConditions(open, { text_mask: { values: ['1'] } })).rejects.toThrow('is of any length');
});

it('takes a number for a number where a folder has that name', async () => {
  mkdirSync(join(folder, '0.5'));
  const before = process.cwd();
  process.chdir(folder);
  try {
    const { grey } = await readConditions(model, { grey: { values: ['0.5'] } });
    expect(new Set(grey.data)).toEqual(new Set([0.5]));
    await expect(readConditions(model, { grey: { values: ['./0.5'] } })).rejects.toThrow('has no pictures');
  } finally {
    process.chdir(before);
  }
});

it('refuses numbers of a file that are not finite, and a file without rows', async () => {
  const path = join(folder, 'grey.npy');
  const read = () => readConditions(model, { grey: { values: [path] } });
  const file = (rows: number, numbers: readonly number[]): void =>
    writeFileSync(path, npyBytes([rows, 1, 2, 2], Float64Array.from(numbers)));
  file(1, [1, 2, 3, 4]);
  expect([...(await read()).grey.data]).toEqual([1, 2, 3, 4]);
  for (const [number, shown] of [
    [NaN, 'NaN'],
    [-Infinity, '-Infinity'],
    [1e300, 'Infinity'],
  ] as const) {
    file(1, [1, number, 3, 4]);
    const told = `Number 2 of 4 of ${path}, given for \`grey\`, is ${shown} as a 32-bit float.`;
    expect(await failureOf(read)).toContain(told);
  }
  file(0, []);
  expect(await failureOf(read)).toContain(`${path}, given for \`grey\`, has no rows.`);
});
