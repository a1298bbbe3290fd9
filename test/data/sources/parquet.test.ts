import { copyFile, readFile, truncate, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { openImageSet, type ImageSet } from '../../../src/data/image-set';
import type { ParquetColumns } from '../../../src/data/shards/parquet-file';
import { checkParquet } from '../../../src/data/sources/parquet';
import { withTemporaryFolder } from '../../../src/files/atomic';
import { failureOf } from '../../support/failure';

/** Written by test/data/shards/fixtures/make.py. */
const fixtures = resolve('test/data/shards/fixtures');
const size = { height: 4, width: 4 };

/** Opens files of the fixtures from a folder of their own. */
async function inFolder<T>(names: readonly string[], use: (folder: string, open: Open) => Promise<T>): Promise<T> {
  return withTemporaryFolder(async (root) => {
    for (const name of names) await copyFile(join(fixtures, name), join(root, name));
    return use(root, async (columns = {}, captions = true) => {
      const told: string[] = [];
      const options = { cache: join(root, 'cache'), captions, onWarning: (text: string) => void told.push(text) };
      const set = await openImageSet({ kind: 'parquet', path: root, flip: false, ...columns }, size, options);
      return Object.assign(set, { told });
    });
  });
}
type Open = (columns?: ParquetColumns, captions?: boolean) => Promise<ImageSet & { readonly told: readonly string[] }>;

/** The first pixel of every image. */
async function shown(set: ImageSet): Promise<string[]> {
  const names: { readonly [rgb: string]: string } = {
    '255,0,0': 'red',
    '0,255,0': 'green',
    '0,0,255': 'blue',
    '255,255,255': 'white',
  };
  const found: string[] = [];
  for (let i = 0; i < set.count; i++) {
    const bytes = new Uint8Array(size.height * size.width * 3);
    await set.read([i], bytes);
    found.push(names[bytes.subarray(0, 3).join()]);
  }
  return found;
}

const refused = (names: readonly string[], columns: ParquetColumns = {}): Promise<string> =>
  inFolder(names, async (folder, open) => (await failureOf(() => open(columns))).replaceAll(folder, 'data'));

it('reads pictures, captions and the names of classes from data sets of the Hub, over files and row groups', () =>
  inFolder(['hub-0.parquet', 'hub-1.parquet'], async (_, open) => {
    const set = await open();
    expect(await shown(set)).toEqual(['red', 'green', 'blue', 'white', 'red']);
    expect([set.classes, [...set.labels]]).toEqual([
      ['cold', 'none', 'warm'],
      [2, 1, 0, 0, 2],
    ]);
    expect(set.captions).toEqual(['a red one', 'a green one', 'a blue one', 'a white one', 'a red one']);
    expect(set.told).toEqual(['Classes by number: 0 cold, 1 none, 2 warm.', 'Columns that are not read: url.']);
    expect((await open({}, false)).captions).toEqual(['warm', 'none', 'cold', 'cold', 'warm']);
  }));

it.each(['snappy', 'gzip', 'brotli', 'zstd', 'lz4', 'none'])('reads columns of any name, packed with %s', (name) =>
  inFolder([`${name}.parquet`], async (_, open) => {
    const set = await open({ text: 'title', label: 'kind' });
    expect(await shown(set)).toEqual(['blue', 'white', 'red']);
    expect([set.classes, [...set.labels]]).toEqual([
      ['a', 'b'],
      [1, 0, 1],
    ]);
    expect(set.captions).toEqual(['blue 雪', 'white 雪', 'red 雪']);
    expect(set.told[1]).toBe('Columns that are not read: score.');
  }),
);

it('takes classes below zero for none, and leaves out rows without bytes', () =>
  inFolder(['unlabelled.parquet'], async (folder, open) => {
    const set = await open();
    expect([set.classes, set.captions]).toEqual([[basename(folder)], ['a red one']]);
    expect(set.skipped).toEqual([
      { name: 'unlabelled.parquet/1', why: 'it has no bytes, only the path there.png: embed the pictures' },
      { name: 'unlabelled.parquet/2', why: 'it has no bytes' },
    ]);
  }));

it('refuses columns that are missing or of another kind, and names those there are', async () => {
  const columns = 'photo (bytes), title (text), kind (text), score (double)';
  expect(await refused(['none.parquet'], { image: 'photos' })).toBe(
    `data/none.parquet has no column photos; it has ${columns}.\nDid you mean image: "photo"?`,
  );
  expect(await refused(['none.parquet'], { image: 'title' })).toBe(
    `The column title of data/none.parquet holds text; pictures are bytes, or {bytes, path}.\nThe columns are ${columns}.`,
  );
  expect(await refused(['none.parquet'], { label: 'score' })).toBe(
    `The column score of data/none.parquet holds double; classes are whole numbers or text.\nThe columns are ${columns}.`,
  );
  expect(await refused(['hub-1.parquet', 'none.parquet'], { text: 'text' })).toBe(
    `data/none.parquet has no column text; it has ${columns}.\nName another with text: "…".`,
  );
  expect(await refused(['none.parquet'])).toBe(
    'None of the 3 pictures in data has a caption, and the recipe trains on texts.\nPack the caption of each picture with it; docs/data.md shows the forms.',
  );
});

it('refuses classes that are not named, and files that name other classes', async () => {
  expect(await refused(['beyond.parquet'])).toBe(
    'Row 0 of data/beyond.parquet has the class 7, but the file names 3 classes.\nCorrect the class of the row, or the names in the description of the file.',
  );
  expect(await refused(['hub-0.parquet', 'renamed.parquet'])).toBe(
    'data/hub-0.parquet and data/renamed.parquet name other classes, or in another order.\nWrite both with the same names of classes.',
  );
});

it('refuses files that are no Parquet files, are cut short or damaged', () =>
  inFolder(['hub-0.parquet'], async (folder, open) => {
    const path = join(folder, 'hub-0.parquet');
    const whole = await readFile(path);
    const failure = async (): Promise<string> => (await failureOf(() => open())).replaceAll(folder, 'data');
    const again = '\nDownload or copy it again, and check that the disk is not full.';
    await truncate(path, whole.length - 100);
    expect(await failure()).toBe(
      `data/hub-0.parquet cannot be read as a Parquet file: parquet file invalid (footer != PAR1).${again}`,
    );
    await writeFile(path, 'PAR1');
    expect(await failure()).toBe(`data/hub-0.parquet cannot be read as a Parquet file: it has 4 bytes.${again}`);
    // The length of the description is larger than the file.
    const long = Buffer.from(whole);
    long.writeUInt32LE(0x7fffffff, whole.length - 8);
    await writeFile(path, long);
    expect(await failure()).toMatch(
      /^data\/hub-0\.parquet cannot be read as a Parquet file: parquet metadata length 2147483647 exceeds/,
    );
    // Every byte of the data destroyed, one region at a time: an error that names the file, or other pictures, but never a crash.
    for (let at = 4; at < whole.length; at += 97) {
      const damaged = Buffer.from(whole);
      damaged.fill(0xff, at, at + 16);
      await writeFile(path, damaged);
      const told = await open().then(
        () => null,
        (error: Error) => error.message,
      );
      if (told !== null) expect(told).toMatch(/hub-0\.parquet|None of the|images can be read/);
    }
    await expect(checkParquet({ path })).rejects.toThrow('hub-0.parquet');
  }));
