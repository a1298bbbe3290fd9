import sharp from 'sharp';

/** Writes a square picture with a level of its own for every number. */
export async function png(path: string, side: number): Promise<void> {
  const bytes = Buffer.alloc(side * side * 3).map((_, i) => (i * 37) % 256);
  await sharp(bytes, { raw: { width: side, height: side, channels: 3 } }).toFile(path);
}
