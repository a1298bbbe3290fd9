/** Pictures that a recipe pairs with those of its training folder: one for each, mirrored together with it. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { HostTensors } from '../backends/session';
import { staticShape } from '../compiler/ir/dims';
import { pairedFolders, type PairedFolder, type PairedKind } from '../compiler/lower/givens/paired';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { readImages, unsignedLevels, type Batch } from '../data/batches';
import { cachedImages, type CacheOptions } from '../data/image-cache';
import type { ImageSet } from '../data/image-set';
import { sortFiles } from '../data/folder/sort-files';
import { listFolder } from '../data/folder/walk';
import { pairedImages } from '../data/sources/paired';

export interface TrainingPairs {
  /** A digest of the pictures, by the input's name. */
  readonly digests: { readonly [input: string]: string };
  /** The partners of a batch's images, by the input's name. */
  inputs(batch: Pick<Batch, 'shown'>): Promise<HostTensors>;
  close(): Promise<void>;
}

interface OpenedPair {
  readonly input: string;
  readonly kind: PairedKind;
  readonly set: ImageSet;
}

/** Opens the pictures that the recipe pairs with `images`; throws if a picture has no partner that fits. */
export async function openPairs(
  model: ModelGraph,
  { data, given }: Pick<TrainRecipe, 'data' | 'given'>,
  images: ImageSet,
  options: CacheOptions,
): Promise<TrainingPairs> {
  const folders = [...pairedFolders(given)];
  const opened: OpenedPair[] = [];
  const close = async (): Promise<void> => {
    for (const { set } of opened) await set.close();
  };
  try {
    for (const [input, folder] of folders) {
      if (data.kind !== 'folder') throw notAFolder(input, data.kind);
      const pictures = await picturesOf(data.path, images);
      opened.push({
        input,
        kind: folder.kind,
        set: await openPair(model, { input, folder }, { folder: data.path, pictures }, options),
      });
    }
  } catch (error) {
    await close();
    throw error;
  }
  return {
    digests: Object.fromEntries(opened.map(({ input, set }) => [input, set.digest({ captions: false })])),
    inputs: async ({ shown }) => {
      const rows: { [input: string]: HostTensors[string] } = {};
      for (const { input, kind, set } of opened) rows[input] = await partners(set, shown, kind);
      return rows;
    },
    close,
  };
}

function partners(set: ImageSet, shown: Batch['shown'], kind: PairedKind): Promise<HostTensors[string]> {
  const indices = shown.map(({ index }) => index);
  return readImages(set, indices, (i) => shown[i].mirrored, kind === 'masks' ? unsignedLevels : undefined);
}

async function openPair(
  model: ModelGraph,
  { input, folder }: { readonly input: string; readonly folder: PairedFolder },
  beside: { readonly folder: string; readonly pictures: readonly string[] },
  { onWarning, ...options }: CacheOptions,
): Promise<ImageSet> {
  const target = model.inputs.find((i) => i.name === input);
  if (!target) throw new WeftError(`${model.name} has no condition \`${input}\`.`);
  const [channels, height, width] = staticShape(target.value.shape.slice(1));
  const size = { channels, height, width };
  const listing = await pairedImages(folder, size, { ...beside, input });
  return cachedImages(listing, size, { ...options, onWarning: (text) => onWarning?.(`${input}: ${text}`) });
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
