/** Pixels from drawings and picture files, by sharp. */
import sharp, { type Metadata, type Sharp } from 'sharp';
import { readWhole } from '../../files/regular-file';
import { decodeBmp } from '../folder/bmp';
import { kindOfFile } from '../folder/file-kind';
import type { ImageSize } from '../image-set';

// Small pictures gain nothing from threads within one; several are rendered at a time instead.
sharp.concurrency(1);

/** Bytes of the longest bitmap or drawing that is read. */
const longest = 500_000_000;

/** Dots per inch at which a drawing has the size it states, and the most it is drawn with. */
const [statedDensity, mostDensity] = [72, 100_000];

/** An SVG document on white, as bytes [height, width, 3]; the document says its own size in pixels. */
export async function renderSvg(svg: string): Promise<Uint8Array> {
  return rgb(sharp(Buffer.from(svg)));
}

/**
 * A picture file turned upright, scaled to cover the size, cut at the centre, transparent parts white; bytes [height, width, 3].
 * Its contents decide what kind it is, not its name. `onPages` is called if it has more frames than the one that is used.
 */
export async function renderFile(path: string, size: ImageSize, onPages: () => void = () => {}): Promise<Uint8Array> {
  const image = await openPicture(path, size);
  const facts = await image.metadata();
  checkNumbers(facts);
  if ((facts.pages ?? 1) > 1) onPages();
  return rgb(image.autoOrient().resize(size.width, size.height, { fit: 'cover', position: 'centre' }));
}

/** As `renderFile`, of a picture that has the size already; throws where it has another. */
export async function renderExact(path: string, { height, width }: ImageSize): Promise<Uint8Array> {
  const image = (await openPicture(path, { height, width })).autoOrient();
  const facts = await image.metadata();
  checkNumbers(facts);
  const found = facts.autoOrient ?? facts;
  if (found.width === width && found.height === height) return rgb(image);
  throw new Error(`it is ${found.height}x${found.width} pixels, where ${height}x${width} are taken`);
}

/** Height and width of a picture that is turned upright. */
export async function pictureSize(path: string, size: ImageSize): Promise<ImageSize> {
  const facts = await (await openPicture(path, size)).autoOrient().metadata();
  const { height, width } = facts.autoOrient ?? facts;
  return { height, width };
}

/** How far the colours of a grey pixel may lie apart, out of 255: what lossy files do to it. */
const mostColour = 24;

/** Throws for a picture in colours, with transparent parts, or of levels 0 and 1: what it would stand for as a mask is not known. */
export async function checkMask(path: string, size: ImageSize): Promise<void> {
  const image = await openPicture(path, size);
  if (!(await image.clone().stats()).isOpaque) throw new Error('it has transparent parts, and a mask has none');
  const pixels = await rgb(image);
  let lightest = 0;
  for (let i = 0; i < pixels.length; i += 3) {
    const [r, g, b] = pixels.subarray(i, i + 3);
    if (Math.max(r, g, b) - Math.min(r, g, b) > mostColour) throw new Error('it has colours, and a mask is grey');
    lightest = Math.max(lightest, r);
  }
  // A mask of zeros and ones, which programs write that count levels so.
  if (lightest === 1) throw new Error('its lightest level is 1 of 255, which is black: write 255 for white');
}

async function openPicture(path: string, size: ImageSize): Promise<Sharp> {
  switch (await kindOfFile(path)) {
    case 'bmp': {
      const { data, width, height } = decodeBmp(await readWhole(path, longest));
      return sharp(data, { raw: { width, height, channels: 4 } });
    }
    case 'svg':
      return drawing(await readWhole(path, longest), size);
    case 'heic':
      throw new Error('HEIC is not read; convert it to JPEG or PNG');
    case null:
      throw new Error('it is not a picture of a kind that is read');
    default:
      return sharp(path);
  }
}

/** A drawing as fine as the size asks for. As a buffer it cannot name files to draw into it. */
async function drawing(svg: Buffer, { height, width }: ImageSize): Promise<Sharp> {
  const { width: w = width, height: h = height } = await sharp(svg).metadata();
  const density = Math.ceil(statedDensity * Math.max(width / w, height / h));
  return sharp(svg, { density: Math.min(mostDensity, Math.max(1, density)) });
}

/** Numbers that are not levels of colour cannot be shown in one standard way. */
function checkNumbers({ depth, space, channels }: Metadata): void {
  if (depth !== 'uchar' && depth !== 'ushort')
    throw new Error(`its numbers are of the kind ${depth}, not levels of 8 or 16 bits`);
  if (space === 'multiband' || (channels ?? 0) > 5) throw new Error(`it has ${channels} bands, which are no colours`);
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
