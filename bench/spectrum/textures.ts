/** Pictures of fine texture in four classes, whose means say nothing of them: stripes, checks, dots and rings. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { draws } from '../../src/data/scenes/draws';

export const textureKinds = ['checks', 'dots', 'rings', 'stripes'] as const;
type TextureKind = (typeof textureKinds)[number];

/** Whether a point, in wavelengths, has the first of two colours. */
const isFirst: { readonly [K in TextureKind]: (u: number, v: number) => boolean } = {
  checks: (u, v) => fraction(u) < 0.5 !== fraction(v) < 0.5,
  dots: (u, v) => Math.hypot(fraction(u) - 0.5, fraction(v) - 0.5) < 0.36,
  rings: (u, v) => fraction(Math.hypot(u, v)) < 0.5,
  stripes: (u) => fraction(u) < 0.5,
};

/** Sample points a pixel along each side. */
const samples = 4;
/** Shortest and longest wavelength, in pixels. */
const [shortest, longest] = [3, 8];

/** Texture number `index`, of kind `index % 4`: bytes [side, side, 3]. Colours, wavelength, angle and place depend on the seed and the number. */
export function texture(index: number, side: number, seed = 0): Uint8Array {
  const draw = draws(0x7e87, seed, index);
  const [one, two] = [0, 1].map(() => [draw(), draw(), draw()].map((x) => 255 * x));
  const wavelength = shortest + draw() * (longest - shortest);
  const angle = draw() * Math.PI;
  const [x0, y0] = [draw() * side, draw() * side];
  const first = isFirst[textureKinds[index % textureKinds.length]];
  const [cos, sin] = [Math.cos(angle) / wavelength, Math.sin(angle) / wavelength];
  const pixels = new Uint8Array(side * side * 3);
  for (let row = 0; row < side; row++)
    for (let column = 0; column < side; column++) {
      let inside = 0;
      for (let i = 0; i < samples; i++)
        for (let j = 0; j < samples; j++) {
          const [x, y] = [column + (i + 0.5) / samples - x0, row + (j + 0.5) / samples - y0];
          if (first(x * cos + y * sin, y * cos - x * sin)) inside++;
        }
      const share = inside / samples ** 2;
      for (let c = 0; c < 3; c++)
        pixels[(row * side + column) * 3 + c] = Math.round(share * one[c] + (1 - share) * two[c]);
    }
  return pixels;
}

/** Writes `count` textures as PNG files, a folder for each kind. */
export async function writeTextures(folder: string, count: number, side: number): Promise<void> {
  for (const kind of textureKinds) await mkdir(join(folder, kind), { recursive: true });
  for (let i = 0; i < count; i++) {
    const path = join(folder, textureKinds[i % textureKinds.length], `${i}.png`);
    await sharp(texture(i, side), { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toFile(path);
  }
}

function fraction(x: number): number {
  return x - Math.floor(x);
}
