/** What people train on: pictures, latents and captions, which have no sums but those of PNG. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp, { type Sharp } from 'sharp';
import { createSafetensorsWriter } from '../../../src/data/safetensors';
import { openImageSet, type ImageSet, type ImageSize } from '../../../src/data/image-set';
import { writeNpy } from '../../../src/data/npy';
import type { DataSource } from '../../../src/compiler/recipe/index';
import { filesBelow, unsummed, type FileKind, type Found } from './kind';

const side = 8;

/** How a picture of a shade is written, by ending. */
const formats: { readonly [ending: string]: (shade: number) => Promise<Uint8Array> } = {
  png: (shade) => picture(shade).png().toBuffer(),
  jpg: (shade) => picture(shade).jpeg().toBuffer(),
  webp: (shade) => picture(shade).webp().toBuffer(),
  gif: (shade) => picture(shade).gif().toBuffer(),
  tiff: (shade) => picture(shade).tiff().toBuffer(),
  avif: (shade) => picture(shade).avif().toBuffer(),
  bmp: async (shade) => bitmap(shade),
  svg: async (shade) =>
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><rect width="8" height="5" fill="rgb(${shade},90,9)"/></svg>`,
    ),
};

/** A kind for each format. */
export const pictures: readonly FileKind[] = Object.entries(formats).map(([ending, write]) => ({
  name: `pictures: ${ending}`,
  damage: 'inside',
  make: async (folder) => {
    for (const [i, name] of ['a/0', 'a/1', 'b/2'].entries())
      put(folder, `data/${name}.${ending}`, await write(60 * i + 20));
  },
  files: (folder) => filesBelow(folder, 'data'),
  read: (folder, warn) => imagesOf(folder, pictureSource(folder), { size: square(3), warn }),
}));

export const numpyLatents: FileKind = {
  name: 'latents: npy',
  damage: 'inside',
  make: async (folder) => {
    mkdirSync(join(folder, 'data', 'a'), { recursive: true });
    await writeNpy(join(folder, 'data', 'a', 'one.npy'), { shape: [2, side, side], data: numbers(2 * side * side) });
    await writeNpy(join(folder, 'data', 'a', 'many.npy'), {
      shape: [3, 2, side, side],
      data: numbers(6 * side * side),
    });
  },
  files: (folder) => filesBelow(folder, 'data'),
  read: readLatents,
};

export const safetensorsLatents: FileKind = {
  name: 'latents: safetensors',
  damage: 'inside',
  make: async (folder) => {
    mkdirSync(join(folder, 'data'), { recursive: true });
    const latents = { name: 'latents', dtype: 'F32' as const, shape: [3, 2, side, side] };
    const labels = { name: 'labels', dtype: 'I32' as const, shape: [3] };
    const writer = await createSafetensorsWriter(join(folder, 'data', 'all.safetensors'), {
      tensors: [latents, labels],
    });
    await writer.write('latents', { shape: latents.shape, dtype: 'f32', data: numbers(6 * side * side) });
    await writer.write('labels', { shape: labels.shape, dtype: 'i32', data: Int32Array.from([0, 1, 1]) });
    await writer.close();
  },
  files: () => [join('data', 'all.safetensors')],
  read: readLatents,
};

const captions = ['red heart', 'blue star', 'große Welle'];
const named = (i: number): string => `${i}.png`;

/** How the captions of three pictures are written: names of files and what is in them. */
const captionForms: { readonly [form: string]: { readonly [file: string]: string } } = {
  'text files': Object.fromEntries(captions.map((text, i) => [`${i}.txt`, text])),
  'JSON files': Object.fromEntries(captions.map((text, i) => [`${i}.json`, JSON.stringify({ caption: text })])),
  'metadata.jsonl': {
    'metadata.jsonl': captions.map((text, i) => JSON.stringify({ file_name: named(i), text })).join('\n'),
  },
  'metadata.csv': {
    'metadata.csv': ['file_name,text', ...captions.map((text, i) => `${named(i)},"${text}"`)].join('\n'),
  },
  'captions.json': {
    'captions.json': JSON.stringify(Object.fromEntries(captions.map((text, i) => [named(i), text]))),
  },
};

/** A kind for each form. */
export const captionKinds: readonly FileKind[] = Object.entries(captionForms).map(([form, files]) => ({
  name: `captions: ${form}`,
  damage: 'inside',
  make: async (folder) => {
    for (const i of captions.keys()) put(folder, `data/${named(i)}`, await formats.png(50 * i));
    for (const [name, text] of Object.entries(files)) put(folder, `data/${name}`, text);
  },
  files: () => Object.keys(files).map((name) => join('data', name)),
  read: (folder, warn) => imagesOf(folder, pictureSource(folder), { size: square(3), warn, texts: true }),
}));

function pictureSource(folder: string): DataSource {
  return { kind: 'folder', path: join(folder, 'data'), flip: false };
}

function readLatents(folder: string, warn: (message: string) => void): Promise<Found> {
  const source: DataSource = { kind: 'latents', path: join(folder, 'data'), scale: 1, shift: 0 };
  return imagesOf(folder, source, { size: square(2), warn });
}

interface Reading {
  readonly size: ImageSize;
  readonly warn: (message: string) => void;
  readonly texts?: boolean;
}

/** How many items there are and how many have a text; all their numbers and texts. */
async function imagesOf(folder: string, source: DataSource, { size, warn, texts = false }: Reading): Promise<Found> {
  const set = await openImageSet(source, size, { cache: join(folder, 'cache'), captions: texts, onWarning: warn });
  try {
    for (const { name, why } of set.skipped) warn(`${name} is left out: ${why}`);
    const form = [set.count, set.captions.filter((text) => text !== '').length];
    return unsummed(form, [[...set.labels], texts && set.captions, [...(await bytesOf(set))]]);
  } finally {
    await set.close();
  }
}

async function bytesOf(set: ImageSet): Promise<Uint8Array> {
  const { count, channels, height, width, numbers } = set;
  const into = new Uint8Array(count * channels * height * width * (numbers === 'floats' ? 4 : 1));
  await set.read(
    Array.from({ length: count }, (_, i) => i),
    into,
  );
  return into;
}

function square(channels: number): ImageSize {
  return { height: side, width: side, channels };
}

function put(folder: string, name: string, content: string | Uint8Array): void {
  const path = join(folder, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, content);
}

function numbers(count: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i));
}

/** Bands of colour, so that formats of few colours and those of waves keep more than one. */
function picture(shade: number): Sharp {
  const pixels = Uint8Array.from({ length: side * side * 3 }, (_, i) => (i % 3 === 0 ? shade : (i * 5) % 256));
  return sharp(pixels, { raw: { width: side, height: side, channels: 3 } });
}

/** A bitmap of 24 bits a pixel, as Windows writes it. */
function bitmap(shade: number): Uint8Array {
  const bytes = Buffer.alloc(54 + side * side * 3, shade);
  bytes.write('BM', 'latin1');
  bytes.writeUInt32LE(bytes.length, 2);
  bytes.writeUInt32LE(0, 6);
  bytes.writeUInt32LE(54, 10);
  bytes.writeUInt32LE(40, 14);
  bytes.writeInt32LE(side, 18);
  bytes.writeInt32LE(side, 22);
  bytes.writeUInt16LE(1, 26);
  bytes.writeUInt16LE(24, 28);
  bytes.fill(0, 30, 54);
  return bytes;
}
