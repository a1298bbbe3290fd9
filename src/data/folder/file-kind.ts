/** Tells pictures from other files by their names and their first bytes. */
import { openToRead } from '../../files/regular-file';

export type PictureKind = 'png' | 'jpeg' | 'webp' | 'gif' | 'tiff' | 'avif' | 'heic' | 'bmp' | 'svg';

const named = /\.(png|apng|jpe?g?|jfif|pjpeg|pjp|webp|gif|tiff?|avif|heic|heif|bmp|dib|svg)$/i;

/** Whether the name is that of a picture. */
export function isPictureName(name: string): boolean {
  return named.test(name);
}

/** `.psd`, in small letters; a file without an ending is described as such. */
export function endingOf(name: string): string {
  return /[^/](\.[^./]+)$/.exec(name)?.[1].toLowerCase() ?? 'without an ending';
}

/** The kind of picture a file is, by its first bytes; null for anything else. */
export async function kindOfFile(path: string): Promise<PictureKind | null> {
  const file = await openToRead(path);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(1024), 0, 1024, 0);
    return kindOfBytes(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
}

export function kindOfBytes(bytes: Buffer): PictureKind | null {
  const text = bytes.toString('latin1');
  if (text.startsWith('\x89PNG\r\n\x1a\n')) return 'png';
  if (text.startsWith('\xff\xd8\xff')) return 'jpeg';
  if (text.startsWith('GIF87a') || text.startsWith('GIF89a')) return 'gif';
  if (text.startsWith('RIFF') && text.slice(8, 12) === 'WEBP') return 'webp';
  if (/^(II[*+]\0|MM\0[*+])/.test(text)) return 'tiff';
  if (text.startsWith('BM') && isBmpHeader(bytes)) return 'bmp';
  if (text.slice(4, 8) === 'ftyp') return heifKind(text);
  return svgStart.test(text) ? 'svg' : null;
}

/** Text that may come before a drawing: a byte order mark, a declaration, comments, a document type. */
const svgStart = /^(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*|<!--(?:(?!-->)[^])*-->\s*|<!DOCTYPE svg[^>]*>\s*)*<svg[\s/>]/;

/** Sizes of the headers in use; they are checked because a text may begin with BM too. */
function isBmpHeader(bytes: Buffer): boolean {
  return bytes.length >= 26 && [12, 16, 40, 52, 56, 64, 108, 124].includes(bytes.readUInt32LE(14));
}

/** The kind by the brands that the file says it is compatible with. */
function heifKind(text: string): PictureKind | null {
  if (/^.{8}(.{4})*avi[fs]/s.test(text.slice(0, 64))) return 'avif';
  return /^.{8}(heic|heix|heim|heis|hevc|hevx|mif1|msf1)/s.test(text) ? 'heic' : null;
}
