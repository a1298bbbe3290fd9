import { execFileSync } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { openImageSet, type ImageSet } from '../../../src/data/image-set';
import { folderImages } from '../../../src/data/sources/folder';
import { withTemporaryFolder } from '../../../src/files/atomic';
import { failureOf } from '../../support/failure';

const size = { height: 4, width: 4 };
const colours = { red: [255, 0, 0], blue: [0, 0, 255] } as const;

/** Writes a picture of one colour; the ending of the path gives its format. */
async function paint(path: string, colour: keyof typeof colours, height = 8, width = 8): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const [r, g, b] = colours[colour];
  await sharp({ create: { height, width, channels: 3, background: { r, g, b } } }).toFile(path);
}

async function pixels(set: ImageSet, index: number): Promise<Uint8Array> {
  const bytes = new Uint8Array(set.height * set.width * 3);
  await set.read([index], bytes);
  return bytes;
}

const open = (folder: string, cache: string, onWarning?: (text: string) => void, captions = false) =>
  openImageSet({ kind: 'folder', path: folder, flip: false }, size, { cache, onWarning, captions });

it('takes classes from subfolders and captions from text files', () =>
  withTemporaryFolder(async (root) => {
    const folder = join(root, 'pictures');
    await paint(join(folder, 'warm', 'a.png'), 'red');
    await paint(join(folder, 'cold', 'deep', 'b.webp'), 'blue');
    await paint(join(folder, 'cold', 'c.jpg'), 'blue');
    await paint(join(folder, 'cold', 'd.avif'), 'blue');
    await paint(join(folder, '.hidden', 'e.png'), 'red');
    await writeFile(join(folder, 'warm', 'a.txt'), 'a red square\n');
    const set = await open(folder, join(root, 'cache'), () => {}, true);
    expect(set.classes).toEqual(['cold', 'warm']);
    expect(set.captions).toEqual(['cold', 'cold', 'cold', 'a red square']);
    expect([...set.labels]).toEqual([0, 0, 0, 1]);
    expect([...(await pixels(set, 3)).subarray(0, 3)]).toEqual([255, 0, 0]);
    for (const i of [0, 1, 2]) expect((await pixels(set, i))[2]).toBeGreaterThan(245);
  }));

it('takes a flat folder as one class, and a linked folder as a class', () =>
  withTemporaryFolder(async (root) => {
    await paint(join(root, 'flat', 'a.png'), 'red');
    expect((await open(join(root, 'flat'), join(root, 'cache'))).classes).toEqual(['flat']);
    await mkdir(join(root, 'linked'));
    await symlink(join(root, 'flat'), join(root, 'linked', 'there'));
    expect((await open(join(root, 'linked'), join(root, 'cache'))).classes).toEqual(['there']);
  }));

it('cuts at the centre after scaling the shorter side', () =>
  withTemporaryFolder(async (root) => {
    // 8 x 24: red, blue, red thirds; the middle square is blue.
    const third = (colour: keyof typeof colours) => Array.from({ length: 8 }, () => colours[colour]).flat();
    const row = [...third('red'), ...third('blue'), ...third('red')];
    const raw = Buffer.from(Array.from({ length: 8 }, () => row).flat());
    await mkdir(join(root, 'wide'));
    await sharp(raw, { raw: { height: 8, width: 24, channels: 3 } }).toFile(join(root, 'wide', 'a.png'));
    const middle = await pixels(await open(join(root, 'wide'), join(root, 'cache')), 0);
    expect([...middle.subarray((4 + 1) * 3, (4 + 2) * 3)]).toEqual([0, 0, 255]);
  }));

it('turns pictures upright, makes grey ones colour, puts transparent ones on white', () =>
  withTemporaryFolder(async (root) => {
    const folder = join(root, 'mixed');
    await mkdir(folder);
    // Left half black, right half white; to be turned by 90 degrees clockwise: black ends up on top.
    const halves = Buffer.from(Array.from({ length: 8 }, () => [0, 0, 0, 0, 255, 255, 255, 255]).flat());
    const grey = sharp(halves, { raw: { height: 8, width: 8, channels: 1 } });
    await grey.withMetadata({ orientation: 6 }).jpeg({ quality: 100 }).toFile(join(folder, 'a.jpg'));
    await sharp({ create: { height: 8, width: 8, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
      .png()
      .toFile(join(folder, 'b.png'));
    const set = await open(folder, join(root, 'cache'));
    const turned = await pixels(set, 0);
    expect(Math.max(...turned.subarray(0, 12))).toBeLessThan(40);
    expect(Math.min(...turned.subarray(36, 48))).toBeGreaterThan(215);
    expect(Math.min(...(await pixels(set, 1)))).toBe(255);
  }));

it('names broken pictures and goes on without them', () =>
  withTemporaryFolder(async (root) => {
    const folder = join(root, 'some');
    await paint(join(folder, 'good.png'), 'red');
    await writeFile(join(folder, 'empty.png'), '');
    await writeFile(join(folder, 'text.jpg'), 'not a picture');
    const whole = await sharp({ create: { height: 64, width: 64, channels: 3, background: 'red' } })
      .jpeg()
      .toBuffer();
    await writeFile(join(folder, 'cut.jpg'), whole.subarray(0, whole.length / 2));
    await symlink(join(root, 'nowhere.png'), join(folder, 'lost.png'));
    const warnings: string[] = [];
    const set = await open(folder, join(root, 'cache'), (w) => warnings.push(w));
    expect(set.count).toBe(1);
    expect(set.skipped.map((s) => s.name)).toEqual(['cut.jpg', 'empty.png', 'text.jpg']);
    expect(warnings[0]).toBe('Passed over links that lead nowhere: lost.png.');
    expect(warnings[1]).toMatch(/^3 of 4 images cannot be read and are left out: cut\.jpg \(/);
  }));

it('says what is wrong with a folder', () =>
  withTemporaryFolder(async (root) => {
    await mkdir(join(root, 'pictures'));
    expect(await failureOf(() => folderImages(join(root, 'pictures'), size))).toMatch(/holds no pictures/);
    expect(await failureOf(() => folderImages(join(root, 'pictrues'), size))).toMatch(
      /does not exist\.\nDid you mean pictures\?/,
    );
    await writeFile(join(root, 'file'), '');
    expect(await failureOf(() => folderImages(join(root, 'file'), size))).toMatch(/is not a folder/);
    await paint(join(root, 'pictures', 'one', 'a.png'), 'red');
    await paint(join(root, 'pictures', 'loose.png'), 'red');
    expect(await failureOf(() => folderImages(join(root, 'pictures'), size))).toMatch(
      /both class subfolders and 1 picture of no class, such as loose\.png/,
    );
  }));

it('renders again when a picture has changed', () =>
  withTemporaryFolder(async (root) => {
    const path = join(root, 'one', 'a.png');
    await paint(path, 'red');
    const before = await pixels(await open(join(root, 'one'), join(root, 'cache')), 0);
    await paint(path, 'blue', 16, 16);
    const after = await pixels(await open(join(root, 'one'), join(root, 'cache')), 0);
    expect([...before.subarray(0, 3), ...after.subarray(0, 3)]).toEqual([255, 0, 0, 0, 0, 255]);
  }));

/** What is told of a folder that `make` fills. */
const toldOf = (make: (folder: string) => Promise<void>, captions: boolean): Promise<[ImageSet, string[]]> =>
  withTemporaryFolder(async (root) => {
    const folder = join(root, 'pics');
    await mkdir(folder);
    await make(folder);
    const warnings: string[] = [];
    return [await open(folder, join(root, 'cache'), (text) => warnings.push(text), captions), warnings];
  });

const classed = 'Classes by number: 0 a, 1 b, 2 c.';

it.each<[string, { readonly [name: string]: string }, boolean, readonly string[]]>([
  [
    'a class without pictures',
    { 'b/1.psd': '8BPS', 'b/2.mov': '', 'b/3.psd': '8BPS' },
    false,
    [
      classed,
      '3 files were not read: 2 .psd, 1 .mov.',
      'Class b has no image that can be read; it keeps its number, 1, and is never trained.',
    ],
  ],
  [
    'a class of broken pictures',
    { 'b/1.png': 'x' },
    false,
    [
      classed,
      'Class b has no image that can be read; it keeps its number, 1, and is never trained.',
      '1 of 3 images cannot be read and is left out: b/1.png (it is not a picture of a kind that is read).',
    ],
  ],
  [
    'captions that nobody reads',
    { 'b/1.txt': 'x' },
    false,
    [
      classed,
      '1 file was not read: 1 .txt.',
      'Class b has no image that can be read; it keeps its number, 1, and is never trained.',
    ],
  ],
  [
    'pictures without captions',
    { 'a/1.txt': 'a red square', 'a/2.txt': 'x', 'readme.txt': 'x', 'b/1.txt': 'x' },
    true,
    [
      classed,
      '1 of 2 pictures has no caption, and the name of their class stands in for it: c/1.png.',
      '3 captions have no picture: a/2.txt, b/1.txt, readme.txt.',
      'Class b has no image that can be read; it keeps its number, 1, and is never trained.',
    ],
  ],
])('tells of %s', async (_, files, captions, wanted) => {
  const [set, told] = await toldOf(async (folder) => {
    for (const name of ['a', 'c']) await paint(join(folder, name, '1.png'), 'red');
    await mkdir(join(folder, 'b'));
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  }, captions);
  expect([told, set.classes, [...set.labels]]).toEqual([wanted, ['a', 'b', 'c'], [0, 2]]);
});

it('lets the empty prompt stand in where a flat folder lacks a caption, and refuses one without any', async () => {
  const pictures = async (folder: string): Promise<void> => {
    for (const name of ['1', '2']) await paint(join(folder, `${name}.png`), 'red');
  };
  const [set, told] = await toldOf(async (folder) => {
    await pictures(folder);
    await writeFile(join(folder, '2.caption'), 'a red square');
  }, true);
  expect(set.captions).toEqual(['', 'a red square']);
  expect(told).toEqual(['1 of 2 pictures has no caption, and the empty prompt stands in for it: 1.png.']);
  expect(await failureOf(() => toldOf(pictures, true))).toMatch(/None of 2 pictures in .* has a caption/);
});

it('never opens a pipe', async () => {
  const [set, told] = await toldOf(async (folder) => {
    await paint(join(folder, 'a.png'), 'red');
    for (const name of ['b.png', 'a.txt', 'metadata.jsonl', 'c']) execFileSync('mkfifo', [join(folder, name)]);
    await writeFile(join(folder, 'a.caption'), 'red');
  }, true);
  expect([set.captions, told]).toEqual([['red'], ['Passed over pipes: a.txt, b.png, c, metadata.jsonl.']]);
});
