/** What a recipe reads from files for its training images: a picture of another folder for each, or the rows of one file. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { HostTensors } from '../backends/session';
import { staticShape } from '../compiler/ir/dims';
import { counted } from '../compiler/diagnostics/counted';
import { rowsOf } from '../backends/host';
import { encoderImage } from '../compiler/lower/givens/encoded';
import { pairedFolders, type PairedFolder, type PairedKind } from '../compiler/lower/givens/paired';
import { encodersOf } from '../compiler/programs/givens';
import { keptModel } from '../compiler/programs/kept-model';
import { fileSum } from '../files/checksums';
import { readConditions } from '../sample/given';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { readImages, unsignedLevels, type Batch } from '../data/batches';
import { cachedImages, type CacheOptions } from '../data/image-cache';
import type { ImageSet } from '../data/image-set';
import { sortFiles } from '../data/folder/sort-files';
import { listFolder } from '../data/folder/walk';
import { pairedImages } from '../data/sources/paired';
import { digestOfAll } from './identity';

export interface TrainingPairs {
  /** A digest of the pictures, by the input's name. */
  readonly digests: { readonly [input: string]: string };
  /** The partners of a batch's images, by the input's name. */
  inputs(batch: Pick<Batch, 'shown'>): Promise<HostTensors>;
  close(): Promise<void>;
}

interface OpenedPair {
  readonly digest: string;
  rows(shown: Batch['shown']): Promise<HostTensors[string]>;
  close(): Promise<void>;
}

/** Opens the files that the recipe reads beside `images`; throws if a picture has no partner that fits, or a file other rows. */
export async function openPairs(
  model: ModelGraph,
  { data, given }: Pick<TrainRecipe, 'data' | 'given'>,
  images: ImageSet,
  options: CacheOptions,
): Promise<TrainingPairs> {
  const opened = new Map<string, OpenedPair>();
  const close = async (): Promise<void> => {
    for (const pair of opened.values()) await pair.close();
  };
  try {
    for (const [fed, { from, condition }] of pairedFolders(given)) {
      if (from.kind === 'values') {
        opened.set(fed, await openFile(model, { input: condition, path: from.path }, { data, images }));
        continue;
      }
      if (data.kind !== 'folder') throw notAFolder(condition, data.kind);
      const pictures = await picturesOf(data.path, images);
      const size = fed === condition ? sizeOfInput(model, condition) : encoderSize(given, condition);
      opened.set(
        fed,
        await openPair(size, { input: condition, folder: from }, { folder: data.path, pictures }, options),
      );
    }
  } catch (error) {
    await close();
    throw error;
  }
  const all = [...opened];
  return {
    digests: Object.fromEntries(all.map(([input, { digest }]) => [input, digest])),
    inputs: async ({ shown }) => {
      const rows: { [input: string]: HostTensors[string] } = {};
      for (const [input, pair] of all) rows[input] = await pair.rows(shown);
      return rows;
    },
    close,
  };
}

/** The rows of one file: a single one for all images, or one for each in the order of the set. */
async function openFile(
  model: ModelGraph,
  { input, path }: { readonly input: string; readonly path: string },
  { data, images }: { readonly data: TrainRecipe['data']; readonly images: ImageSet },
): Promise<OpenedPair> {
  const { [input]: rows } = await readConditions(model, { [input]: { values: [path] } });
  const [count] = rows.shape;
  const isTable = count !== 1;
  if (isTable && count !== images.count)
    throw new WeftError(
      `${path}, the file of \`${input}\`, has ${counted(count, 'row')} for ${counted(images.count, 'image')}.`,
      'Give it a row for each image in the order of the data, or a single row for all.',
    );
  if (isTable && rows.shape.length === 4 && 'flip' in data && data.flip)
    throw new WeftError(
      `${path}, the file of \`${input}\`, has a picture for each image, and \`flip\` mirrors the images alone.`,
      'Leave `flip` out, or give the pictures in a folder: `folder("…")` mirrors both.',
    );
  return {
    digest: (await fileSum(path)).sha256,
    rows: async (shown) =>
      rowsOf(
        rows,
        shown.map(({ index }) => (isTable ? index : 0)),
      ),
    close: async () => {},
  };
}

function partners(set: ImageSet, shown: Batch['shown'], kind: PairedKind): Promise<HostTensors[string]> {
  const indices = shown.map(({ index }) => index);
  return readImages(set, indices, (i) => shown[i].mirrored, kind === 'masks' ? unsignedLevels : undefined);
}

interface PictureSize {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

function sizeOfInput(model: ModelGraph, input: string): PictureSize {
  const target = model.inputs.find((i) => i.name === input);
  if (!target) throw new WeftError(`${model.name} has no condition \`${input}\`.`);
  const [channels, height, width] = staticShape(target.value.shape.slice(1));
  return { channels, height, width };
}

/** The size of the pictures that the encoder of a condition takes. */
function encoderSize(given: TrainRecipe['given'], input: string): PictureSize {
  const encoder = encodersOf(given).find((e) => e.input === input);
  const image = encoder && encoderImage(keptModel(encoder.frozen.model));
  if (!image) throw new WeftError(`The recipe names no encoder for the pictures of \`${input}\`.`);
  const [channels, height, width] = staticShape(image.shape.slice(1));
  return { channels, height, width };
}

async function openPair(
  size: PictureSize,
  { input, folder }: { readonly input: string; readonly folder: PairedFolder },
  beside: { readonly folder: string; readonly pictures: readonly string[] },
  { onWarning, ...options }: CacheOptions,
): Promise<OpenedPair> {
  const listing = await pairedImages(folder, size, { ...beside, input });
  const set = await cachedImages(listing, size, { ...options, onWarning: (text) => onWarning?.(`${input}: ${text}`) });
  return {
    digest: digestOfAll(set, false),
    rows: (shown) => partners(set, shown, folder.kind),
    close: () => set.close(),
  };
}

/** The names of a folder's training pictures, in the order of the set. */
export async function picturesOf(
  folder: string,
  { skipped, count }: Pick<ImageSet, 'skipped' | 'count'>,
): Promise<readonly string[]> {
  const { pictures } = await sortFiles(folder, (await listFolder(folder)).files);
  const left = new Set(skipped.map(({ name }) => name));
  const names = pictures.filter((name) => !left.has(name));
  if (names.length === count) return names;
  throw new WeftError(
    `The pictures of ${folder} changed while they were read.`,
    'Start again once they stay as they are.',
  );
}

function notAFolder(input: string, kind: string): WeftError {
  return new WeftError(
    `The pictures of \`${input}\` are matched with those of the training folder, but the data are ${kind}.`,
    'Train on folder("…"), or make the condition of the image.',
  );
}
