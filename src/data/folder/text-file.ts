/** Reads the user's text files: UTF-8 and UTF-16. Other encodings are refused by name, so that no letter is guessed. */
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { readWhole } from '../../files/regular-file';

/** The text of a file of at most `most` bytes, without a byte order mark. */
export async function readTextFile(path: string, most: number): Promise<string> {
  return decodeText(await readWhole(path, most), path);
}

/** The text of some bytes. A mark at the start tells the encoding; without one it is UTF-8. */
export function decodeText(bytes: Uint8Array, path: string): string {
  const [a, b, c, d] = bytes;
  if (a === 0xff && b === 0xfe && !(c === 0 && d === 0)) return decoded(bytes, 'utf-16le', path);
  if (a === 0xfe && b === 0xff) return decoded(bytes, 'utf-16be', path);
  const text = decoded(bytes, 'utf-8', path);
  if (text.includes('\0')) throw notText(path, 'It holds bytes of nought, as UTF-16 and UTF-32 without a mark do');
  return text;
}

function decoded(bytes: Uint8Array, encoding: 'utf-8' | 'utf-16le' | 'utf-16be', path: string): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    throw notText(
      path,
      encoding === 'utf-8' ? 'It may be in Latin-1 or another older encoding' : `As ${encoding} it is broken`,
    );
  }
}

function notText(path: string, why: string): WeftError {
  return new WeftError(
    `${path} is not text in UTF-8, or in UTF-16 with its mark. ${why}.`,
    'Save it as UTF-8, for instance: iconv -f ISO-8859-1 -t UTF-8 OLD > NEW.',
  );
}
