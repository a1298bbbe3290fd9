/** Reads BMP files with 1 to 32 bits per pixel, with a palette, masks or run lengths. */
import { isRecord } from '../../files/record';

export interface Bitmap {
  readonly width: number;
  readonly height: number;
  /** Bytes [height, width, 4]: red, green, blue, alpha. */
  readonly data: Uint8Array;
}

interface Header {
  readonly width: number;
  readonly height: number;
  /** Whether the file begins with the top row. */
  readonly fromTop: boolean;
  readonly bits: number;
  readonly compression: number;
  /** Positions of pixels, masks and palette in the file, and bytes per palette entry. */
  readonly pixels: number;
  readonly masks: readonly [number, number, number, number] | null;
  readonly palette: number;
  readonly entry: 3 | 4;
  readonly colours: number;
}

/** Limits on pixels. With run lengths a few bytes make many pixels, so the size of the file is no limit. */
const [mostPixels, mostInRuns] = [2 ** 28, 2 ** 26];
const [plain, runs8, runs4, fields, alphaFields] = [0, 1, 2, 3, 6];

/** Throws an Error that says what is wrong with the file. */
export function decodeBmp(file: Uint8Array): Bitmap {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  try {
    const header = readHeader(view);
    checkRoom(view, header);
    const data = header.bits <= 8 ? indexed(view, header) : direct(view, header);
    return { width: header.width, height: header.height, data };
  } catch (error) {
    throw isRecord(error) && error.name === 'RangeError' ? new Error('the file is cut short') : error;
  }
}

function readHeader(view: DataView): Header {
  const size = view.getUint32(14, true);
  const isOld = size === 12;
  const width = isOld ? view.getUint16(18, true) : view.getInt32(18, true);
  const tall = isOld ? view.getUint16(20, true) : view.getInt32(22, true);
  const height = Math.abs(tall);
  const bits = view.getUint16(isOld ? 24 : 28, true);
  const compression = isOld ? plain : view.getUint32(30, true);
  if (width < 1 || height < 1 || width * height > mostPixels) throw new Error(`a size of ${width} x ${height} pixels`);
  checkForm(bits, compression);
  const hasFields = compression === fields || compression === alphaFields;
  const beside = size === 40 && hasFields ? (compression === fields ? 12 : 16) : 0;
  const given = isOld ? 0 : view.getUint32(46, true);
  const colours = bits > 8 ? 0 : Math.min(2 ** bits, given || 2 ** bits);
  return {
    width,
    height,
    fromTop: tall < 0,
    bits,
    compression,
    pixels: view.getUint32(10, true),
    masks: hasFields ? readMasks(view, size + beside) : null,
    palette: 14 + size + beside,
    entry: isOld ? 3 : 4,
    colours,
  };
}

/** Checked before memory is allocated: a few bytes may claim any size. */
function checkRoom(view: DataView, header: Header): void {
  const { width, height, compression, pixels } = header;
  const inRuns = compression === runs8 || compression === runs4;
  if (inRuns && width * height > mostInRuns) throw new Error(`a size of ${width} x ${height} pixels`);
  if (!inRuns && pixels + height * strideOf(header) > view.byteLength) throw new Error('the file is cut short');
}

function checkForm(bits: number, compression: number): void {
  const goesWith: { readonly [compression: number]: readonly number[] } = {
    [plain]: [1, 2, 4, 8, 16, 24, 32],
    [runs8]: [8],
    [runs4]: [4],
    [fields]: [16, 32],
    [alphaFields]: [16, 32],
  };
  if (!goesWith[compression]?.includes(bits)) throw new Error(`BMP of ${bits} bits in form ${compression} is not read`);
}

/** Red, green, blue, alpha. `header` bytes contain them from byte 40 on. */
function readMasks(view: DataView, header: number): [number, number, number, number] {
  const at = (i: number): number => view.getUint32(54 + 4 * i, true);
  return [at(0), at(1), at(2), header >= 56 ? at(3) : 0];
}

/** 16, 24 and 32 bits a pixel. */
function direct(view: DataView, header: Header): Uint8Array {
  const { width, height, bits } = header;
  const masks = header.masks ?? (bits === 16 ? [0x7c00, 0x3e0, 0x1f, 0] : [0xff0000, 0xff00, 0xff, 0]);
  const levels = masks.map(levelOf);
  const stride = strideOf(header);
  const out = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y++) {
    const row = header.pixels + rowOf(header, y) * stride;
    for (let x = 0; x < width; x++) {
      const pixel = pixelAt(view, row, x, bits);
      for (let c = 0; c < 4; c++) out[(y * width + x) * 4 + c] = levels[c](pixel);
    }
  }
  return withAlpha(out, masks[3] !== 0);
}

function pixelAt(view: DataView, row: number, x: number, bits: number): number {
  if (bits === 16) return view.getUint16(row + 2 * x, true);
  if (bits === 32) return view.getUint32(row + 4 * x, true);
  return view.getUint16(row + 3 * x, true) | (view.getUint8(row + 3 * x + 2) << 16);
}

/** The bits of a pixel under a mask, scaled to 0..255. */
function levelOf(mask: number): (pixel: number) => number {
  if (mask === 0) return () => 0;
  const low = (mask & -mask) >>> 0;
  const most = mask / low;
  return (pixel) => Math.round((((pixel & mask) >>> 0) / low / most) * 255);
}

/** If alpha is absent, or 0 everywhere as many programs leave it, nothing is transparent. */
function withAlpha(out: Uint8Array, stated: boolean): Uint8Array {
  const isUsed = stated && out.some((value, i) => i % 4 === 3 && value !== 0);
  if (!isUsed) for (let i = 3; i < out.length; i += 4) out[i] = 255;
  return out;
}

/** Up to 8 bits a pixel, looked up in a palette. */
function indexed(view: DataView, header: Header): Uint8Array {
  const { width, height, palette, entry, colours } = header;
  const indices = header.compression === plain ? packed(view, header) : unrolled(view, header);
  const out = new Uint8Array(width * height * 4);
  for (const [i, index] of indices.entries()) {
    const from = palette + Math.min(index, colours - 1) * entry;
    for (let c = 0; c < 3; c++) out[4 * i + c] = view.getUint8(from + 2 - c);
    out[4 * i + 3] = 255;
  }
  return out;
}

function packed(view: DataView, header: Header): Uint8Array {
  const { width, height, bits } = header;
  const stride = strideOf(header);
  const out = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    const row = header.pixels + rowOf(header, y) * stride;
    for (let x = 0; x < width; x++) {
      const shift = 8 - bits - ((x * bits) % 8);
      out[y * width + x] = (view.getUint8(row + ((x * bits) >> 3)) >> shift) & (2 ** bits - 1);
    }
  }
  return out;
}

/** Run lengths: pairs of a count and a value. A count of 0 is a command: end of row, end of picture, move, or that many single values. */
function unrolled(view: DataView, header: Header): Uint8Array {
  const { width, height, bits } = header;
  const out = new Uint8Array(width * height);
  let [x, y, at] = [0, 0, header.pixels];
  const put = (index: number): void => {
    if (x < width && y < height) out[rowOf(header, y) * width + x] = index;
    x++;
  };
  /** Value number `i` of bytes from `from`; two 4-bit values share a byte. */
  const value = (from: number, i: number): number =>
    bits === 8 ? view.getUint8(from + i) : (view.getUint8(from + (i >> 1)) >> (i % 2 === 0 ? 4 : 0)) & 15;
  while (y < height) {
    const [count, command] = [view.getUint8(at), view.getUint8(at + 1)];
    at += 2;
    if (count > 0) {
      for (let i = 0; i < count; i++) put(bits === 8 ? command : value(at - 1, i % 2));
    } else if (command === 0) [x, y] = [0, y + 1];
    else if (command === 1) break;
    else if (command === 2) {
      [x, y] = [x + view.getUint8(at), y + view.getUint8(at + 1)];
      at += 2;
    } else {
      for (let i = 0; i < command; i++) put(value(at, i));
      at += 2 * Math.ceil((command * bits) / 16);
    }
  }
  return out;
}

/** Bytes of a row, which is padded to a multiple of four. */
function strideOf({ width, bits }: Header): number {
  return Math.ceil((width * bits) / 32) * 4;
}

/** The place of row `y` of the picture among the rows of the file, and the reverse. */
function rowOf({ height, fromTop }: Header, y: number): number {
  return fromTop ? y : height - 1 - y;
}
