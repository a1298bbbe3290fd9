import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';

/** Writes a square picture with a level of its own for every number. */
export async function png(path: string, side: number): Promise<void> {
  const bytes = Buffer.alloc(side * side * 3).map((_, i) => (i * 37) % 256);
  await sharp(bytes, { raw: { width: side, height: side, channels: 3 } }).toFile(path);
}

/** Writes four grey pictures of 8x8 into `images/grey` of a folder, where the specs of test/cli look for pictures. */
export async function greyPictures(folder: string): Promise<void> {
  mkdirSync(join(folder, 'images', 'grey'), { recursive: true });
  for (const level of [20, 90, 160, 230]) {
    const background = { r: level, g: level, b: level };
    const image = sharp({ create: { width: 8, height: 8, channels: 3, background } });
    await image.png().toFile(join(folder, 'images', 'grey', `${level}.png`));
  }
}
