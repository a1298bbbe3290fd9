/** Synthetic compositions: one to four things with their own shapes, colours, sizes and relations, on white, and captions by category. */
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { arrange, type PlacedThing } from '../compositions/arrange';
import { captionForms, captionOf } from '../compositions/captions';
import { drawContent, isIn, type Category } from '../compositions/content';
import { factsOf, type Fact } from '../compositions/facts';
import type { ImageListing, ImageSize } from '../image-set';
import type { SceneSplit } from '../scenes/attributes';
import { draws } from '../scenes/draws';
import { inPixels, paint } from '../scenes/shapes';

export interface CompositionOptions {
  /** Number of pictures. */
  readonly count: number;
  /** A whole number, from which all of it is drawn. */
  readonly seed: number;
  readonly split: SceneSplit;
  /** Their categories, taken in turn; those without pictures in the split are passed over. */
  readonly categories: readonly Category[];
}

/** A picture and what its caption says. */
export interface Composition {
  readonly category: Category;
  readonly caption: string;
  readonly facts: readonly Fact[];
  readonly things: readonly PlacedThing[];
}

/** Part of the cache key; raised when the drawing of compositions changes. */
const formatVersion = 1;

/** The compositions as an image set: class = category; each picture gives its caption. */
export function compositionImages(options: CompositionOptions, size: ImageSize): ImageListing {
  return {
    facts: { kind: 'compositions', format: formatVersion, ...options },
    list: async () => ({
      classes: options.categories,
      images: Array.from({ length: options.count }, (_, i) => {
        const made = composition(i, options);
        const name = `compositions/${options.split}/${i}`;
        const label = options.categories.indexOf(made.category);
        return { name, label, caption: made.caption, render: async () => renderComposition(made, size) };
      }),
    }),
  };
}

/** Picture number `index`. */
export function composition(index: number, options: Omit<CompositionOptions, 'count'>): Composition {
  const { seed, split } = options;
  const shown = options.categories.filter((category) => isIn(split, category));
  if (shown.length === 0)
    throw new WeftError(
      'Captions of a single object say nothing that could be held out, so there are no pictures of compositions.',
      'Name another category too, or another split than held_out.',
    );
  const category = shown[index % shown.length];
  const draw = draws(0xc0905, seed, index);
  const content = drawContent(category, split, draw);
  const caption = captionOf(content, Math.floor(draw() * captionForms));
  return { category, caption, facts: factsOf(content), things: arrange(content, draw) };
}

/** Bytes [height, width, 3]. */
export function renderComposition({ things }: Composition, size: ImageSize): Uint8Array {
  const pixels = new Uint8Array(size.height * size.width * 3).fill(255);
  for (const thing of things) paint(pixels, size, thing, inPixels(thing, size));
  return pixels;
}
