import { readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { cachedImages } from '../../src/data/image-cache';
import { openImageSet, type ImageListing, type ListedImage } from '../../src/data/image-set';
import { withTemporaryFolder } from '../../src/files/atomic';
import { failureOf } from '../support/failure';

const size = { height: 2, width: 3 };

/** A listing of flat images; a broken one is given as a message. Counts how often it renders. */
function flat(levels: readonly (number | string)[], version = 1): ImageListing & { rendered: number } {
  const listing = {
    rendered: 0,
    facts: { version },
    list: async () => ({
      classes: ['dark', 'light'],
      images: levels.map((level, i): ListedImage => ({
        name: `image${i}`,
        label: Number(level) > 127 ? 1 : 0,
        caption: `level ${level}`,
        render: async () => {
          listing.rendered++;
          if (typeof level === 'string') throw new Error(`${level}\nat some place`);
          return new Uint8Array(18).fill(level);
        },
      })),
    }),
  };
  return listing;
}

it('renders once and opens from the cache afterwards', () =>
  withTemporaryFolder(async (cache) => {
    const listing = flat([5, 200, 9]);
    const steps: [number, number][] = [];
    const first = await cachedImages(listing, size, { cache, onProgress: (...at) => steps.push(at) });
    expect(steps).toEqual([
      [0, 3],
      [3, 3],
    ]);
    const second = await cachedImages(listing, size, { cache, onProgress: () => steps.push([-1, -1]) });
    expect(listing.rendered).toBe(3);
    expect(steps).toHaveLength(2);
    for (const set of [first, second]) {
      expect([set.count, set.height, set.width, ...set.labels]).toEqual([3, 2, 3, 0, 1, 0]);
      expect(set.captions).toEqual(['level 5', 'level 200', 'level 9']);
      const bytes = new Uint8Array(36);
      await set.read([2, 1], bytes);
      expect([...bytes]).toEqual([...Array(18).fill(9), ...Array(18).fill(200)]);
      await expect(set.read([3], bytes)).rejects.toThrow('image 3 of 3');
      await set.close();
    }
  }));

it('renders again for other facts', () =>
  withTemporaryFolder(async (cache) => {
    await cachedImages(flat([1, 2]), size, { cache });
    const other = flat([1, 2], 2);
    await cachedImages(other, size, { cache });
    expect(other.rendered).toBe(2);
    expect(await readdir(join(cache, 'images'))).toHaveLength(2);
  }));

it.each([
  ['pixels cut short', 'pixels.u8', (bytes: Buffer) => bytes.subarray(0, 5), 'its pixels have 5 bytes'],
  ['a flipped pixel', 'pixels.u8', (bytes: Buffer) => flipped(bytes, 20), 'its pixels are not what was written'],
  ['a flipped byte of the index', 'index.json', (bytes: Buffer) => flipped(bytes, 90), 'its index is not what'],
  ['an empty index', 'index.json', () => Buffer.alloc(0), 'its index is not what was written'],
])('finds %s in the cache, says so and renders again', (_, file, damage, said) =>
  withTemporaryFolder(async (cache) => {
    const listing = flat([1, 200]);
    await cachedImages(listing, size, { cache });
    const [folder] = await readdir(join(cache, 'images'));
    const path = join(cache, 'images', folder, file);
    await writeFile(path, damage(await readFile(path)));
    const warnings: string[] = [];
    const set = await cachedImages(listing, size, { cache, onWarning: (text) => warnings.push(text) });
    expect(listing.rendered).toBe(4);
    expect(warnings).toEqual([expect.stringContaining(said)]);
    const bytes = new Uint8Array(18);
    await set.read([1], bytes);
    expect([...bytes]).toEqual(Array(18).fill(200));
    await cachedImages(listing, size, { cache, onWarning: (text) => warnings.push(text) });
    expect([listing.rendered, warnings.length]).toEqual([4, 1]);
  }),
);

function flipped(bytes: Buffer, at: number): Buffer {
  return Buffer.from(bytes.map((byte, i) => (i === at ? byte ^ 1 : byte)));
}

it('tells sets apart by pixels, order and classes, and by captions where they are read', () =>
  withTemporaryFolder(async (cache) => {
    const digests = async (levels: readonly number[], version?: number) => {
      const set = await cachedImages(flat(levels, version), size, { cache });
      return [set.digest({ captions: false }), set.digest({ captions: true })];
    };
    const first = await digests([1, 2]);
    expect(await digests([1, 2], 2)).toEqual(first);
    const all = [...first, ...(await digests([2, 1], 3)), ...(await digests([1, 200], 4))];
    expect(new Set(all).size).toBe(6);
  }));

it.each([
  // 0.299 R + 0.587 G + 0.114 B = 80.83.
  [1, [81]],
  [3, [200, 30, 30]],
])('keeps images of %d channels', (channels, pixel) =>
  withTemporaryFolder(async (cache) => {
    const render = async () => Uint8Array.from({ length: 18 }, (_, i) => [200, 30, 30][i % 3]);
    const image = { name: 'red', label: 0, caption: '', render };
    const listing = { facts: {}, list: async () => ({ classes: ['all'], images: [image] }) };
    const set = await cachedImages(listing, { ...size, channels }, { cache });
    const bytes = new Uint8Array(6 * channels);
    await set.read([0], bytes);
    expect([...bytes.subarray(0, channels)]).toEqual(pixel);
  }),
);

it.each([2, 4])('refuses images of %d channels', async (channels) => {
  expect(await failureOf(() => cachedImages(flat([1]), { ...size, channels }))).toContain(
    `the model takes ${channels}`,
  );
});

it('leaves broken images out, naming and counting them', () =>
  withTemporaryFolder(async (cache) => {
    const warnings: string[] = [];
    const set = await cachedImages(flat(['torn', 7, 'bent', 200]), size, { cache, onWarning: (w) => warnings.push(w) });
    expect(warnings).toEqual(['2 of 4 images cannot be read and are left out: image0 (torn), image2 (bent).']);
    expect(set.skipped.map(({ name }) => name)).toEqual(['image0', 'image2']);
    expect(set.captions).toEqual(['level 7', 'level 200']);
    expect([...set.labels]).toEqual([0, 1]);
    const bytes = new Uint8Array(18);
    await set.read([1], bytes);
    expect(bytes[17]).toBe(200);
  }));

it('refuses a set of which nothing can be read, and caches nothing', () =>
  withTemporaryFolder(async (cache) => {
    expect(await failureOf(() => cachedImages(flat(['torn']), size, { cache }))).toMatch(
      /None of 1 image can be read; the first, image0: torn/,
    );
    expect(await readdir(join(cache, 'images'))).toEqual([]);
    expect(await failureOf(() => cachedImages(flat([1]), { height: 0, width: 2 }, { cache }))).toMatch(/0x2 pixels/);
  }));

it('leaves no half-rendered set when it is interrupted by an error', () =>
  withTemporaryFolder(async (cache) => {
    const onProgress = (done: number): void => {
      if (done > 0) throw new Error('stopped');
    };
    await expect(cachedImages(flat([1, 2]), size, { cache, onProgress })).rejects.toThrow('stopped');
    expect(await readdir(join(cache, 'images'))).toEqual([]);
  }));

it('opens emoji of a group with their names and classes', () =>
  withTemporaryFolder(async (cache) => {
    const source = { kind: 'emoji', styles: ['twemoji'], groups: ['activities', 'Food & Drink'], flip: false } as const;
    const set = await openImageSet(source, { height: 8, width: 12 }, { cache });
    expect(set.classes).toEqual(['Activities', 'Food & Drink']);
    expect(set.skipped).toEqual([]);
    expect(set.count).toBeGreaterThan(150);
    const pizza = set.captions.indexOf('pizza');
    expect(set.labels[pizza]).toBe(1);
    const bytes = new Uint8Array(8 * 12 * 3);
    await set.read([pizza], bytes);
    // The drawing is centred on white: the outer columns are blank, the middle is not.
    const pixel = (y: number, x: number) => [...bytes.subarray((y * 12 + x) * 3, (y * 12 + x) * 3 + 3)];
    expect([pixel(4, 0), pixel(4, 11)]).toEqual([
      [255, 255, 255],
      [255, 255, 255],
    ]);
    expect(Math.min(...pixel(4, 6))).toBeLessThan(150);
  }));
