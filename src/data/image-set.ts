/** Opens the images that a recipe trains on: bytes of one size with classes and captions, rendered once and kept in the user's cache. */
import type { DataSource } from '../compiler/recipe/index';
import { cachedImages, type CacheOptions } from './image-cache';
import { emojiImages } from './sources/emoji';
import { folderImages, type FolderOptions } from './sources/folder';
import { latentImages } from './sources/latents';
import { mnistImages } from './sources/mnist';
import { parquetImages } from './sources/parquet';
import { compositionImages } from './sources/compositions';
import { sceneImages } from './sources/scenes';
import { tarImages } from './sources/tar';

export interface ImageSize {
  readonly height: number;
  readonly width: number;
  /** 3 by default; 1 for grey. */
  readonly channels?: number;
}

/** Images of one size, in a fixed order. */
export interface ImageSet extends ImageSize {
  readonly count: number;
  readonly channels: number;
  /** Levels of colour, or unscaled numbers: float32, in the order [channels, height, width]. */
  readonly numbers: Numbers;
  readonly classes: readonly string[];
  /** The index into `classes` of each image. */
  readonly labels: Int32Array;
  readonly captions: readonly string[];
  /** Images that could not be read and are left out. */
  readonly skipped: readonly SkippedImage[];
  /** The order of training, where it counts images that cannot be read too; by default it counts the images of the set. */
  readonly places?: Places;
  /** A digest of the files that the images are made from, with classes and captions; absent if there is none. */
  readonly source?: string;
  /** Makes the images that are not rendered yet; absent if all are. */
  readonly renderAll?: () => Promise<void>;
  /**
   * A digest that tells this set from others: pixels, their order and classes, and the captions if they are read. Null until all images
   * are rendered.
   */
  digest(what: { readonly captions: boolean }): string | null;
  /** Puts the bytes of some images into `into`: levels as [indices.length, height, width, channels], red first, rows from the top. */
  read(indices: ArrayLike<number>, into: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

export type Numbers = 'levels' | 'floats';

/**
 * The places of a large set: one for each picture that was listed. Which of them cannot be read is known only after all have been
 * rendered, and the order of training must not depend on that.
 */
export interface Places {
  readonly count: number;
  /** The caption of each place. */
  readonly captions: readonly string[];
  /** The images of the set at some places: that of the next place for a picture that cannot be read. */
  at(places: readonly number[]): Promise<readonly number[]>;
}

export interface SkippedImage {
  readonly name: string;
  readonly why: string;
}

/** A source's images before they are rendered. */
export interface ImageListing {
  /** The kind of numbers that `render` gives; levels by default. */
  readonly numbers?: Numbers;
  /** The error for an image that cannot be read, if none may be left out. */
  readonly onUnreadable?: (image: SkippedImage) => Error;
  /** Plain data that the pixels depend on: names, versions, options. Equal facts mean equal images. */
  readonly facts: unknown;
  /** Lists the images in a fixed order; called if they are not in the cache. */
  list(): Promise<ListedImages>;
}

export interface ListedImages {
  /** Every class keeps its number, even one without images. */
  readonly classes: readonly string[];
  readonly images: readonly ListedImage[];
  /** The numbers of classes of which other sets of the same data have images; absent if there are no other sets. */
  readonly elsewhere?: ReadonlySet<number>;
  /** Notes on how the images were read; asked for after all have been rendered. */
  readonly notes?: () => readonly string[];
  /** What lies beside the images in packed files, and why it is not read. */
  readonly left?: LeftOut;
  /** A digest of the files of the images, with their classes, and their captions if they are read; absent for sources without files. */
  readonly digest?: (onProgress?: (done: number, total: number) => void) => Promise<string>;
}

export interface LeftOut {
  readonly files: readonly SkippedImage[];
  /** Notes that summarise them. */
  readonly notes: readonly string[];
}

export interface ListedImage {
  readonly name: string;
  readonly label: number;
  readonly caption: string;
  /** In packed files: whether the caption is the image's own, not the name of its class or the empty prompt. */
  readonly isCaptioned?: boolean;
  /** In packed files: the bytes of the picture's file. */
  readonly bytes?: () => Promise<Buffer>;
  /** Bytes [height, width, 3], or those of float32 numbers [channels, height, width]. */
  render(): Promise<Uint8Array>;
}

/** Opens a source's images at a size: from the cache, or by rendering them all, with progress to `onProgress`. */
export async function openImageSet(
  source: DataSource,
  size: ImageSize,
  options: CacheOptions & FolderOptions = {},
): Promise<ImageSet> {
  return cachedImages(await listingOf(source, size, options), size, options);
}

/** A source's images before they are rendered. */
export async function listingOf(source: DataSource, size: ImageSize, options: FolderOptions): Promise<ImageListing> {
  switch (source.kind) {
    case 'emoji':
      return emojiImages(source.styles, source.groups, size, source.holdOut);
    case 'mnist':
      return mnistImages(size);
    case 'scenes':
      return sceneImages({ count: source.count, seed: source.seed, split: source.split }, size);
    case 'compositions': {
      const { categories, count, seed, split } = source;
      return compositionImages({ categories, count, seed, split }, size);
    }
    case 'folder':
      return folderImages(source.path, size, options);
    case 'tar':
      return tarImages(source.path, size, options);
    case 'parquet':
      return parquetImages(source, size, options);
    case 'latents':
      return latentImages(source.path, size, source, options);
  }
}
