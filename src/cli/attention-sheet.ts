/** A sheet of attention maps, or a file with their numbers. */
// Tested by test/sample/attention.test.ts.
import { rowsOf } from '../backends/host';
import type { HostTensor } from '../backends/session';
import { writeContactSheet, type SheetCell } from '../data/contact-sheet';
import { toBytes, type Images } from '../data/png';
import { writeSafetensors } from '../data/safetensors';
import { isTensors } from '../sample/write-samples';
import { coloured } from '../score/coloured';

/** Writes maps by path, `[images, …, queries, keys]`, of these images with `texts` tokens of text each; returns lines that say what is on a sheet. */
export async function writeAttention(
  path: string,
  maps: ReadonlyMap<string, HostTensor>,
  images: HostTensor,
  texts = 0,
): Promise<readonly string[]> {
  if (isTensors(path)) {
    await writeSafetensors(path, maps);
    return [];
  }
  const [count, , height, width] = images.shape;
  const cells = [...maps].flatMap(([at, map]) =>
    Array.from({ length: count }, (_, i): SheetCell => {
      const mean = meanOf(map, i, count);
      const drawn = coloured(rowsOf(images, [i]));
      const grid = gridOf(mean, { height, width, texts });
      const shown = grid ? placesOf(grid).map((place) => mapAt(mean, grid, place)) : [matrixOf(mean)];
      return { pictures: [drawn, ...shown], text: `${i}: ${at}` };
    }),
  );
  await writeContactSheet(path, cells);
  return [
    `${path}: for each image and attention the image, then where the red token looks, four tokens in turn, white for most; the mean over heads. ` +
      'Where the keys are no grid of the image, a row for each query and a column for each key.',
  ];
}

/** Weights `[queries, keys]`. */
interface Mean {
  readonly queries: number;
  readonly keys: number;
  readonly data: Float64Array;
}

/** The mean over all axes between the images and the queries. */
function meanOf({ shape, data }: HostTensor, image: number, images: number): Mean {
  const [queries, keys] = shape.slice(-2);
  const size = queries * keys;
  const heads = data.length / size / images;
  const mean = new Float64Array(size);
  for (let head = 0; head < heads; head++)
    for (let i = 0; i < size; i++) mean[i] += Number(data[(image * heads + head) * size + i]) / heads;
  return { queries, keys, data: mean };
}

interface Grid {
  readonly rows: number;
  readonly columns: number;
}

/** The tokens of an image that is cut into squares, if there are as many queries and keys, and these cannot be tokens of another cut and of the text. */
function gridOf(
  { queries, keys }: Mean,
  { height, width, texts }: { readonly height: number; readonly width: number; readonly texts: number },
): Grid | null {
  const grids: Grid[] = [];
  for (let side = 1; side <= Math.min(height, width); side++)
    if (height % side === 0 && width % side === 0) grids.push({ rows: height / side, columns: width / side });
  const cutInto = (tokens: number): Grid | undefined => grids.find(({ rows, columns }) => rows * columns === tokens);
  if (queries !== keys || (texts > 0 && cutInto(keys - texts))) return null;
  return cutInto(keys) ?? null;
}

/** The middles of the quarters. */
function placesOf({ rows, columns }: Grid): number[] {
  const at = (n: number, share: number): number => Math.min(n - 1, Math.floor(n * share));
  return [0.25, 0.75].flatMap((y) => [0.25, 0.75].map((x) => at(rows, y) * columns + at(columns, x)));
}

/** Where a token looks, as grey levels of its own range, and the token in red. */
function mapAt({ keys, data }: Mean, { rows, columns }: Grid, token: number): Images {
  const row = data.subarray(token * keys, (token + 1) * keys);
  return levels(row, { rows, columns }, token);
}

function matrixOf({ queries, keys, data }: Mean): Images {
  return levels(data, { rows: queries, columns: keys }, null);
}

function levels(values: Float64Array, { rows, columns }: Grid, marked: number | null): Images {
  const high = values.reduce((a, b) => Math.max(a, b), 0) || 1;
  const grey = toBytes(values.map((x) => (2 * x) / high - 1));
  const area = rows * columns;
  const data = new Uint8Array(3 * area);
  for (let c = 0; c < 3; c++) data.set(grey, c * area);
  if (marked !== null) for (let c = 0; c < 3; c++) data[c * area + marked] = c === 0 ? 230 : 30;
  return { shape: [1, 3, rows, columns], data };
}
