/** Pictures in a folder of the user's: one class per subfolder, or all of one class. */
import { readFile, readdir, stat } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { suggest } from '../../compiler/diagnostics/suggest';
import { codeOf, fileError } from '../../files/file-error';
import type { ImageListing, ImageSize, ListedImage } from '../image-set';
import { renderFile } from './render';

const picture = /\.(png|jpe?g|webp|avif)$/i;

interface Picture {
  /** Path below the folder, with forward slashes. */
  readonly name: string;
  readonly bytes: number;
  readonly modified: number;
  /** Bytes and time of the caption file beside it, or null. */
  readonly note: readonly [number, number] | null;
}

/**
 * PNG, JPEG, WebP and AVIF files, turned upright, scaled to cover the size and cut at the centre. Class: the first subfolder.
 * Caption: the text of `NAME.txt` beside a picture, or the class.
 */
export async function folderImages(path: string, size: ImageSize): Promise<ImageListing> {
  const folder = resolve(path);
  await checkFolder(folder);
  const pictures = await readPictures(folder);
  if (pictures.length === 0) {
    throw new WeftError(
      `The folder ${folder} holds no pictures.`,
      'Put PNG, JPEG, WebP or AVIF files into it, one subfolder per class.',
    );
  }
  const loose = pictures.filter(({ name }) => !name.includes('/'));
  if (loose.length > 0 && loose.length < pictures.length) {
    throw new WeftError(
      `The folder ${folder} holds both class subfolders and ${loose.length} pictures of no class, such as ${loose[0].name}.`,
      'Move these into a subfolder: its name is their class.',
    );
  }
  return {
    facts: { kind: 'folder', folder, pictures },
    list: async () => {
      const classOf = ({ name }: Picture): string =>
        name.includes('/') ? name.slice(0, name.indexOf('/')) : basename(folder);
      const classes = [...new Set(pictures.map(classOf))].sort();
      const numbers = new Map(classes.map((name, i) => [name, i]));
      const images: ListedImage[] = [];
      for (const p of pictures) {
        const caption = p.note ? (await readFile(join(folder, noteOf(p.name)), 'utf8')).trim() : classOf(p);
        const render = (): Promise<Uint8Array> => renderFile(join(folder, p.name), size);
        images.push({ name: p.name, label: numbers.get(classOf(p))!, caption, render });
      }
      return { classes, images };
    },
  };
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(async (error: unknown) => {
    if (codeOf(error) !== 'ENOENT') throw await fileError(error, 'read', folder);
    const near = suggest(basename(folder), await readdir(dirname(folder)).catch(() => []));
    throw new WeftError(
      `The folder of pictures ${folder} does not exist.`,
      near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'Check the path in the data section of the recipe.',
    );
  });
  if (!found.isDirectory())
    throw new WeftError(`${folder} is not a folder.`, 'Name the folder that holds the pictures.');
}

/** All pictures at any depth, in order of their names. Hidden files and folders are passed over. */
async function readPictures(folder: string): Promise<Picture[]> {
  const names = await walk(folder, '').catch(async (error: unknown) => {
    throw await fileError(error, 'read', folder);
  });
  const notes = new Set(names.filter((n) => n.endsWith('.txt')));
  const pictures: Picture[] = [];
  for (const name of names.filter((n) => picture.test(n)).sort()) {
    // A link that leads nowhere stays in the list, so that it is named with the others that cannot be read.
    const found = await stat(join(folder, name)).catch(() => null);
    const note = notes.has(noteOf(name)) ? await stat(join(folder, noteOf(name))) : null;
    pictures.push({
      name,
      bytes: found?.size ?? 0,
      modified: found?.mtimeMs ?? 0,
      note: note && [note.size, note.mtimeMs],
    });
  }
  return pictures;
}

/** Files below a folder, by paths with forward slashes. A class may be a link to a folder; deeper links are not followed. */
async function walk(folder: string, prefix: string): Promise<string[]> {
  const names: string[] = [];
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.name.startsWith('.')) continue;
    const path = join(folder, entry.name);
    const linked = entry.isSymbolicLink() && prefix === '' && (await stat(path).catch(() => null))?.isDirectory();
    if (entry.isDirectory() || linked) for (const name of await walk(path, `${prefix}${entry.name}/`)) names.push(name);
    else names.push(prefix + entry.name);
  }
  return names;
}

function noteOf(name: string): string {
  return name.replace(picture, '.txt');
}
