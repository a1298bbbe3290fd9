import { expect, it } from '@jest/globals';
import { decodeBmp } from '../../../src/data/folder/bmp';

interface Sample {
  readonly bits: number;
  readonly compression?: number;
  /** Rows from the top are told by a negative height. */
  readonly height?: number;
  readonly masks?: readonly number[];
  readonly palette?: readonly number[];
  readonly pixels: readonly number[];
  readonly old?: boolean;
}

/** A BMP file of 2 x 2 pixels. */
function bmp({ bits, compression = 0, height = 2, masks = [], palette = [], pixels, old = false }: Sample): Buffer {
  const header = Buffer.alloc(old ? 12 : 40);
  header.writeUInt32LE(header.length, 0);
  if (old) [2, height, 1, bits].forEach((value, i) => header.writeUInt16LE(value, 4 + 2 * i));
  else {
    header.writeInt32LE(2, 4);
    header.writeInt32LE(height, 8);
    header.writeUInt16LE(1, 12);
    header.writeUInt16LE(bits, 14);
    header.writeUInt32LE(compression, 16);
    header.writeUInt32LE(palette.length / 4, 32);
  }
  const words = Buffer.alloc(4 * masks.length);
  masks.forEach((mask, i) => words.writeUInt32LE(mask, 4 * i));
  const rest = Buffer.concat([header, words, Buffer.from(palette)]);
  const start = Buffer.alloc(14);
  start.write('BM');
  start.writeUInt32LE(14 + rest.length, 10);
  return Buffer.concat([start, rest, Buffer.from(pixels)]);
}

const [red, green, blue, white] = [
  [255, 0, 0, 255],
  [0, 255, 0, 255],
  [0, 0, 255, 255],
  [255, 255, 255, 255],
];
/** Blue, green, red, nothing: black is not among them, so that a pixel left out is seen. */
const palette = [
  [255, 0, 0, 0],
  [0, 255, 0, 0],
  [0, 0, 255, 0],
  [255, 255, 255, 0],
].flat();
const oldPalette = [
  [255, 0, 0],
  [0, 255, 0],
  [0, 0, 255],
  [255, 255, 255],
].flat();
const picture = [red, green, blue, white].flat();

it.each<[string, Sample, readonly number[]]>([
  ['24 bits', { bits: 24, pixels: [255, 0, 0, 255, 255, 255, 0, 0, 0, 0, 255, 0, 255, 0, 0, 0] }, picture],
  [
    '24 bits from the top',
    { bits: 24, height: -2, pixels: [0, 0, 255, 0, 255, 0, 0, 0, 255, 0, 0, 255, 255, 255, 0, 0] },
    picture,
  ],
  [
    '32 bits, alpha of nought',
    { bits: 32, pixels: [255, 0, 0, 0, 255, 255, 255, 0, 0, 0, 255, 0, 0, 255, 0, 0] },
    picture,
  ],
  ['16 bits, five a colour', { bits: 16, pixels: [0x1f, 0, 0xff, 0x7f, 0, 0x7c, 0xe0, 3] }, picture],
  [
    '16 bits by masks 5-6-5',
    { bits: 16, compression: 3, masks: [0xf800, 0x7e0, 0x1f], pixels: [0x1f, 0, 0xff, 0xff, 0, 0xf8, 0xe0, 7] },
    picture,
  ],
  [
    '32 bits by masks with alpha',
    {
      bits: 32,
      compression: 6,
      masks: [0xff, 0xff00, 0xff0000, 0xff000000],
      pixels: [0, 0, 255, 255, 255, 255, 255, 128, 255, 0, 0, 255, 0, 255, 0, 255],
    },
    [red, green, blue, [255, 255, 255, 128]].flat(),
  ],
  ['8 bits', { bits: 8, palette, pixels: [0, 3, 0, 0, 2, 1, 0, 0] }, picture],
  [
    '8 bits of OS/2',
    { bits: 8, old: true, palette: [...oldPalette, ...Array(252 * 3).fill(9)], pixels: [0, 3, 0, 0, 2, 1, 0, 0] },
    picture,
  ],
  ['4 bits', { bits: 4, palette, pixels: [0x03, 0, 0, 0, 0x21, 0, 0, 0] }, picture],
  [
    '1 bit',
    { bits: 1, palette: palette.slice(0, 8), pixels: [0x40, 0, 0, 0, 0x80, 0, 0, 0] },
    [green, blue, blue, green].flat(),
  ],
  [
    '8 bits in runs',
    { bits: 8, compression: 1, palette, pixels: [2, 0, 0, 0, 1, 2, 1, 1, 0, 1] },
    [red, green, blue, blue].flat(),
  ],
  [
    '8 bits, values one by one',
    { bits: 8, compression: 1, palette, pixels: [0, 3, 0, 3, 3, 0, 0, 0, 1, 2, 1, 1, 0, 1] },
    picture,
  ],
  ['4 bits in runs', { bits: 4, compression: 2, palette, pixels: [2, 0x03, 0, 0, 2, 0x21, 0, 1] }, picture],
  [
    'a move in runs',
    { bits: 8, compression: 1, palette, pixels: [1, 0, 0, 2, 0, 1, 1, 3, 0, 1] },
    [blue, white, blue, blue].flat(),
  ],
])('reads %s', (_, sample, wanted) => {
  const { width, height, data } = decodeBmp(bmp(sample));
  expect([width, height]).toEqual([2, 2]);
  expect([...data]).toEqual(wanted);
});

it.each<[string, Buffer, string]>([
  ['a file cut short', bmp({ bits: 24, pixels: [1, 2, 3] }), 'cut short'],
  [
    'a picture inside in another form',
    bmp({ bits: 24, compression: 4, pixels: [] }),
    'BMP of 24 bits in form 4 is not read',
  ],
  ['no pixels', bmp({ bits: 24, height: 0, pixels: [] }), 'a size of 2 x 0 pixels'],
  ['more pixels than memory', bmp({ bits: 24, height: -0x7fffffff, pixels: [] }), 'a size of 2 x 2147483647 pixels'],
])('refuses %s', (_, file, message) => expect(() => decodeBmp(file)).toThrow(message));
