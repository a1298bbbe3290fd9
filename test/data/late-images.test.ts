import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { batches } from '../../src/data/batches';
import { contentDigest, sampledEnd, sampleFile } from '../../src/data/content-digest';
import { cachedImages } from '../../src/data/image-cache';
import type { ImageListing, ImageSet, ListedImage } from '../../src/data/image-set';
import { inFolder } from '../support/weft';

const size = { height: 1, width: 2 };
const count = 2000;

/** Flat images of which some cannot be read; notes which are rendered. */
function large(broken: readonly number[] = [], version = 1): ImageListing & { readonly rendered: number[] } {
  const rendered: number[] = [];
  const images = Array.from({ length: count }, (_, i): ListedImage => ({
    name: `image${i}`,
    label: i % 2,
    caption: `caption ${i}`,
    render: async () => {
      rendered.push(i);
      if (broken.includes(i)) throw new Error('torn');
      return Uint8Array.from([i % 256, i >> 8, version, i % 256, i >> 8, version]);
    },
  }));
  const digest = async (): Promise<string> => `files ${version}`;
  return { rendered, facts: { version }, list: async () => ({ classes: ['even', 'odd'], images, digest }) };
}

/** What steps of training see: the pixels, labels and captions of their images. */
async function shown(set: ImageSet, steps: number): Promise<unknown[]> {
  const seen: unknown[] = [];
  for await (const { images, labels, captions } of batches(set, { batch: 50, seed: 3 })) {
    seen.push([...images.data], [...labels.data], captions);
    if (seen.length === 3 * steps) return seen;
  }
  return seen;
}

const broken = [0, 5, 6, 7, 700, 1999];

it('renders only what is read, and then shows the same as a set that was rendered before', () =>
  inFolder(async (cache) => {
    const listing = large(broken);
    const late = await cachedImages(listing, size, { cache, late: true });
    expect(listing.rendered).toEqual([]);
    const first = await shown(late, 3);
    // Two batches more are read ahead, at most.
    expect(listing.rendered.length).toBeLessThan(300);
    const all = await shown(late, 45);
    expect(all.slice(0, 9)).toEqual(first);
    await late.close();

    const ready = await cachedImages(listing, size, { cache, late: true });
    expect(new Set(listing.rendered).size).toBe(listing.rendered.length);
    expect(ready.renderAll).toBeUndefined();
    expect(ready.skipped).toEqual(broken.map((i) => ({ name: `image${i}`, why: 'torn' })));
    expect([ready.count, ready.places?.count]).toEqual([1994, 2000]);
    expect(ready.places?.captions).toEqual(late.captions);
    expect(await shown(ready, 45)).toEqual(all);

    await inFolder(async (other) => {
      const whole = await cachedImages(large(broken), size, { cache: other });
      expect(await shown(whole, 45)).toEqual(all);
      expect([whole.digest({ captions: true }), whole.source]).toEqual([ready.digest({ captions: true }), late.source]);
    });
  }));

it('tells of pictures that cannot be read when they are met', () =>
  inFolder(async (cache) => {
    const told: string[] = [];
    const set = await cachedImages(large([10, 11, 12, 20, 21, 30, 40]), size, {
      cache,
      late: true,
      onWarning: (text) => told.push(text),
    });
    expect(told).toEqual([]);
    expect(await set.places?.at([10, 5, 21])).toEqual([13, 5, 22]);
    expect(told).toEqual(
      [10, 21, 11, 12].map(
        (i) => `image${i} cannot be read and is left out (torn); the next image is shown in its place.`,
      ),
    );
    await set.places?.at([20, 30, 40]);
    expect(told.slice(5)).toEqual(['More images cannot be read and are left out; weft data names all of them.']);
    await set.close();
  }));

it('goes on with what was rendered before it was closed, and renders damaged pixels again', () =>
  inFolder(async (cache) => {
    const first = large();
    const set = await cachedImages(first, size, { cache, late: true });
    const before = await shown(set, 4);
    await set.close();
    const [folder] = await readdir(join(cache, 'images'));
    expect(folder).toMatch(/\.part$/);
    const path = join(cache, 'images', folder, 'rendered.u8');
    const pixels = await readFile(path);
    const changed = first.rendered[0];
    pixels[6 * changed] ^= 1;
    await writeFile(path, pixels);

    const second = large();
    const next = await cachedImages(second, size, { cache, late: true });
    expect(await shown(next, 4)).toEqual(before);
    expect(second.rendered.filter((i) => first.rendered.includes(i))).toEqual([changed]);
    await next.close();
    const third = large();
    const whole = await cachedImages(third, size, { cache });
    expect(third.rendered).toHaveLength(count - new Set([...first.rendered, ...second.rendered]).size);
    expect(await shown(whole, 4)).toEqual(before);
  }));

it('gives the digest of all pixels once all are rendered', () =>
  inFolder(async (cache) => {
    const set = await cachedImages(large([3]), size, { cache, late: true });
    expect(set.digest({ captions: false })).toBeNull();
    await set.renderAll?.();
    const digest = set.digest({ captions: false });
    expect(digest).toMatch(/^[0-9a-f]{64}$/);
    const pixels = new Uint8Array(6);
    await set.read([1234], pixels);
    expect([...pixels]).toEqual([210, 4, 1, 210, 4, 1]);
    await set.close();
    expect((await cachedImages(large([3]), size, { cache })).digest({ captions: false })).toBe(digest);
  }));

it('refuses a set of which nothing can be read', () =>
  inFolder(async (cache) => {
    const all = Array.from({ length: count }, (_, i) => i);
    const set = await cachedImages(large(all), size, { cache, late: true });
    await expect(set.places?.at([4])).rejects.toThrow(/None of 2000 images can be read; the first, image0: torn/);
    await set.close();
    await expect(cachedImages(large(all), size, { cache })).rejects.toThrow(/None of 2000 images/);
  }));

it('two that render the same set at once do not disturb each other', () =>
  inFolder(async (cache) => {
    const [one, two] = await Promise.all(
      [large(), large()].map((listing) => cachedImages(listing, size, { cache, late: true })),
    );
    const [a, b] = await Promise.all([shown(one, 3), shown(two, 3)]);
    expect(a).toEqual(b);
    await one.renderAll?.();
    await one.close();
    expect(await shown(two, 3)).toEqual(a);
    await two.close();
    expect((await readdir(join(cache, 'images'))).filter((name) => !/^[0-9a-f]{16}$/.test(name))).toEqual([]);
  }));

it('reads a stretch of a file, and nothing where there is none', () =>
  inFolder(async (folder) => {
    const path = join(folder, 'packed');
    await writeFile(path, 'ab' + 'c'.repeat(3 * sampledEnd) + 'd');
    expect(sampleFile(path, { at: 1, size: 2 })).toEqual({ size: 2, bytes: new Uint8Array(Buffer.from('bc')) });
    const { size, bytes } = sampleFile(path, { at: 1, size: 3 * sampledEnd + 2 });
    expect([size, bytes.length, bytes[0], bytes[1], bytes.at(-1)]).toEqual([98306, 65536, 98, 99, 100]);
    expect(sampleFile(join(folder, 'none'))).toEqual({ size: -1, bytes: new Uint8Array(0) });
  }));

it('tells files apart by their length, their ends, their order, classes and captions', () =>
  inFolder(async (folder) => {
    const image = (label: number, caption: string): ListedImage => ({
      name: 'x',
      label,
      caption,
      render: async () => new Uint8Array(),
    });
    const digest = async (files: readonly Buffer[], label = 0, caption = '', captions = true) => {
      const paths = files.map((_, i) => join(folder, `${i}`));
      await Promise.all(files.map((bytes, i) => writeFile(paths[i], bytes)));
      const images = files.map(() => image(label, caption));
      return contentDigest(
        { classes: ['a', 'b'], images, captions },
        paths.map((path) => () => sampleFile(path)),
      );
    };
    const long = Buffer.alloc(3 * sampledEnd, 7);
    const edited = (at: number) => Buffer.from(long.map((byte, i) => (i === at ? 8 : byte)));
    const short = Buffer.from('short');
    const first = await digest([long, short]);
    expect(await digest([long, short], 0, 'b', false)).toBe(await digest([long, short], 0, 'c', false));
    const others = [
      first,
      await digest([short, long]),
      await digest([Buffer.alloc(3 * sampledEnd + 1, 7), short]),
      await digest([long, short], 1),
      await digest([long, short], 0, 'b'),
      await digest([long, Buffer.from('sharp')]),
    ];
    for (const at of [0, sampledEnd - 1, 2 * sampledEnd, 3 * sampledEnd - 1])
      others.push(await digest([edited(at), short]));
    expect(new Set(others).size).toBe(others.length);
  }));
