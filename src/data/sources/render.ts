/** Pixels from drawings and picture files, by sharp. */
import sharp, { type Sharp } from 'sharp';
import type { ImageSize } from '../image-set';

// Small pictures gain nothing from threads within one; several are rendered at a time instead.
sharp.concurrency(1);

/** An SVG document on white, as bytes [height, width, 3]; the document says its own size in pixels. */
export async function renderSvg(svg: string): Promise<Uint8Array> {
  return rgb(sharp(Buffer.from(svg)));
}

/** A picture file turned upright, scaled to cover the size, cut at the centre, transparent parts white; bytes [height, width, 3]. */
export async function renderFile(path: string, { height, width }: ImageSize): Promise<Uint8Array> {
  return rgb(sharp(path).autoOrient().resize(width, height, { fit: 'cover', position: 'centre' }));
}

/** Grey pixels scaled to another size; [height, width] bytes in and out. */
export async function resizeGrey(pixels: Uint8Array, from: ImageSize, to: ImageSize): Promise<Uint8Array> {
  const raw = { width: from.width, height: from.height, channels: 1 as const };
  return sharp(pixels, { raw })
    .resize(to.width, to.height, { fit: 'fill', kernel: 'cubic' })
    .toColourspace('b-w')
    .raw()
    .toBuffer();
}

/** Three colours of eight bits, whatever came in: grey, CMYK, 16 bits, transparent. */
function rgb(image: Sharp): Promise<Uint8Array> {
  return image.flatten({ background: 'white' }).toColourspace('srgb').removeAlpha().raw({ depth: 'uchar' }).toBuffer();
}
