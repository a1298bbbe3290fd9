/**
 * A large set whose images are rendered when they are first read, so that training begins at once. Each is kept; when all are
 * rendered, the set is one of the cache like any other. A set that is closed earlier is kept as it is, and the next to open it goes on.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import * as z from 'zod';
import { printable } from '../compiler/diagnostics/printable';
import { invariant } from '../compiler/invariant';
import { makeFolder, pendingFolder, type PendingFile } from '../files/atomic';
import { fileSum } from '../files/checksums';
import { fileError } from '../files/file-error';
import { readSealed, writeSealed } from '../files/sealed-json';
import type { CacheOptions } from './image-cache';
import { bytesOf, digestOf, pixelsPath, writeIndex, type ImageIndex } from './image-index';
import type { ImageSet, ListedImages, Places, SkippedImage } from './image-set';
import { checkRoom, concurrently, emptyClasses, noneReadable, renderOne, type PixelShape } from './render-images';

/** Sets of fewer images are rendered before training begins, so that all that cannot be read are named first. */
const fewest = 2000;

/** Images that are prepared together; their files are in memory meanwhile. */
const together = 64;

/** Names of images that cannot be read are told up to this number. */
const mostTold = 5;

/** A listing of many files. */
export type LateListing = ListedImages & Required<Pick<ListedImages, 'digest'>>;

export function comesLate(listed: ListedImages): listed is LateListing {
  return listed.digest !== undefined && listed.images.length >= fewest;
}

/** The places of a rendered set that was listed as a large one; absent if they are its images. */
export function placesOf({ count, captions, skipped, source }: ImageIndex): Places | undefined {
  if (source === undefined || skipped.length === 0) return undefined;
  const all = count + skipped.length;
  const unread = new Map(skipped.map((image) => [image.at, image.caption]));
  const [images, texts] = [new Int32Array(all), new Array<string>(all)];
  for (let place = all - 1, next = count; place >= 0; place--) {
    if (!unread.has(place)) next--;
    images[place] = next === count ? 0 : next;
    texts[place] = unread.get(place) ?? captions[next];
  }
  return { count: all, captions: texts, at: async (places) => places.map((place) => images[place]) };
}

/** What is known of an image's pixels: nothing; that this process has written them; that they cannot be made; that another has written them. */
const [unknown, written, unreadable, left] = [0, 1, 2, 3];

const stateSchema = z.object({
  source: z.string(),
  /** A digit for each image. */
  states: z.string(),
  /** The checksum of each image's pixels. */
  sums: z.array(z.int()),
});

/** The files of a set that is not rendered as a whole. */
const statePath = (folder: string): string => join(folder, 'state.json');
const renderedPath = (folder: string): string => join(folder, 'rendered.u8');
const partOf = (folder: string): string => `${folder}.part`;

/** Where a set is rendered, and the digest of the files that it is rendered from. */
interface Home {
  readonly folder: string;
  readonly pending: PendingFile;
  readonly file: FileHandle;
  readonly source: string;
}

/** Images by their numbers in the listing. Those that cannot be read have a number too, and no pixels. */
export class LateImages implements ImageSet {
  readonly count: number;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  readonly numbers: PixelShape['numbers'];
  readonly classes: readonly string[];
  readonly labels: Int32Array;
  readonly captions: readonly string[];
  readonly places: Places;
  readonly source: string;
  private readonly bytes: number;
  private readonly states: Uint8Array;
  private readonly sums: Uint32Array;
  private readonly why = new Map<number, string>();
  private readonly rendering = new Map<number, Promise<void>>();
  private missing: number;
  private finishing: Promise<void> | null = null;
  private index: ImageIndex | null = null;

  private constructor(
    private readonly listed: LateListing,
    private readonly shape: PixelShape,
    private readonly home: Home,
    private readonly tell: (message: string) => void,
  ) {
    const { images, classes } = listed;
    ({ height: this.height, width: this.width, channels: this.channels, numbers: this.numbers } = shape);
    this.count = this.missing = images.length;
    this.classes = classes;
    this.labels = Int32Array.from(images, ({ label }) => label);
    this.captions = images.map(({ caption }) => caption);
    this.bytes = bytesOf(shape);
    this.source = home.source;
    this.states = new Uint8Array(this.count);
    this.sums = new Uint32Array(this.count);
    this.places = { count: this.count, captions: this.captions, at: (places) => this.at(places) };
  }

  /** Opens the set that will be in `folder`: with the images that were rendered before, if any, and notes to `onWarning`. */
  static async open(
    folder: string,
    listed: LateListing,
    shape: PixelShape,
    { onWarning: tell = () => {}, onProgress }: CacheOptions,
  ): Promise<LateImages> {
    const source = await listed.digest(onProgress);
    await checkRoom(dirname(folder), listed.images.length * bytesOf(shape));
    const pending = pendingFolder(folder);
    try {
      const isLeft = await rename(partOf(folder), pending.temporary).then(
        () => true,
        () => false,
      );
      if (!isLeft) await makeFolder(pending.temporary);
      const file = await open(renderedPath(pending.temporary), isLeft ? 'r+' : 'w+');
      await file.truncate(listed.images.length * bytesOf(shape));
      const set = new LateImages(listed, shape, { folder, pending, file, source }, tell);
      if (isLeft) await set.goOn();
      for (const note of listed.notes?.() ?? []) tell(note);
      return set;
    } catch (error) {
      await pending.discard().catch(() => {});
      throw await fileError(error, 'write', folder);
    }
  }

  get skipped(): readonly SkippedImage[] {
    return [...this.why].sort(([a], [b]) => a - b).map(([i, why]) => ({ name: this.listed.images[i].name, why }));
  }

  digest(what: { readonly captions: boolean }): string | null {
    return this.index && digestOf(this.index, what);
  }

  /** Renders what is left and puts the set into the cache. */
  async renderAll(onProgress: CacheOptions['onProgress'] = () => {}): Promise<void> {
    for (let at = 0; at < this.count; at += together) {
      onProgress(at, this.count);
      await this.prepare(Array.from({ length: Math.min(together, this.count - at) }, (_, i) => at + i));
    }
    onProgress(this.count, this.count);
    await this.finish();
    if (!this.index) throw noneReadable(this.skipped);
  }

  async read(indices: ArrayLike<number>, into: Uint8Array): Promise<void> {
    await this.prepare(Array.from(indices));
    for (let i = 0; i < indices.length; i++) {
      const at = indices[i];
      invariant(this.states[at] === written, `image ${at} cannot be read`);
      await this.home.file.read(into, i * this.bytes, this.bytes, at * this.bytes);
    }
  }

  async close(): Promise<void> {
    await Promise.allSettled(this.rendering.values());
    const { folder, pending, file } = this.home;
    if (this.missing === 0) await this.finish();
    else await file.sync();
    await file.close();
    if (this.index) return;
    try {
      const states = Array.from(this.states, (state) => (state === left ? written : state)).join('');
      await writeSealed(statePath(pending.temporary), { source: this.source, states, sums: [...this.sums] });
      // Another process may have rendered the set meanwhile.
      if (!existsSync(folder)) await rename(pending.temporary, partOf(folder));
    } catch {
      // What is lost is rendered again.
    } finally {
      await pending.discard();
    }
  }

  /** Takes over what another process has rendered; its pixels are checked when they are first read. */
  private async goOn(): Promise<void> {
    const { temporary } = this.home.pending;
    const before = await readSealed(statePath(temporary), stateSchema).catch(() => null);
    await rm(statePath(temporary), { force: true });
    if (!before?.isSealed) return;
    const { source, states, sums } = before.fields;
    if (source !== this.source || states.length !== this.count || sums.length !== this.count) return;
    this.sums.set(sums);
    // A picture that could not be read may have failed for want of memory, so it is tried again.
    for (let i = 0; i < this.count; i++) if (states[i] === String(written)) this.states[i] = left;
  }

  private async at(places: readonly number[]): Promise<readonly number[]> {
    await this.prepare(places);
    const images: number[] = [];
    for (const place of places) {
      let image = place;
      while (this.states[image] === unreadable) {
        image = (image + 1) % this.count;
        if (image === place) throw noneReadable(this.skipped);
        await this.prepare([image]);
      }
      images.push(image);
    }
    return images;
  }

  private async prepare(images: readonly number[]): Promise<void> {
    await concurrently([...new Set(images)], together, (image) => this.ensure(image));
  }

  private async ensure(image: number): Promise<void> {
    if (!(image >= 0 && image < this.count)) throw new RangeError(`image ${image} of ${this.count}`);
    if (this.states[image] === written || this.states[image] === unreadable) return;
    let work = this.rendering.get(image);
    if (!work) {
      work = this.make(image).finally(() => this.rendering.delete(image));
      this.rendering.set(image, work);
    }
    await work;
  }

  private async make(image: number): Promise<void> {
    if (this.states[image] === unknown || !(await this.isWhole(image))) {
      const pixels = await renderOne(this.listed.images[image], this.shape);
      if (typeof pixels === 'string') {
        this.states[image] = unreadable;
        this.leaveOut(image, pixels);
      } else {
        await this.home.file.write(pixels, 0, this.bytes, image * this.bytes);
        this.sums[image] = sumOf(pixels);
      }
    }
    if (this.states[image] !== unreadable) this.states[image] = written;
    this.missing--;
    // Errors are found when the set is closed.
    if (this.missing === 0) this.finish().catch(() => {});
  }

  private async isWhole(image: number): Promise<boolean> {
    const pixels = new Uint8Array(this.bytes);
    await this.home.file.read(pixels, 0, this.bytes, image * this.bytes);
    return sumOf(pixels) === this.sums[image];
  }

  private leaveOut(image: number, why: string): void {
    this.why.set(image, why);
    const { name } = this.listed.images[image];
    if (this.why.size <= mostTold)
      this.tell(`${printable(name)} cannot be read and is left out (${why}); the next image is shown in its place.`);
    else if (this.why.size === mostTold + 1)
      this.tell('More images cannot be read and are left out; weft data names all of them.');
  }

  /** Puts the set into the cache; does nothing if no image can be read. */
  private finish(): Promise<void> {
    this.finishing ??= this.writeWhole();
    return this.finishing;
  }

  private async writeWhole(): Promise<void> {
    const { listed, why } = this;
    const kept = listed.images.filter((_, i) => !why.has(i));
    if (kept.length === 0) return;
    const { pending, file } = this.home;
    await file.sync();
    const [from, to] = [renderedPath(pending.temporary), pixelsPath(pending.temporary)];
    if (why.size === 0) await rename(from, to);
    else {
      await this.writeKept(to);
      await rm(from);
    }
    const index: ImageIndex = {
      ...this.shape,
      count: kept.length,
      classes: [...this.classes],
      labels: kept.map(({ label }) => label),
      captions: kept.map(({ caption }) => caption),
      skipped: [...why]
        .sort(([a], [b]) => a - b)
        .map(([at, reason]) => ({ name: listed.images[at].name, why: reason, at, caption: listed.images[at].caption })),
      notes: [...(listed.notes?.() ?? []), ...emptyClasses(listed, kept)],
      pixels: (await fileSum(to)).sha256,
      source: this.source,
    };
    await writeIndex(pending.temporary, index);
    await pending.commit();
    this.index = index;
  }

  /** The pixels of the images that can be read, one after another. */
  private async writeKept(path: string): Promise<void> {
    const to = await open(path, 'w');
    try {
      const pixels = new Uint8Array(this.bytes);
      for (let i = 0; i < this.count; i++) {
        if (this.why.has(i)) continue;
        await this.home.file.read(pixels, 0, this.bytes, i * this.bytes);
        await to.writeFile(pixels);
      }
      await to.sync();
    } finally {
      await to.close();
    }
  }
}

function sumOf(pixels: Uint8Array): number {
  return createHash('sha256').update(pixels).digest().readUInt32LE(0);
}
