/** A second picture for each picture of a folder, matched by its path below the folder, without the ending. */
// Tested by test/train/pairs.test.ts.
import { join } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import type { PairedFolder, PairedKind } from '../../compiler/lower/givens/paired';
import { some } from '../folder/notes';
import { sortFiles } from '../folder/sort-files';
import { listFolder } from '../folder/walk';
import type { ImageListing, ImageSize } from '../image-set';
import { checkFolder, fileFacts, pagesNote } from './folder';
import { checkMask, pictureSize, renderFile } from './render';
import { held } from '../../compiler/invariant';

/** What the pictures are matched with: the model's input, the training folder and its pictures in their order. */
export interface PairedWith {
  readonly input: string;
  readonly folder: string;
  readonly pictures: readonly string[];
}

export interface Partners {
  /** A path below the paired folder for each training picture. */
  readonly names: readonly string[];
  /** Pictures without a training picture. */
  readonly unused: readonly string[];
}

/** The names of the partners; throws if a picture has none, or more than one. */
export async function partnersOf(path: string, { input, folder, pictures }: PairedWith): Promise<Partners> {
  await checkFolder(path);
  const { pictures: found } = await sortFiles(path, (await listFolder(path)).files);
  const [wanted, byStem] = [byStems(pictures), byStems(found)];
  const problem = (what: string, hint: string): WeftError =>
    new WeftError(`${what} (given \`${input}\`: one picture of ${path} for each of ${folder}).`, hint);
  const missing = pictures.filter((name) => !byStem.has(stemOf(name)));
  if (missing.length > 0) {
    throw problem(
      `${missing.length} of ${pictures.length} training pictures ${missing.length === 1 ? 'has' : 'have'} no partner: ${some(missing, shown)}`,
      `Call a partner as its picture, below ${path}; its ending may differ.`,
    );
  }
  for (const [stem, own] of wanted) {
    const partners = held(byStem, stem);
    if (own.length > 1) throw problem(`Pictures ${some(own)} have one name, so they would share a partner`, keepOne);
    if (partners.length > 1) throw problem(`${own[0]} has more than one partner: ${some(partners)}`, keepOne);
  }
  const names = pictures.map((name) => held(byStem, stemOf(name))[0]);
  const taken = new Set(names);
  return { names, unused: found.filter((name) => !taken.has(name)) };
}

/** The partners at the size of the input, turned upright, scaled and cropped like the training pictures. */
export async function pairedImages(
  { kind, path }: PairedFolder,
  size: ImageSize,
  paired: PairedWith,
): Promise<ImageListing> {
  const { names, unused } = await partnersOf(path, paired);
  const { input, folder, pictures } = paired;
  return {
    facts: {
      kind: `paired ${kind}`,
      path,
      folder,
      partners: await fileFacts(path, names),
      pictures: await fileFacts(folder, pictures),
    },
    onUnreadable: ({ name, why }) =>
      new WeftError(
        `${join(path, name)}, a picture of \`${input}\`, cannot be fed to the model: ${why}.`,
        'Each partner has the form of its training picture, at any scale; masks are grey and opaque.',
      ),
    list: async () => {
      const pages: string[] = [];
      const render = (name: string, i: number) => (): Promise<Uint8Array> =>
        renderPartner({ kind, path: join(path, name), beside: join(folder, pictures[i]) }, size, () =>
          pages.push(name),
        );
      const images = names.map((name, i) => ({ name, label: 0, caption: '', render: render(name, i) }));
      return { classes: [''], images, notes: () => [...unusedNote(unused), ...pagesNote(pages)] };
    },
  };
}

/** The most names that a message shows. */
const shown = 5;

const keepOne = 'Keep one of them.';

function byStems(names: readonly string[]): ReadonlyMap<string, string[]> {
  const found = new Map<string, string[]>();
  for (const name of names) found.set(stemOf(name), [...(found.get(stemOf(name)) ?? []), name]);
  return found;
}

/** `cats/1.png` → `cats/1` */
function stemOf(name: string): string {
  return name.replace(/(?<=[^/])\.[^./]+$/, '');
}

export function unusedNote(unused: readonly string[]): string[] {
  if (unused.length === 0) return [];
  return [`${unused.length} of its pictures go with no training picture: ${some([...unused], shown)}.`];
}

/** A picture that goes with a training picture. */
interface Partner {
  readonly kind: PairedKind;
  readonly path: string;
  /** The training picture. */
  readonly beside: string;
}

async function renderPartner(
  { kind, path, beside }: Partner,
  size: ImageSize,
  onPages: () => void,
): Promise<Uint8Array> {
  const [own, other] = [await pictureSize(path, size), await pictureSize(beside, size)];
  if (!haveOneForm(own, other)) {
    const sides = ({ height, width }: ImageSize): string => `${height}x${width}`;
    throw new Error(`it is ${sides(own)} pixels, which is no scale of the ${sides(other)} of ${beside}`);
  }
  if (kind === 'masks') await checkMask(path, size);
  return renderFile(path, size, onPages);
}

/** Whether one is the other at some scale, up to rounding of the smaller side to whole pixels. */
function haveOneForm(a: ImageSize, b: ImageSize): boolean {
  return Math.abs(a.width * b.height - b.width * a.height) < Math.max(a.height, a.width, b.height, b.width);
}
