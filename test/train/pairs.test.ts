/** Conditions from a second folder: each picture with its partner, refused by name where that cannot be. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import sharp from 'sharp';
import type { HostTensor } from '../../src/backends/session';
import { elaborateModel, openSpec, recipeNamed } from '../../src/spec/open';
import { isNativeAvailable } from '../../src/setup/native';
import { openTrainingData } from '../../src/train/data';
import { withDataLookedAt } from '../../src/train/look-at-data';
import { suiteFolder } from '../support/folder';
import { trainedLosses } from '../support/trained-losses';

const folder = suiteFolder();
const backends = isNativeAvailable() ? (['tfjs', 'tensorflow'] as const) : (['tfjs'] as const);
const names = ['a/0', 'a/1', 'a/x.y/2', 'b/3', 'b/4'];

/** Each picture has one level and a column of its own, so that a partner and its side are known by its pixels. */
async function picture(path: string, side: number, level: number, options: PictureOptions = {}): Promise<void> {
  const { width = side, colour = false, alpha = 255 } = options;
  const pixels = Buffer.alloc(side * width * 4);
  for (let i = 0; i < side * width; i++) {
    const shown = i % width < width / 2 ? level : 0;
    pixels.set([shown, colour ? 255 : shown, shown, alpha], 4 * i);
  }
  mkdirSync(dirname(path), { recursive: true });
  const image = sharp(pixels, { raw: { width, height: side, channels: 4 } });
  await (path.endsWith('.webp') ? image.webp({ lossless: true }) : image).toFile(path);
}

interface PictureOptions {
  readonly width?: number;
  readonly colour?: boolean;
  readonly alpha?: number;
}

const levelOf = (i: number): number => 40 * (i + 1);

/** A spec beside folders `pics`, `low` (half the side, other endings) and `holes`. */
async function project(name: string, entries = given): Promise<string> {
  const root = join(folder, name);
  for (const [i, stem] of names.entries()) {
    await picture(join(root, `pics/${stem}.png`), 8, levelOf(i));
    await picture(join(root, `low/${stem}.${i % 2 ? 'png' : 'webp'}`), 4, levelOf(i));
    await picture(join(root, `holes/${stem}.png`), 8, levelOf(i));
  }
  const path = join(root, 'm.weft');
  writeFileSync(path, specText(entries));
  return path;
}

const given = `given low = folder("low")
  given hole = mask_folder("holes")
  given known = image * (1 - hole)`;

const specText = (entries: string): string => `model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  input low:   image(4)
  input hole:  image(8, channels: 1)
  input known: image(8)
  let seen = concat(noisy, upsample(low, 2), hole, known, axis: 0)
  output velocity: image(8) = rearrange(linear(rearrange(seen, "c h w -> (h w) c"), 3) @out, "(h w) c -> c h w", h: 8) * time
}
train t of M {
  data = folder("pics", flip: true)
  ${entries}
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-2)
  batch = 4
  steps = 6
  checkpoint = 3
  seed = 3
}
`;

function opened(path: string) {
  const { spec } = openSpec(path);
  const [model, recipe] = [elaborateModel(spec, 'M'), recipeNamed(spec, null)];
  const warnings: string[] = [];
  const options = { cache: join(folder, 'cache'), onWarning: (text: string) => void warnings.push(text) };
  return { model, recipe, warnings, data: () => openTrainingData(model, recipe, options) };
}

const corner = ({ data, shape: [, c, h, w] }: HostTensor, row: number, x: 0 | -1): number =>
  data[row * c * h * w + (x === 0 ? 0 : w - 1)];

let plain: string;
beforeAll(async () => void (plain = await project('plain')));

it('shows each picture with its own partner, mirrored alike, levels in [-1, 1] and masks in [0, 1]', async () => {
  const data = await opened(plain).data();
  let mirrored = 0;
  for (let step = 0; step < 5; step++) {
    const { x0, low, hole, ...rest } = await data.batch(step);
    expect(Object.keys(rest)).toEqual([]);
    expect([x0.shape, low.shape, hole.shape]).toEqual([
      [4, 3, 8, 8],
      [4, 3, 4, 4],
      [4, 1, 8, 8],
    ]);
    for (let row = 0; row < 4; row++) {
      const shown = [0, -1] as const;
      expect(shown.map((x) => corner(low, row, x))).toEqual(shown.map((x) => corner(x0, row, x)));
      const byte = shown.map((x) => Math.round((corner(x0, row, x) + 1) * 127.5));
      expect(shown.map((x) => corner(hole, row, x))).toEqual(byte.map((b) => Math.fround(b / 255)));
      if (byte[0] === 0) mirrored++;
    }
  }
  expect(mirrored).toBeGreaterThan(3);
  expect(mirrored).toBeLessThan(17);
  await data.close();
});

it.each(backends)('trains and resumes to the bit, and not with other partners, on %s', async (backend) => {
  const path = await project(`run-${backend}`);
  const losses = (out: string, steps: number, resume = false): Promise<number[]> =>
    trainedLosses(opened(path), steps, { out: join(folder, `${backend}-${out}`), resume, backend });
  const whole = await losses('whole', 6);
  expect([...(await losses('parts', 3)), ...(await losses('parts', 6, true))]).toEqual(whole);
  await losses('other', 3);
  await picture(join(dirname(path), 'low/b/3.png'), 4, 7);
  await expect(losses('other', 6, true)).rejects.toThrow('the pictures of `low`: its files are other ones');
});

type Change = (root: string) => Promise<void> | void;

it.each<[string, Change, string]>([
  [
    'another form',
    (root) => picture(join(root, 'low/b/3.png'), 4, 9, { width: 6 }),
    '3.png, a picture of `low`, cannot be fed to the model: it is 4x6 pixels, which is no scale of the 8x8 of',
  ],
  [
    'a broken file',
    (root) => writeFileSync(join(root, 'low/b/3.png'), 'no picture'),
    '3.png, a picture of `low`, cannot',
  ],
  [
    'a mask in colours',
    (root) => picture(join(root, 'holes/b/3.png'), 8, 9, { colour: true }),
    'it has colours, and a mask is grey',
  ],
  ['a mask with holes', (root) => picture(join(root, 'holes/b/3.png'), 8, 9, { alpha: 9 }), 'it has transparent parts'],
])('refuses %s by name', async (name, change, message) => {
  const path = await project(name.replaceAll(' ', '-'));
  await change(dirname(path));
  await expect(opened(path).data()).rejects.toThrow(message);
});

it.each<[string, Change, string]>([
  [
    'no partner',
    (root) => picture(join(root, 'pics/b/9.png'), 8, 9),
    '1 of 6 training pictures has no partner: b/9.png',
  ],
  [
    'two partners',
    (root) => picture(join(root, 'low/b/4.png'), 4, 9),
    'b/4.png has more than one partner: b/4.png, b/4.webp',
  ],
  [
    'a shared partner',
    (root) => picture(join(root, 'pics/b/4.webp'), 8, 9),
    'Pictures b/4.png, b/4.webp have one name',
  ],
  [
    'no folder',
    (root) => writeFileSync(join(root, 'm.weft'), specText(given.replace('"low"', '"lows"'))),
    'lows does not exist',
  ],
])('refuses %s before the first step, and in a check', async (name, change, message) => {
  const path = await project(name.replaceAll(' ', '-'));
  await change(dirname(path));
  await expect(opened(path).data()).rejects.toThrow(message);
  const { diagnostics } = await withDataLookedAt(openSpec(path));
  expect(
    diagnostics
      .filter((d) => d.code === 'data-refused')
      .map((d) => d.message)
      .join(),
  ).toContain(message);
});

it('cuts both at the same place, whatever the form and the scale of the pictures', async () => {
  const root = join(folder, 'places');
  /** Red grows to the right and green downwards, so that a pixel tells where it was, as a share of the picture. */
  const places = async (path: string, height: number, width: number): Promise<void> => {
    const pixels = Buffer.alloc(height * width * 3);
    for (let y = 0; y < height; y++)
      for (let x = 0; x < width; x++)
        pixels.set([((x + 0.5) / width) * 255, ((y + 0.5) / height) * 255, 0], 3 * (y * width + x));
    mkdirSync(dirname(path), { recursive: true });
    await sharp(pixels, { raw: { width, height, channels: 3 } }).toFile(path);
  };
  const sizes = [
    [48, 96, 24, 48],
    [96, 48, 192, 96],
    [50, 75, 31, 47],
    [32, 32, 16, 16],
  ] as const;
  for (const [i, [height, width, h, w]] of sizes.entries()) {
    await places(join(root, `pics/${i}.png`), height, width);
    await places(join(root, `low/${i}.png`), h, w);
  }
  const path = join(root, 'm.weft');
  writeFileSync(
    path,
    `model M() {
  input noisy: image(16x12)
  input time:  time(noise: 0, data: 1)
  input low:   image(8x6)
  output velocity: image(16x12) = noisy * time + upsample(low, 2)
}
train t of M {
  data = folder("pics", flip: true)
  given low = folder("low")
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-2)
  batch = 4
  steps = 6
}
`,
  );
  const data = await opened(path).data();
  for (let step = 0; step < 4; step++) {
    const { x0, low } = await data.batch(step);
    for (let row = 0; row < 4; row++)
      for (const channel of [0, 1])
        for (let y = 1; y < 7; y++)
          for (let x = 1; x < 5; x++) {
            const at = (dy: number, dx: number): number =>
              x0.data[(row * 3 + channel) * 192 + (2 * y + dy) * 12 + 2 * x + dx];
            const cell = (at(0, 0) + at(0, 1) + at(1, 0) + at(1, 1)) / 4;
            const found = low.data[(row * 3 + channel) * 48 + y * 6 + x];
            // A pixel of the image in 12 or 16 is 0.125 of the levels from -1 to 1; half of one is lost to rounding.
            expect(Math.abs(found - cell)).toBeLessThan(0.0625);
          }
  }
  await data.close();
});

it('tells of pictures that go with none, and takes a partner that has the form but for rounding', async () => {
  const path = await project('more');
  await picture(join(dirname(path), 'low/c/9.png'), 4, 9);
  await picture(join(dirname(path), 'pics/b/3.png'), 80, 9, { width: 81 });
  const { warnings, data } = opened(path);
  await (await data()).close();
  const told = '1 of its pictures go with no training picture: c/9.png.';
  expect(warnings).toContain(`low: ${told}`);
  const { diagnostics } = await withDataLookedAt(openSpec(path));
  expect(diagnostics.map((d) => d.message).join()).toContain(told);
});
