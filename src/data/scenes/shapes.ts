/** The shapes of synthetic scenes as coverage of pixels, smooth at their edges. */
// Tested by test/data/scene-checker.test.ts.
import type { ImageSize } from '../image-set';
import { palette, type SceneColour, type SceneShape } from './attributes';

/** Sample points per pixel along each side. */
const samples = 4;
/** Inner radius of a ring, relative to the outer one. */
const hole = 0.5;
/** Half the width of the arms of a cross, for radius one. */
const arm = 0.34;
/** Half a side of a square, so that it is about as large as a circle of radius one. */
const half = 0.88;
const cos30 = Math.sqrt(3) / 2;

/** Whether a point is in the shape of radius one around (0, 0); y points down. */
const holds: { readonly [S in SceneShape]: (x: number, y: number) => boolean } = {
  circle: (x, y) => x * x + y * y <= 1,
  square: (x, y) => Math.abs(x) <= half && Math.abs(y) <= half,
  // Three equal sides, one corner up; the centre of the circle through the corners is (0, 0).
  triangle: (x, y) => y <= 0.5 && y >= 2 * cos30 * Math.abs(x) - 1,
  cross: (x, y) => Math.min(Math.abs(x), Math.abs(y)) <= arm && Math.max(Math.abs(x), Math.abs(y)) <= 1,
  ring: (x, y) => x * x + y * y <= 1 && x * x + y * y >= hole * hole,
};

/** Area of the shape of radius one. */
export const unitArea: { readonly [S in SceneShape]: number } = {
  circle: Math.PI,
  square: 4 * half * half,
  triangle: (3 * Math.sqrt(3)) / 4,
  cross: 8 * arm - 4 * arm * arm,
  ring: Math.PI * (1 - hole * hole),
};

/** Where a thing is: its centre and radius, in pixels or in parts of the image. */
export interface Placed {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
}

/** How much of the pixel with its upper left corner at (column, row) the shape covers, 0 to 1. */
export function coverage(shape: SceneShape, { x, y, radius }: Placed, column: number, row: number): number {
  if (Math.max(Math.abs(column + 0.5 - x), Math.abs(row + 0.5 - y)) > radius + 1) return 0;
  let inside = 0;
  for (let i = 0; i < samples; i++) {
    for (let j = 0; j < samples; j++) {
      const u = (column + (i + 0.5) / samples - x) / radius;
      const v = (row + (j + 0.5) / samples - y) / radius;
      if (holds[shape](u, v)) inside++;
    }
  }
  return inside / (samples * samples);
}

/** What a thing looks like. */
export interface Looks {
  readonly shape: SceneShape;
  readonly colour: SceneColour;
}

/** Paints a thing, placed in pixels, onto bytes [height, width, 3]. */
export function paint(
  pixels: Uint8Array,
  { height, width }: ImageSize,
  { shape, colour }: Looks,
  placed: Placed,
): void {
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const covered = coverage(shape, placed, column, row);
      if (covered === 0) continue;
      const at = (row * width + column) * 3;
      for (let c = 0; c < 3; c++) pixels[at + c] = Math.round(255 + covered * (palette[colour][c] - 255));
    }
  }
}

/** A place in parts of an image, its radius in parts of the shorter side, in pixels. */
export function inPixels({ x, y, radius }: Placed, { height, width }: ImageSize): Placed {
  return { x: x * width, y: y * height, radius: radius * Math.min(height, width) };
}
