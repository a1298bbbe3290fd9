/** Pixels of drawings and picture files, rendered with sharp. */
import sharp, { type Metadata, type Sharp } from 'sharp';
import { messageOf } from '../../files/file-error';
import { readSmall, readWhole } from '../../files/regular-file';
import { decodeBmp } from '../folder/bmp';
import { kindOfBytes, kindOfFile, type PictureKind } from '../folder/file-kind';
import type { ImageSize } from '../image-set';
import { requireDrawable } from './drawing-size';

// Threads do not speed up small pictures; several are rendered at a time instead.
sharp.concurrency(1);

/** A picture file: its path, or its bytes. */
export type Picture = string | Buffer;

/** The longest bitmap or drawing, and the longest picture in another file, that is read, in bytes. */
export const longest = 500_000_000;

/** Files of up to this many bytes are read at once. */
export const smallPicture = 1 << 18;

/** The density in dots per inch at which a drawing has the size it states, and the highest density used. */
const [statedDensity, mostDensity] = [72, 100_000];

/** An SVG document on white, as bytes [height, width, 3]; the document states its own size in pixels. */
export async function renderSvg(svg: string): Promise<Uint8Array> {
  return rgb(sharp(Buffer.from(svg)));
}

/**
 * A picture file turned upright, scaled to cover the size and cropped at the centre, with transparent parts white; bytes [height, width, 3].
 * Its kind is recognised by its contents, not its name. `onPages` is called if it has more frames than the one that is used.
 */
export async function renderFile(
  picture: Picture,
  size: ImageSize,
  onPages: () => void = () => {},
): Promise<Uint8Array> {
  const kind = await kindOfPicture(picture);
  const image = await openPicture(picture, size, kind);
  // Files of these kinds hold one picture, of levels of colour. Asking for their facts would cost a third of the time of a small one.
  if (kind !== 'png' && kind !== 'jpeg') {
    const facts = await factsOf(image);
    checkNumbers(facts);
    if ((facts.pages ?? 1) > 1) onPages();
  }
  return rgb(image.autoOrient().resize(size.width, size.height, { fit: 'cover', position: 'centre' }));
}

/** Like `renderFile`, for a picture that already has the size; throws if it has another. */
export async function renderExact(path: string, { height, width }: ImageSize): Promise<Uint8Array> {
  const image = (await openPicture(path, { height, width })).autoOrient();
  const facts = await factsOf(image);
  checkNumbers(facts);
  const found = facts.autoOrient ?? facts;
  if (found.width === width && found.height === height) return rgb(image);
  throw new Error(`it is ${found.height}x${found.width} pixels, where ${height}x${width} are taken`);
}

/** Height and width of a picture after it is turned upright. */
export async function pictureSize(picture: Picture, size: ImageSize): Promise<ImageSize> {
  const facts = await factsOf((await openPicture(picture, size)).autoOrient());
  const { height, width } = facts.autoOrient ?? facts;
  return { height, width };
}

/** How far apart the channels of a grey pixel may be, out of 255: lossy formats change them. */
const mostColour = 24;

/** Throws for a picture in colour, with transparent parts, or with levels 0 and 1: its meaning as a mask is not known. */
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
  // A mask of zeros and ones, written by a program that counts levels that way.
  if (lightest === 1) throw new Error('its lightest level is 1 of 255, which is black: write 255 for white');
}

async function openPicture(
  picture: Picture,
  size: ImageSize,
  kind: PictureKind | null | Promise<PictureKind | null> = kindOfPicture(picture),
): Promise<Sharp> {
  switch (await kind) {
    case 'bmp': {
      const { data, width, height } = decodeBmp(await bytesOf(picture));
      return sharp(data, { raw: { width, height, channels: 4 } });
    }
    case 'svg':
      return drawing(await bytesOf(picture), size);
    case 'heic':
      throw new Error('HEIC is not read; convert it to JPEG or PNG');
    case null:
      throw new Error('it is not a picture of a kind that is read');
    default:
      return sharp(picture);
  }
}

/** Whether a picture is a drawing, which has no pixels of its own. */
export async function isDrawing(picture: Picture): Promise<boolean> {
  return (await kindOfPicture(picture)) === 'svg';
}

async function kindOfPicture(picture: Picture): Promise<PictureKind | null> {
  return typeof picture === 'string' ? kindOfFile(picture) : kindOfBytes(picture.subarray(0, 1024));
}

/** A small file as its bytes, which saves the waiting of several calls; others stay paths. */
export function inMemory(path: string): Picture {
  return readSmall(path, smallPicture) ?? path;
}

async function bytesOf(picture: Picture): Promise<Buffer> {
  return typeof picture === 'string' ? readWhole(picture, longest) : picture;
}

/** A drawing in the resolution that the size needs. As a buffer it cannot refer to other files. */
async function drawing(svg: Buffer, { height, width }: ImageSize): Promise<Sharp> {
  requireDrawable(svg);
  const { width: w = width, height: h = height } = await factsOf(sharp(svg));
  const density = Math.ceil(statedDensity * Math.max(width / w, height / h));
  return sharp(svg, { density: Math.min(mostDensity, Math.max(1, density)) });
}

/** Refuses numbers that are not levels of colour: there is no standard way to show them. */
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

/** Three channels of eight bits, from any input: grey, CMYK, 16 bits, transparent. */
async function rgb(image: Sharp): Promise<Uint8Array> {
  const whole = image.flatten({ background: 'white' }).toColourspace('srgb').removeAlpha();
  return whole.raw({ depth: 'uchar' }).toBuffer().catch(explain);
}

async function factsOf(image: Sharp): Promise<Metadata> {
  return image.metadata().catch(explain);
}

/** What sharp and the libraries that it reads with say of files that are damaged or cut short. */
const damaged =
  /failOn setting|^Input (buffer|file) (has corrupt header|contains unsupported)|^(Vips|vips|webp|gif|tiff)\w*:/;

/** Says in plain words what the libraries say in terms of their own. */
function explain(error: unknown): never {
  if (damaged.test(messageOf(error))) throw new Error('it is damaged or cut short');
  throw error;
}
