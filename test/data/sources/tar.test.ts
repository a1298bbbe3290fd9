import { execFileSync } from 'node:child_process';
import { mkdir, readdir, truncate, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { openImageSet, type ImageSet } from '../../../src/data/image-set';
import { checkTar } from '../../../src/data/sources/tar';
import { withTemporaryFolder } from '../../../src/files/atomic';
import { failureOf } from '../../support/failure';

const size = { height: 4, width: 4 };
const colours = { red: [255, 0, 0], green: [0, 255, 0], blue: [0, 0, 255], white: [255, 255, 255] } as const;
type Colour = keyof typeof colours;

interface Made {
  /** Where the tar files are. */
  readonly shards: string;
  open(captions?: boolean, path?: string): Promise<ImageSet & { readonly told: readonly string[] }>;
}

/** Packs files into tar files; a colour stands for a picture of it, in the format of the name. */
async function withShards(
  files: { readonly [shard: string]: { readonly [name: string]: string } },
  use: (made: Made) => Promise<void>,
): Promise<void> {
  await withTemporaryFolder(async (root) => {
    const shards = join(root, 'shards');
    await mkdir(shards);
    for (const [shard, members] of Object.entries(files)) {
      const folder = join(root, `of ${shard}`);
      for (const [name, content] of Object.entries(members)) {
        const path = join(folder, name);
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, await contentOf(name, content));
      }
      execFileSync('tar', ['-cf', join(shards, `${shard}.tar`), '-C', folder, ...Object.keys(members)]);
    }
    const open: Made['open'] = async (captions = false, path = shards) => {
      const told: string[] = [];
      const options = { cache: join(root, 'cache'), captions, onWarning: (text: string) => void told.push(text) };
      return Object.assign(await openImageSet({ kind: 'tar', path, flip: false }, size, options), { told });
    };
    await use({ shards, open });
  });
}

async function contentOf(name: string, content: string): Promise<Buffer | string> {
  if (content === 'cut short') return (await paint(name, 'red')).subarray(0, 60);
  return Object.hasOwn(colours, content) ? paint(name, content as Colour) : content;
}

async function paint(name: string, colour: Colour): Promise<Buffer> {
  const [r, g, b] = colours[colour];
  const image = sharp({ create: { height: 8, width: 8, channels: 3, background: { r, g, b } } });
  return (/\.jpe?g$/i.test(name) ? image.jpeg({ quality: 100, chromaSubsampling: '4:4:4' }) : image.png()).toBuffer();
}

/** The name of the colour of each image, of which two hundred and fifty levels are enough. */
async function shown(set: ImageSet): Promise<string[]> {
  const names: string[] = [];
  for (let i = 0; i < set.count; i++) {
    const bytes = new Uint8Array(size.height * size.width * 3);
    await set.read([i], bytes);
    const isNear = (colour: Colour): boolean => colours[colour].every((level, c) => Math.abs(level - bytes[c]) <= 5);
    names.push((Object.keys(colours) as Colour[]).find(isNear) ?? 'none');
  }
  return names;
}

it('reads pictures with the captions and classes beside them, shard after shard', () =>
  withShards(
    {
      '000': {
        '1.png': 'red',
        '1.txt': 'a red one\n',
        '1.cls': '2',
        '2.jpg': 'green',
        '2.json': '{"caption": "green"}',
        '2.cls': '0',
      },
      '001': {
        '1.png': 'blue',
        '1.cls': '2\n',
        '1.txt': 'a blue one',
        '1.json': '{"caption": "a blue one", "width": 8}',
      },
    },
    async ({ open }) => {
      const set = await open(true);
      expect(await shown(set)).toEqual(['red', 'green', 'blue']);
      expect([set.classes, [...set.labels]]).toEqual([
        ['0', '1', '2'],
        [2, 0, 2],
      ]);
      expect(set.captions).toEqual(['a red one', 'green', 'a blue one']);
      expect(set.told).toEqual([
        'Classes by number: 0 0, 1 1, 2 2.',
        'Class 1 has no image that can be read; it keeps its number, 1, and is never trained.',
      ]);
    },
  ));

it('takes names of classes, and subfolders where no class is stated', async () => {
  await withShards({ a: { '1.png': 'red', '1.cls': 'warm', '2.png': 'blue', '2.cls': 'cold' } }, async ({ open }) => {
    const set = await open();
    expect([set.classes, [...set.labels], set.captions]).toEqual([
      ['cold', 'warm'],
      [1, 0],
      ['warm', 'cold'],
    ]);
  });
  await withShards({ a: { '10/1.png': 'red', '9/1.png': 'blue' }, b: { '9/1.png': 'green' } }, async ({ open }) => {
    const set = await open();
    expect([set.classes, [...set.labels]]).toEqual([
      ['9', '10'],
      [1, 0, 0],
    ]);
  });
  await withShards({ pets: { '1.png': 'red' } }, async ({ open, shards }) => {
    expect((await open(false, join(shards, 'pets.tar'))).classes).toEqual(['pets']);
  });
});

it.each(['-1', '1.5', '1e2'])('refuses the class %s, which is no name and no whole number', (of) =>
  withShards({ a: { '1.png': 'red', '1.cls': '0', '2.png': 'blue', '2.cls': of } }, async ({ open }) => {
    expect(await failureOf(() => open())).toBe(
      `a.tar/2.png has the class ${of}; classes are whole numbers from 0, or names.\n` +
        'Count the classes from 0, leave out pictures of no class, or give classes names that are no numbers.',
    );
  }),
);

it('says in plain words that a picture is damaged', () =>
  withShards({ a: { '1.png': 'red', '2.png': 'cut short' } }, async ({ open }) => {
    expect((await open()).skipped).toEqual([{ name: 'a.tar/2.png', why: 'it is damaged or cut short' }]);
  }));

it('tells what is not read, and keeps what belongs together by the name up to the first dot', () =>
  withShards(
    {
      a: {
        'x/1.png': 'red',
        'x/1.txt': 'one',
        'x/1.mask.png': 'white',
        'x/1.npy': 'numbers',
        'x/2': 'blue',
        'x/2.json': '{"width": 8}',
        'x/3.png': 'broken',
        'x/4.txt': 'no picture',
      },
    },
    async ({ open }) => {
      const set = await open(true);
      expect(await shown(set)).toEqual(['red', 'blue']);
      expect(set.captions).toEqual(['one', 'x']);
      expect(set.skipped).toEqual([{ name: 'a.tar/x/3.png', why: 'it is not a picture of a kind that is read' }]);
      expect(set.told).toEqual([
        '2 files were not read: 1 .npy, 1 .png.',
        '1 caption has no picture: a.tar/x/4.txt.',
        '1 file of JSON beside pictures hold no text, caption or prompt: a.tar/x/2.json.',
        '2 of 3 pictures have no caption, and the name of their class stands in for it: a.tar/x/2, a.tar/x/3.png.',
        '1 of 3 images cannot be read and is left out: a.tar/x/3.png (it is not a picture of a kind that is read).',
      ]);
      expect((await open()).told[0]).toBe('5 files were not read: 2 .txt, 1 .json, 1 .npy, 1 .png.');
    },
  ));

it('finds files by a pattern, a range and their folder', () =>
  withShards(
    { a9: { '1.png': 'red' }, a10: { '1.png': 'green' }, b: { '1.png': 'blue' } },
    async ({ open, shards }) => {
      expect(await shown(await open())).toEqual(['red', 'green', 'blue']);
      expect(await shown(await open(false, join(shards, 'a*.tar')))).toEqual(['red', 'green']);
      expect(await shown(await open(false, join(shards, '?.tar')))).toEqual(['blue']);
      expect(await shown(await open(false, join(shards, 'a{9..10}.tar')))).toEqual(['red', 'green']);
      const refused = async (name: string): Promise<string> =>
        (await failureOf(() => open(false, join(shards, name)))).replaceAll(shards, 'shards');
      expect(await refused('c*.tar')).toBe(
        'No file in shards fits c*.tar; it has a9.tar, a10.tar, b.tar.\nCheck the pattern in the data section of the recipe.',
      );
      expect(await refused('a{8..11}.tar')).toBe(
        '2 of the 4 files of shards/a{8..11}.tar do not exist: a8.tar, a11.tar.\nBring them, or name only those that exist.',
      );
      expect(await refused('a11.tar')).toBe('shards/a11.tar does not exist.\nDid you mean a10.tar or a9.tar?');
      expect(await refused('zzz')).toBe(
        'shards/zzz does not exist.\nName a .tar file, a folder of them, or a pattern such as "shards/*.tar".',
      );
      await mkdir(join(shards, 'empty'));
      expect(await refused('empty')).toBe(
        'The folder shards/empty holds no .tar files; it is empty.\nFor pictures in files of their own write folder("…").',
      );
    },
  ));

it('refuses captions that differ, classes that only some have, and members of one name', async () => {
  const refused = (files: Parameters<typeof withShards>[0], captions: boolean): Promise<string> =>
    new Promise((done, fail) => {
      withShards(files, async ({ open, shards }) =>
        done((await failureOf(() => open(captions))).replaceAll(shards, 'shards')),
      ).catch(fail);
    });
  expect(await refused({ a: { '1.png': 'red', '1.txt': 'a red one', '1.json': '{"text": "blue"}' } }, true)).toBe(
    'a.tar/1.png has two captions that differ: "a red one" in a.tar/1.txt and "blue" in a.tar/1.json.\nKeep one of them.',
  );
  expect(await refused({ a: { '1.png': 'red', '1.cls': '1', '2.png': 'red' } }, false)).toBe(
    '1 picture of 2 in shards has no class, such as a.tar/2.png, and the others have one.\nGive all pictures a class, or none.',
  );
  expect(await refused({ a: { '1.png': 'red', '1.cls': '77777777' } }, false)).toBe(
    'a.tar/1.png has the class 77777777; classes are numbers from 0 to 999999, or names.\nGive each picture the number of its class.',
  );
  expect(await refused({ a: { '1.png': 'red', '2.png': 'blue' } }, true)).toBe(
    'None of the 2 pictures in shards has a caption, and the recipe trains on texts.\nPack the caption of each picture with it; docs/data.md shows the forms.',
  );
  expect(await refused({ a: { '1.png': 'red', '1.txt': 'x'.repeat(1_000_001) } }, true)).toBe(
    'a.tar/1.txt has 1,000,001 bytes; a caption or class has at most 1,000,000 bytes.\nLeave it out of the tar file.',
  );
  expect(await refused({ a: { '1.npy': 'numbers' } }, false)).toBe(
    'The tar files of shards hold no pictures. 1 file was not read: 1 .npy.\nPack PNG, JPEG, WebP, GIF, TIFF, AVIF, BMP or SVG files into them.',
  );
  await withShards({ a: { '1.png': 'red' } }, async ({ open, shards }) => {
    const path = join(shards, 'a.tar');
    execFileSync('tar', ['-rf', path, '-C', join(shards, '..', 'of a'), '1.png']);
    expect((await failureOf(() => open())).replaceAll(shards, 'shards')).toBe(
      'shards/a.tar holds 1.png twice; which is meant cannot be known.\nPack the files again, each once.',
    );
  });
});

it('gives the pixels and batches of the same pictures in a folder', () =>
  withShards({ a: { 'x/1.png': 'red', 'y/2.png': 'blue' }, b: { 'y/3.jpg': 'green' } }, async ({ open, shards }) => {
    const root = dirname(shards);
    execFileSync('sh', ['-c', `mkdir "${root}/all" && cp -r "${root}/of a/." "${root}/of b/." "${root}/all"`]);
    const folder = await openImageSet({ kind: 'folder', path: join(root, 'all'), flip: false }, size, {
      cache: join(root, 'cache'),
      onWarning: () => {},
    });
    expect((await open()).digest({ captions: false })).toBe(folder.digest({ captions: false }));
  }));

it('reads from the cache until a file changes, and refuses one that is cut short', () =>
  withShards({ a: { '1.png': 'red' } }, async ({ open, shards }) => {
    await open();
    const cache = join(shards, '..', 'cache', 'images');
    expect(await readdir(cache)).toHaveLength(1);
    await open();
    expect(await readdir(cache)).toHaveLength(1);
    const path = join(shards, 'a.tar');
    await truncate(path, 512 + 20);
    expect((await failureOf(() => open())).split('\n')[0].replaceAll(shards, 'shards')).toMatch(
      /^shards\/a\.tar is cut short: 1\.png at byte 512 needs \d+ bytes, and 20 are left\.$/,
    );
    await writeFile(path, 'x'.repeat(600));
    expect(await failureOf(() => checkTar(path))).toContain(
      'a.tar is not a tar file: the checksum of its first header',
    );
  }));
