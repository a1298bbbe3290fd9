/** A contact sheet: a cell for each image, with pictures beside it and a few words below. */
// Tested by test/cli/data.test.ts.
import sharp from 'sharp';
import { lettering } from './lettering';
import { imageGrid, writePicture, type Images } from './png';

export interface SheetCell {
  /** From left to right, each `[1, channels, height, width]`; all are shown at the height of the first. */
  readonly pictures: readonly Images[];
  /** Shown below the pictures, as much as fits. */
  readonly text: string;
}

/** Sides in pixels: small images are enlarged to at least the first, large ones are shrunk to the second. */
const [least, most] = [96, 256];
/** Pixels between the pictures of a cell, between cells, per digit, and per line. */
const [beside, gap, digit, line] = [2, 10, 7, 12];
/** Light grey, so that white pictures have a visible edge. */
const ground = 228;
/** The most lines below an image. */
const mostLines = 3;
/** Pixels per letter, and the fewest letters for which a line has room. */
const [advance, fewest] = [6.3, 4];

interface Tile {
  readonly width: number;
  readonly height: number;
  /** Bytes [height, width, 3]. */
  readonly pixels: Uint8Array;
}

/** Writes the cells row by row, and returns how many are in a row. */
export async function writeContactSheet(path: string, cells: readonly SheetCell[]): Promise<number> {
  const tiles = await Promise.all(cells.map(({ pictures }) => tilesOf(pictures)));
  const width = Math.max(...tiles.map(widthOf));
  const texts = cells.map(({ text }) => wrapped(text, Math.max(fewest, Math.floor(width / advance))));
  const [high] = tiles[0].map((tile) => tile.height);
  const lines = Math.max(...texts.map((text) => text.length));
  const height = high + lines * line;
  const columns = Math.min(cells.length, Math.max(1, Math.round(Math.sqrt((cells.length * height) / width))));
  const size = {
    width: gap + columns * (width + gap),
    height: gap + Math.ceil(cells.length / columns) * (height + gap),
  };
  const pixels = new Uint8Array(size.width * size.height * 3).fill(ground);
  const paths: string[] = [];
  for (const [i, own] of tiles.entries()) {
    const left = gap + (i % columns) * (width + gap);
    const top = gap + Math.floor(i / columns) * (height + gap);
    let x = left;
    for (const tile of own) {
      put(tile, pixels, { x, y: top, width: size.width });
      x += tile.width + beside;
    }
    for (const [n, text] of texts[i].entries())
      paths.push(lettering(text, { x: left, y: top + high + (n + 1) * line - 2, size: digit }));
  }
  const words = `<svg xmlns="http://www.w3.org/2000/svg" width="${size.width}" height="${size.height}">${paths.join('')}</svg>`;
  const sheet = sharp(pixels, { raw: { ...size, channels: 3 } }).composite([{ input: Buffer.from(words) }]);
  await writePicture(path, sheet.removeAlpha());
  return columns;
}

async function tilesOf(pictures: readonly Images[]): Promise<Tile[]> {
  const [, , height, width] = pictures[0].shape;
  const scale = Math.max(1, Math.round(least / width));
  const high = Math.round(height * Math.min(scale, most / Math.max(height, width)));
  return Promise.all(pictures.map((picture) => tileOf(picture, high)));
}

async function tileOf(picture: Images, height: number): Promise<Tile> {
  const grid = imageGrid(picture);
  const raw = { width: grid.width, height: grid.height, channels: 3 as const };
  const width = Math.max(1, Math.round((grid.width * height) / grid.height));
  const kernel = height >= grid.height ? 'nearest' : 'lanczos3';
  const pixels = await sharp(grid.pixels, { raw }).resize(width, height, { fit: 'fill', kernel }).raw().toBuffer();
  return { width, height, pixels };
}

function widthOf(tiles: readonly Tile[]): number {
  return tiles.reduce((sum, { width }) => sum + width + beside, -beside);
}

function put(
  tile: Tile,
  into: Uint8Array,
  at: { readonly x: number; readonly y: number; readonly width: number },
): void {
  for (let y = 0; y < tile.height; y++) {
    const row = tile.pixels.subarray(y * tile.width * 3, (y + 1) * tile.width * 3);
    into.set(row, ((at.y + y) * at.width + at.x) * 3);
  }
}

/** Lines of at most `room` letters, broken between words if possible; text that does not fit ends in dots. */
function wrapped(text: string, room: number): string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (rest.length > room && lines.length < mostLines - 1) {
    const space = rest.lastIndexOf(' ', room);
    const end = space > 0 ? space : room;
    lines.push(rest.slice(0, end));
    rest = rest.slice(end).trim();
  }
  if (rest === '') return lines;
  return [...lines, rest.length <= room ? rest : `${rest.slice(0, room - 2)}..`];
}
