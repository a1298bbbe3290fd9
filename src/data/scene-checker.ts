/** Checks which claims of a caption hold for an image of a synthetic scene: shape, colour, count and position. */
import type { ImageSize } from './image-set';
import {
  colours,
  palette,
  readCaption,
  shapes,
  type SceneAttributes,
  type SceneColour,
  type ScenePosition,
  type SceneShape,
} from './scenes/attributes';
import { coverage, unitArea } from './scenes/shapes';

/** Whether each claim holds; null if the caption does not make it. */
export type SceneVerdict = { readonly [K in keyof SceneAttributes]: boolean | null };

/** A thing found in an image. */
export interface FoundThing {
  readonly shape: SceneShape;
  readonly colour: SceneColour;
  /** Centre of its ink, in pixels from the left. */
  readonly x: number;
  /** In pixels from the top. */
  readonly y: number;
  /** The number of pixels it covers. */
  readonly area: number;
}

/** How far a channel must be below white (0 to 255) to count as ink: about half of what each colour lacks. */
const inkLevel = 110;
/** Things that cover a smaller share of the image are specks. */
const speck = 1 / 160;
/** How far from the middle, in parts of a side, a group must be to count as at an edge. */
const middle = 0.125;

/** Checks an image, bytes [height, width, 3], against a caption. A claim about things holds if it holds for all of them. */
export function checkScene(pixels: Uint8Array, size: ImageSize, caption: string): SceneVerdict {
  const claims = readCaption(caption);
  const things = findThings(pixels, size);
  const all = (holds: (thing: FoundThing) => boolean): boolean => things.length > 0 && things.every(holds);
  return {
    shape: claims.shape && all((thing) => thing.shape === claims.shape),
    colour: claims.colour && all((thing) => thing.colour === claims.colour),
    count: claims.count === null ? null : things.length === claims.count,
    position: claims.position && positionOf(things, size) === claims.position,
  };
}

/** The things in an image, from top to bottom. */
export function findThings(pixels: Uint8Array, size: ImageSize): FoundThing[] {
  const ink = inkOf(pixels);
  return components(ink, size)
    .filter((part) => part.length >= speck * ink.length)
    .map((part) => describePart(part, pixels, ink, size));
}

/** The position of all things together; null for none. */
function positionOf(things: readonly FoundThing[], { height, width }: ImageSize): ScenePosition | null {
  if (things.length === 0) return null;
  const mean = (values: number[]): number => values.reduce((a, b) => a + b, 0) / values.length;
  const dx = mean(things.map((thing) => thing.x)) / width - 0.5;
  const dy = mean(things.map((thing) => thing.y)) / height - 0.5;
  if (Math.max(Math.abs(dx), Math.abs(dy)) < middle) return 'centre';
  if (Math.abs(dx) > Math.abs(dy)) return dx < 0 ? 'left' : 'right';
  return dy < 0 ? 'top' : 'bottom';
}

/** How far below white the darkest channel of each pixel is, 0 to 255. */
function inkOf(pixels: Uint8Array): Uint8Array {
  return Uint8Array.from(
    { length: pixels.length / 3 },
    (_, i) => 255 - Math.min(pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]),
  );
}

/** Groups of pixels with ink that touch along their sides, each as a list of pixel numbers. */
function components(ink: Uint8Array, { height, width }: ImageSize): number[][] {
  const seen = new Uint8Array(ink.length);
  const parts: number[][] = [];
  for (let start = 0; start < ink.length; start++) {
    if (seen[start] || ink[start] < inkLevel) continue;
    seen[start] = 1;
    const part = [start];
    for (let next = 0; next < part.length; next++) {
      for (const near of neighbours(part[next], height, width)) {
        if (seen[near] || ink[near] < inkLevel) continue;
        seen[near] = 1;
        part.push(near);
      }
    }
    parts.push(part);
  }
  return parts;
}

function neighbours(at: number, height: number, width: number): number[] {
  const [column, row] = [at % width, Math.floor(at / width)];
  return [
    ...(row > 0 ? [at - width] : []),
    ...(row < height - 1 ? [at + width] : []),
    ...(column > 0 ? [at - 1] : []),
    ...(column < width - 1 ? [at + 1] : []),
  ];
}

function describePart(part: readonly number[], pixels: Uint8Array, ink: Uint8Array, size: ImageSize): FoundThing {
  const { height, width } = size;
  const colour = colourOf(part, pixels, ink);
  const full = 255 - Math.min(...palette[colour]);
  // The pixels at the edge belong to the part too, as far as they are covered.
  const own = new Map<number, number>();
  for (const at of part) {
    for (const near of [at, ...neighbours(at, height, width)]) own.set(near, Math.min(1, ink[near] / full));
  }
  let [area, x, y] = [0, 0, 0];
  for (const [at, covered] of own) {
    area += covered;
    x += covered * ((at % width) + 0.5);
    y += covered * (Math.floor(at / width) + 0.5);
  }
  const found = { colour, x: x / area, y: y / area, area };
  return { ...found, shape: shapeOf(own, found, size) };
}

/** The palette colour nearest to the mean of the part's pixels with the most ink. */
function colourOf(part: readonly number[], pixels: Uint8Array, ink: Uint8Array): SceneColour {
  const strongest = [...part].sort((a, b) => ink[b] - ink[a]).slice(0, Math.ceil(part.length / 2));
  const mean = [0, 1, 2].map((c) => strongest.reduce((sum, at) => sum + pixels[3 * at + c], 0) / strongest.length);
  const distance = (colour: SceneColour): number =>
    palette[colour].reduce((sum, level, c) => sum + (level - mean[c]) ** 2, 0);
  return colours.reduce((best, colour) => (distance(colour) < distance(best) ? colour : best));
}

/** The shape whose coverage of the pixels is most alike when drawn with the same centre of ink and the same area. */
function shapeOf(
  own: ReadonlyMap<number, number>,
  { x, y, area }: { readonly x: number; readonly y: number; readonly area: number },
  { height, width }: ImageSize,
): SceneShape {
  const difference = (shape: SceneShape): number => {
    const placed = { x, y, radius: Math.sqrt(area / unitArea[shape]) };
    const reach = Math.ceil(placed.radius) + 2;
    let sum = 0;
    for (let row = Math.max(0, Math.floor(y) - reach); row < Math.min(height, y + reach); row++) {
      for (let column = Math.max(0, Math.floor(x) - reach); column < Math.min(width, x + reach); column++) {
        sum += ((own.get(row * width + column) ?? 0) - coverage(shape, placed, column, row)) ** 2;
      }
    }
    return sum;
  };
  const differences = shapes.map(difference);
  return shapes[differences.indexOf(Math.min(...differences))];
}
