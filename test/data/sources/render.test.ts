import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp, { type Sharp } from 'sharp';
import { renderFile } from '../../../src/data/sources/render';
import { inFolder } from '../../support/weft';

const size = { height: 4, width: 4 };
const [red, grey] = [
  { r: 200, g: 30, b: 30 },
  { r: 90, g: 90, b: 90 },
];

const flat = (background: object, channels: 3 | 4 = 3): Sharp =>
  sharp({ create: { height: 8, width: 8, channels, background } });

/** The upper left and the lower right pixel of a file. */
const corners = (
  bytes: Uint8Array | Promise<Uint8Array>,
  name: string,
): Promise<{ pixels: number[][]; pages: number }> =>
  inFolder(async (folder) => {
    const path = join(folder, name);
    writeFileSync(path, await bytes);
    let pages = 0;
    const pixels = await renderFile(path, size, () => pages++);
    return { pixels: [[...pixels.subarray(0, 3)], [...pixels.subarray(-3)]], pages };
  });

const wide = (level: number): Sharp =>
  sharp(new Uint16Array(64).fill(level), { raw: { height: 8, width: 8, channels: 1 } }).toColourspace('grey16');

/** A TIFF of one grey pixel, as a float of 32 bits. */
function floatTiff(): Buffer {
  const entries = [
    [256, 1],
    [257, 1],
    [258, 32],
    [259, 1],
    [262, 1],
    [273, 8],
    [277, 1],
    [278, 1],
    [279, 4],
    [339, 3],
  ];
  const file = Buffer.alloc(14 + 12 * entries.length + 4);
  file.write('II*\0', 0, 'latin1');
  file.writeUInt32LE(12, 4);
  file.writeFloatLE(0.5, 8);
  file.writeUInt16LE(entries.length, 12);
  entries.forEach(([tag, value], i) => {
    [tag, 3].forEach((x, j) => file.writeUInt16LE(x, 14 + 12 * i + 2 * j));
    [1, value].forEach((x, j) => file.writeUInt32LE(x, 18 + 12 * i + 4 * j));
  });
  return file;
}

/** A drawing of one colour, `outer` says its size. */
const svg = (outer: string): Promise<Buffer> =>
  Promise.resolve(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" ${outer}><rect width="100%" height="100%" fill="rgb(200,30,30)"/></svg>`,
    ),
  );

it.each<[string, string, () => Promise<Buffer>, number[], number]>([
  ['PNG', 'a.png', () => flat(red).png().toBuffer(), [200, 30, 30], 0],
  ['PNG called otherwise', 'a.jpg', () => flat(red).png().toBuffer(), [200, 30, 30], 0],
  ['PNG without an ending', 'a', () => flat(red).png().toBuffer(), [200, 30, 30], 0],
  ['PNG with a palette', 'a.PNG', () => flat(red).png({ palette: true }).toBuffer(), [200, 30, 30], 0],
  ['JPEG', 'a.jfif', () => flat(red).jpeg({ quality: 100 }).toBuffer(), [200, 30, 30], 3],
  ['grey JPEG', 'a.jpeg', () => flat(grey).toColourspace('b-w').jpeg({ quality: 100 }).toBuffer(), [90, 90, 90], 1],
  ['CMYK JPEG', 'a.jpg', () => flat(red).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer(), [200, 30, 30], 30],
  ['WebP', 'a.webp', () => flat(red).webp({ lossless: true }).toBuffer(), [200, 30, 30], 0],
  ['GIF', 'a.gif', () => flat(red).gif().toBuffer(), [200, 30, 30], 8],
  ['TIFF', 'a.TIF', () => flat(red).tiff({ compression: 'lzw' }).toBuffer(), [200, 30, 30], 0],
  ['AVIF', 'a.avif', () => flat(red).avif({ lossless: true }).toBuffer(), [200, 30, 30], 3],
  ['SVG', 'a.svg', () => svg('width="2" height="2"'), [200, 30, 30], 0],
  ['SVG without a size', 'a.svg', () => svg('viewBox="0 0 1000 1000"'), [200, 30, 30], 0],
  ['half transparent', 'a.png', () => flat({ r: 0, g: 0, b: 0, alpha: 0.5 }, 4).png().toBuffer(), [127, 127, 127], 1],
  [
    'transparent palette',
    'a.png',
    () => flat({ r: 0, g: 0, b: 0, alpha: 0 }, 4).png({ palette: true }).toBuffer(),
    [255, 255, 255],
    0,
  ],
])('reads %s', async (_, name, make, wanted, tolerance) => {
  const { pixels, pages } = await corners(make(), name);
  for (const pixel of pixels)
    pixel.forEach((level, i) => expect(Math.abs(level - wanted[i])).toBeLessThanOrEqual(tolerance));
  expect(pages).toBe(0);
});

it.each([
  ['PNG', 'a.png', (image: Sharp) => image.png().toBuffer()],
  ['TIFF', 'a.tif', (image: Sharp) => image.tiff({ compression: 'deflate' }).toBuffer()],
])('brings 16 bits of %s to 8', async (_, name, write) => {
  expect((await sharp(await write(wide(0))).metadata()).depth).toBe('ushort');
  for (const level of [0, 1, 128, 255]) {
    const { pixels } = await corners(write(wide(257 * level)), name);
    expect(pixels).toEqual(Array(2).fill(Array(3).fill(level)));
  }
});

it.each(['gif', 'webp'] as const)('takes the first frame of an animated %s', async (format) => {
  const frames = await Promise.all([red, grey].map((colour) => flat(colour).png().toBuffer()));
  const { pixels, pages } = await corners(
    sharp(frames, { join: { animated: true } })
      [format]({ loop: 0 })
      .toBuffer(),
    `a.${format}`,
  );
  expect(pages).toBe(1);
  expect(pixels[1][0]).toBeGreaterThan(180);
});

it.each<[string, string, () => Promise<Uint8Array>, string]>([
  ['TIFF of floats', 'a.tif', async () => floatTiff(), 'its numbers are of the kind float'],
  ['HEIC', 'a.heic', async () => Buffer.from('\0\0\0\x18ftypheic\0\0\0\0mif1heic', 'latin1'), 'HEIC is not read'],
  ['a text', 'a.png', async () => Buffer.from('not a picture'), 'not a picture of a kind that is read'],
  ['nothing', 'a.png', async () => Buffer.alloc(0), 'not a picture of a kind that is read'],
])('refuses %s', async (_, name, make, message) => {
  await expect(corners(make(), name)).rejects.toThrow(message);
});
