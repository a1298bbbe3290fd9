/** Pictures in tar files, in the layout of WebDataset: `0001.png` beside `0001.txt`, `0001.json` and `0001.cls`. */
import { basename, resolve } from 'node:path';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { printable } from '../../compiler/diagnostics/printable';
import { formatTwoSizes } from '../../files/file-error';
import { openToRead, readSmall } from '../../files/regular-file';
import { sampleFile, type FileSample } from '../content-digest';
import { captionIn, FoundCaptions, mostBytes } from '../folder/captions';
import { classOf, classOrder } from '../folder/classes';
import { isPictureName, kindOfBytes } from '../folder/file-kind';
import { some, unusedCaptions, wordlessFiles } from '../folder/notes';
import { decodeText } from '../folder/text-file';
import type { ImageListing, ImageSize, SkippedImage } from '../image-set';
import { readBytes } from '../read-bytes';
import { findShards } from '../shards/find-shards';
import { leftNote, packedImages, type Packed, type PackedImage } from '../shards/packed';
import { readTar, type PassedMember, type TarMember } from '../shards/tar';
import { fileFacts, type FolderOptions } from './folder';
import { longest, smallPicture } from './render';

/** The tar files of `path` (one, a folder of them, or a pattern); their pictures are scaled and cropped as those of folders. */
export async function tarImages(
  path: string,
  size: ImageSize,
  { captions = false, onListing }: FolderOptions = {},
): Promise<ImageListing> {
  const shards = await findShards(resolve(path), '.tar');
  return {
    facts: { kind: 'tar', shards: await fileFacts('', shards), captions },
    list: async () => packedImages(await readShards(resolve(path), shards, { captions, onListing }), size, captions),
  };
}

/** Reads the first header of every file: what is no tar file is refused. */
export async function checkTar(path: string): Promise<void> {
  const seen = new Error('the first member');
  const stop = (): never => {
    throw seen;
  };
  for (const shard of await findShards(path, '.tar')) {
    await readTar(shard, { onMember: stop, onPassed: stop }).catch((error: unknown) => {
      if (error !== seen) throw error;
    });
  }
}

async function readShards(
  path: string,
  shards: readonly string[],
  { captions = false, onListing }: FolderOptions,
): Promise<Packed> {
  const found: Shard[] = [];
  let count = 0;
  for (const file of shards) {
    const shard = new Shard(file, captions);
    await shard.read();
    found.push(shard);
    count += shard.images.length;
    onListing?.(count);
  }
  const images = found.flatMap((shard) => shard.images);
  const left = found.flatMap((shard) => shard.left);
  const cut = found.filter(({ isWhole }) => !isWhole).map(({ name }) => name);
  const leftNotes = [...leftNote(left), ...passedNotes(found)];
  const notes = [
    ...unusedCaptions(found.flatMap((shard) => shard.unused)),
    ...wordlessFiles(found.flatMap((shard) => shard.wordless)),
    ...(cut.length > 0
      ? [`Without the zeros that end a tar file, so perhaps cut short between two members: ${some(cut)}.`]
      : []),
  ];
  if (images.length === 0) {
    throw new WeftError(
      [`The tar files of ${path} hold no pictures.`, ...leftNotes, ...notes].join(' '),
      'Pack PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP or SVG files into them.',
    );
  }
  const passed = found.flatMap((shard) => shard.passed.map(([kind, name]) => ({ name, why: `among ${kind}` })));
  return { path, ...classed(images), left: { files: [...left, ...passed], notes: leftNotes }, notes };
}

/** Subfolders are classes unless the pictures state theirs. */
function classed(images: readonly TarImage[]): Pick<Packed, 'images' | 'classes'> {
  if (images.some((image) => image.class !== null)) return { images, classes: null };
  const byFolder = images.map((image) => ({ ...image, class: image.folder }));
  const folders = new Set(byFolder.flatMap(({ folder }) => folder ?? []));
  const isComplete = byFolder.every(({ folder }) => folder !== null);
  return { images: byFolder, classes: isComplete ? classOrder([...folders]) : null };
}

/** An image, with the first folder on its path; null for one that is in none. */
interface TarImage extends PackedImage {
  readonly folder: string | null;
}

/** The members with one name up to its first dot. */
interface Sample {
  readonly pictures: TarMember[];
  /** Texts by the names of their members. */
  readonly texts: { readonly name: string; readonly text: string }[];
  class: string | null;
}

/** One tar file. */
class Shard {
  readonly name: string;
  readonly images: TarImage[] = [];
  readonly left: SkippedImage[] = [];
  readonly passed: [kind: PassedMember, name: string][] = [];
  /** Captions without a picture, and JSON without a caption. */
  readonly unused: string[] = [];
  readonly wordless: string[] = [];
  /** Whether it has the end of a tar file. */
  isWhole = true;
  private readonly samples = new Map<string, Sample>();

  constructor(
    private readonly path: string,
    private readonly captions: boolean,
  ) {
    this.name = basename(path);
  }

  async read(): Promise<void> {
    const seen = new Set<string>();
    this.isWhole = await readTar(this.path, {
      onMember: async (member, read) => {
        if (seen.has(member.name)) throw this.twice(member.name);
        seen.add(member.name);
        await this.take(member, read);
      },
      onPassed: (kind, name) => this.passed.push([kind, this.whole(name)]),
    });
    const captions = new FoundCaptions();
    for (const sample of this.samples.values()) this.finish(sample, captions);
    this.samples.clear();
  }

  private async take(member: TarMember, read: (most?: number) => Promise<Uint8Array>): Promise<void> {
    const { name, size } = member;
    const [, key, ending] = /^((?:.*\/)?[^/.]*)(?:\.([^/]*))?$/.exec(name) ?? [];
    const kind = (ending ?? '').toLowerCase();
    const isText = /^(txt|caption|json)$/.test(kind);
    if (kind === 'cls' || (isText && this.captions)) {
      const text = await this.textOf(name, size, read);
      if (kind === 'cls') this.sample(key).class = text.trim();
      else this.sample(key).texts.push({ name: this.whole(name), text });
    } else if (isText) this.leave(name, 'captions, which a recipe without `text` does not read');
    else if (!kind.includes('.') && (isPictureName(name) || kindOfBytes(Buffer.from(await read(1024)))))
      this.sample(key).pictures.push(member);
    else this.leave(name, 'not a picture of a kind that is read');
  }

  private async textOf(name: string, size: number, read: () => Promise<Uint8Array>): Promise<string> {
    const where = this.whole(name);
    if (size > mostBytes) {
      const [found, limit] = formatTwoSizes(size, mostBytes);
      throw new WeftError(
        `${printable(where)} has ${found}; a caption or class has at most ${limit}.`,
        'Leave it out of the tar file.',
      );
    }
    return decodeText(await read(), where);
  }

  private finish({ pictures, texts, class: of }: Sample, captions: FoundCaptions): void {
    if (pictures.length === 0) this.unused.push(...texts.map(({ name }) => name));
    for (const { name, text } of texts) {
      const caption = captionIn(name, text);
      if (caption === null) this.wordless.push(name);
      else for (const picture of pictures) captions.add(this.whole(picture.name), caption, name);
    }
    for (const { name, at, size } of pictures) {
      const caption = captions.captions.get(this.whole(name)) ?? null;
      const bytes = (): Promise<Buffer> => readMember(this.path, at, size);
      const sample = (): FileSample => sampleFile(this.path, { at, size });
      this.images.push({ name: this.whole(name), caption, class: of, folder: classOf(name), bytes, sample });
    }
  }

  private sample(key: string): Sample {
    let sample = this.samples.get(key);
    if (!sample) this.samples.set(key, (sample = { pictures: [], texts: [], class: null }));
    return sample;
  }

  private leave(name: string, why: string): void {
    this.left.push({ name: this.whole(name), why });
  }

  /** The name of a member in messages. */
  private whole(name: string): string {
    return `${this.name}/${name}`;
  }

  private twice(name: string): WeftError {
    return new WeftError(
      `${this.path} holds ${printable(name)} twice; which is meant cannot be known.`,
      'Pack the files again, each once.',
    );
  }
}

async function readMember(path: string, at: number, size: number): Promise<Buffer> {
  const small = readSmall(path, smallPicture, { at, size });
  if (small) return small;
  if (size > longest) {
    const [found, limit] = formatTwoSizes(size, longest);
    throw new Error(`it has ${found}; at most ${limit} are read`);
  }
  const file = await openToRead(path);
  try {
    const bytes = await readBytes(path, file, at, size);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  } finally {
    await file.close();
  }
}

function passedNotes(shards: readonly Shard[]): string[] {
  const byKind = new Map<PassedMember, string[]>();
  for (const [kind, name] of shards.flatMap((shard) => shard.passed))
    byKind.set(kind, [...(byKind.get(kind) ?? []), name]);
  return [...byKind].map(([kind, names]) => `Passed over ${kind}: ${some(names)}.`);
}
