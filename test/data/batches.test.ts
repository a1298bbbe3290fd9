import { expect, it } from '@jest/globals';
import { batches, type Batch, type BatchOptions } from '../../src/data/batches';
import type { ImageSet } from '../../src/data/image-set';
import { failureOf } from '../support/failure';

/** `count` images of 1 x 2 pixels: the left one has the image's number as its bytes, the right one that plus 100. */
function numbered(count: number, read?: ImageSet['read']): ImageSet {
  return {
    count,
    height: 1,
    width: 2,
    channels: 3,
    numbers: 'levels',
    classes: ['even', 'odd'],
    labels: Int32Array.from({ length: count }, (_, i) => i % 2),
    captions: Array.from({ length: count }, (_, i) => `image ${i}`),
    skipped: [],
    digest: () => '',
    close: async () => {},
    read:
      read ??
      (async (indices, into) => {
        for (let i = 0; i < indices.length; i++)
          into.set(
            [0, 1, 2, 100, 101, 102].map((b) => b + indices[i]),
            i * 6,
          );
      }),
  };
}

async function take(count: number, set: ImageSet, options: BatchOptions): Promise<Batch[]> {
  const taken: Batch[] = [];
  for await (const batch of batches(set, options)) if (taken.push(batch) === count) break;
  return taken;
}

it('shows every image once an epoch, labels and captions with it', async () => {
  const taken = await take(5, numbered(10), { batch: 4, seed: 1 });
  const shown = taken.flatMap((b) => b.captions.map((c) => Number(c.split(' ')[1])));
  const sorted = (xs: number[]) => [...xs].sort((a, b) => a - b);
  expect(sorted(shown.slice(0, 10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(sorted(shown.slice(10))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(shown.slice(0, 10)).not.toEqual(shown.slice(10));
  expect(taken.flatMap((b) => [...b.labels.data])).toEqual(shown.map((i) => i % 2));
  expect(taken.map((b) => [b.step, b.epoch])).toEqual([
    [0, 0],
    [1, 0],
    [2, 0],
    [3, 1],
    [4, 1],
  ]);
});

it('gives floats by channel, byte / 127.5 - 1', async () => {
  const [{ images, captions }] = await take(1, numbered(3), { batch: 1, seed: 0 });
  const n = Number(captions[0].split(' ')[1]);
  expect(images.shape).toEqual([1, 3, 1, 2]);
  const bytes = [n, n + 100, n + 1, n + 101, n + 2, n + 102];
  expect([...images.data]).toEqual(bytes.map((b) => Math.fround(b / 127.5 - 1)));
});

it('resumed at a step gives the batches of a run that was not stopped', async () => {
  const options = { batch: 3, seed: 7, flip: true };
  const whole = await take(9, numbered(8), options);
  const resumed = await take(4, numbered(8), { ...options, startStep: 5 });
  expect(resumed).toEqual(whole.slice(5));
});

it('mirrors about half of the images when asked, the same ones each time', async () => {
  const isMirrored = (b: Batch): boolean[] => b.captions.map((_, i) => b.images.data[i * 6] > b.images.data[i * 6 + 1]);
  const plain = await take(4, numbered(50), { batch: 50, seed: 2 });
  expect(plain.flatMap(isMirrored).filter(Boolean)).toHaveLength(0);
  const flipped = (await take(4, numbered(50), { batch: 50, seed: 2, flip: true })).flatMap(isMirrored);
  const count = flipped.filter(Boolean).length;
  // 100 of 200 are expected with a standard deviation of 7.
  expect(Math.abs(count - 100)).toBeLessThan(36);
});

it('makes batches larger than the set', async () => {
  const [batch] = await take(1, numbered(3), { batch: 7, seed: 0 });
  expect(new Set(batch.captions.slice(0, 3)).size).toBe(3);
  expect(new Set(batch.captions.slice(3, 6)).size).toBe(3);
});

it('reads the next batch while one is in use, and no more', async () => {
  let reads = 0;
  const set = numbered(4, async () => void reads++);
  const stream = batches(set, { batch: 2, seed: 0 });
  await stream.next();
  expect(reads).toBe(2);
  await stream.next();
  expect(reads).toBe(3);
  await stream.return(undefined as never);
});

it('throws a reading error at the batch it belongs to', async () => {
  let reads = 0;
  const set = numbered(4, async () => {
    if (++reads === 2) throw new Error('disk gone');
  });
  const stream = batches(set, { batch: 2, seed: 0 });
  expect((await stream.next()).value.step).toBe(0);
  await expect(stream.next()).rejects.toThrow('disk gone');
  expect(await failureOf(() => batches(set, { batch: 0, seed: 0 }).next())).toMatch(/batch of 0 images/);
});
