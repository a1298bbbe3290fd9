/** Synthetic scenes: things of one shape and colour at one place, on white, with a caption that says exactly that. */
import type { ImageListing, ImageSize } from '../image-set';
import {
  captionForms,
  captionOf,
  combinationsOf,
  shapes,
  type SceneAttributes,
  type ScenePosition,
  type SceneSplit,
} from '../scenes/attributes';
import { draws } from '../scenes/draws';
import { inPixels, paint, type Placed } from '../scenes/shapes';
import { epochOrder } from '../shuffle';

export interface SceneOptions {
  /** Number of scenes. */
  readonly count: number;
  /** A whole number, from which all of it is drawn. */
  readonly seed: number;
  readonly split: SceneSplit;
}

/** A scene in units of the image's sides. Things never touch, and the whole group is at its position. */
export interface Scene extends SceneAttributes {
  readonly caption: string;
  /** Centres in 0..1 of the width and height; radii in parts of the shorter side. */
  readonly things: readonly Placed[];
}

/** Region of each position: left, top, width, height. */
const regions: { readonly [P in ScenePosition]: readonly [number, number, number, number] } = {
  left: [0, 0, 0.5, 1],
  right: [0.5, 0, 0.5, 1],
  top: [0, 0, 1, 0.5],
  bottom: [0, 0.5, 1, 0.5],
  centre: [0.19, 0.19, 0.62, 0.62],
};

/** Part of the cache key; raised when the drawing of scenes changes. */
const formatVersion = 1;
/** Smallest and largest radius in parts of half a cell; the rest is space between things. */
const [smallest, largest] = [0.7, 0.84];
const largestRadius = 0.19;

/** The scenes as an image set: class = shape; each scene gives its caption. */
export function sceneImages(options: SceneOptions, size: ImageSize): ImageListing {
  return {
    facts: { kind: 'scenes', format: formatVersion, ...options },
    list: async () => ({
      classes: shapes,
      images: Array.from({ length: options.count }, (_, i) => {
        const made = scene(i, options);
        const name = `scenes/${options.split}/${i}`;
        const label = shapes.indexOf(made.shape);
        return { name, label, caption: made.caption, render: async () => renderScene(made, size) };
      }),
    }),
  };
}

/** Scene number `index`. Each round has every combination of the split once, in an order set by the seed. */
export function scene(index: number, { seed, split }: Pick<SceneOptions, 'seed' | 'split'>): Scene {
  const all = combinationsOf(split);
  const round = Math.floor(index / all.length);
  const attributes = all[orderOf(all.length, seed, round)[index % all.length]];
  const draw = draws(0x5ce7e, seed, index);
  const caption = captionOf(attributes, Math.floor(draw() * captionForms));
  return { ...attributes, caption, things: arrange(attributes, draw) };
}

let lastOrder: { readonly key: string; readonly order: Uint32Array } = { key: '', order: new Uint32Array(0) };

/** The order of a round; the last one is kept, since scenes are mostly made one after another. */
function orderOf(count: number, seed: number, round: number): Uint32Array {
  const key = `${count} ${seed} ${round}`;
  if (lastOrder.key !== key) lastOrder = { key, order: epochOrder(count, seed, round) };
  return lastOrder.order;
}

/** Bytes [height, width, 3]. */
export function renderScene(made: Scene, size: ImageSize): Uint8Array {
  const pixels = new Uint8Array(size.height * size.width * 3).fill(255);
  for (const thing of made.things) paint(pixels, size, made, inPixels(thing, size));
  return pixels;
}

/** Gives each thing a cell of the region, and in it a place and a size. */
function arrange({ count, position }: SceneAttributes, draw: () => number): Placed[] {
  const [left, top, width, height] = regions[position];
  const [columns, rows] = gridOf(count, position, draw);
  const [w, h] = [width / columns, height / rows];
  const empty = columns * rows > count ? Math.floor(draw() * columns * rows) : -1;
  const cells = Array.from({ length: columns * rows }, (_, i) => i).filter((i) => i !== empty);
  return cells.map((cell) => {
    const most = Math.min(Math.min(w, h) / 2, largestRadius / largest);
    const radius = most * (smallest + (largest - smallest) * draw());
    // A shift along each axis of up to half of the free space, so that neighbours stay apart and the group stays in place.
    const shift = (side: number): number => (draw() - 0.5) * Math.min(side - 2 * most, 0.16);
    return {
      x: left + ((cell % columns) + 0.5) * w + shift(w),
      y: top + (Math.floor(cell / columns) + 0.5) * h + shift(h),
      radius,
    };
  });
}

/** Columns and rows: along the longer side of the region; in the centre, a square of up to four. */
function gridOf(count: number, position: ScenePosition, draw: () => number): readonly [number, number] {
  if (position === 'left' || position === 'right') return [1, count];
  if (position === 'top' || position === 'bottom') return [count, 1];
  if (count > 2) return [2, 2];
  return draw() < 0.5 ? [count, 1] : [1, count];
}
