/** Pictures to take features of, a part at a time: those of a folder in their own sizes, those of an image set, and those that a model draws. */
// Tested by test/score/evaluate.test.ts.
import { join, resolve } from 'node:path';
import { rowsOf } from '../backends/host';
import type { HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import { readImages } from '../data/batches';
import { checkFolder, fileFacts } from '../data/sources/folder';
import { sortFiles } from '../data/folder/sort-files';
import { listFolder } from '../data/folder/walk';
import type { ImageSet } from '../data/image-set';
import { pictureSize, renderExact } from '../data/sources/render';
import { reasonOf } from '../files/file-error';
import { checkDrawn } from '../sample/check-drawn';
import { drawAlike, type AlikeRequest } from './draw-alike';
import { spread } from './reference';

export interface PictureSource {
  readonly count: number;
  /** Plain data that the pictures depend on; equal facts mean equal pictures. */
  readonly facts: unknown;
  /** The pictures with these numbers, from 0 to `count - 1`, each `[1, 1 or 3, height, width]` in [-1, 1]. */
  read(numbers: readonly number[]): Promise<readonly HostTensor[]>;
  /** The file of each picture, of a folder. */
  readonly names?: readonly string[];
}

/** Pictures of a folder at any depth, in their own sizes; `most` of them, spread evenly, if it has more. One that cannot be read is an error. */
export async function folderPictures(path: string, most: number): Promise<PictureSource> {
  const folder = resolve(path);
  await checkFolder(folder);
  const { pictures } = await sortFiles(folder, (await listFolder(folder)).files);
  if (pictures.length === 0)
    throw new WeftError(`The folder ${folder} holds no pictures.`, 'Name a folder of PNG, JPEG or WebP files.');
  const names = spread(pictures.length, Math.min(most, pictures.length)).map((i) => pictures[i]);
  return {
    count: names.length,
    facts: { folder, pictures: await fileFacts(folder, names) },
    read: (numbers) => Promise.all(numbers.map((i) => readPicture(join(folder, names[i])))),
    names,
  };
}

/** Images of an open set; `most` of them, spread evenly, if it has more. */
export function setPictures(set: ImageSet, most: number): PictureSource {
  if (set.numbers !== 'levels')
    throw new WeftError('Latents are no pictures, so they have no features to compare.', 'Decode them into a folder.');
  const images = spread(set.count, Math.min(most, set.count));
  const { height, width, channels } = set;
  return {
    count: images.length,
    facts: { set: set.digest({ captions: false }), numbers: images.length, size: [height, width, channels] },
    read: async (numbers) =>
      oneByOne(
        await readImages(
          set,
          numbers.map((i) => images[i]),
        ),
      ),
  };
}

/** What a model draws for as many images of the set, with their classes and captions. `facts` tell its weights and settings from others. */
export function drawnPictures(
  model: ModelGraph,
  request: AlikeRequest & { readonly facts: unknown },
  set: ImageSet,
  count: number,
): PictureSource {
  const like = spread(set.count, count);
  const { facts, seed } = request;
  return {
    count,
    facts: { drawn: facts, seed, set: set.digest({ captions: request.reading !== undefined }) },
    read: async (numbers) => {
      const indices = numbers.map((i) => like[i]);
      const images = await drawAlike(model, { ...request, numbers }, set, indices);
      checkDrawn(images);
      return oneByOne(images);
    },
  };
}

function oneByOne(images: HostTensor): HostTensor[] {
  return Array.from({ length: images.shape[0] }, (_, i) => rowsOf(images, [i]));
}

async function readPicture(path: string): Promise<HostTensor> {
  try {
    // Only drawings have no size of their own; these get that.
    const { height, width } = await pictureSize(path, { height: 256, width: 256 });
    const bytes = await renderExact(path, { height, width });
    const plane = height * width;
    const data = new Float32Array(3 * plane);
    for (let i = 0; i < plane; i++) for (let c = 0; c < 3; c++) data[c * plane + i] = bytes[3 * i + c] / 127.5 - 1;
    return { shape: [1, 3, height, width], dtype: 'f32', data };
  } catch (error) {
    throw new WeftError(
      `${path} cannot be read: ${reasonOf(error)}.`,
      'A distance over fewer pictures would be another: mend the file or take it out of the folder.',
    );
  }
}
