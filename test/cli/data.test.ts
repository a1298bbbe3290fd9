import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { toBytes } from '../../src/data/png';
import { writeNpy } from '../../src/data/npy';
import { elaborateModel, openSpec, recipeNamed } from '../../src/spec/open';
import { openTrainingData } from '../../src/train/data';
import type { ContactSheet } from '../../src/train/shown-batch';
import type { DataSummary } from '../../src/train/summarize-data';
import { inFolder, specIn, weft, type Outcome } from '../support/weft';

type Run = (...args: string[]) => Promise<Outcome>;
type Report = DataSummary & { readonly sheet: ContactSheet };

/** Two classes: dark left halves, so that a mirrored one is known; one is tall, one small, and some are not read. */
async function pictures(folder: string): Promise<void> {
  const forms = { 'a/0': [16, 16], 'a/1': [16, 16], 'a/2': [32, 8], 'b/3': [4, 4], 'b/4': [20, 15] } as const;
  for (const [i, [name, [height, width]]] of Object.entries(forms).entries()) {
    const pixels = Buffer.from(
      Array.from({ length: height * width }, (_, at) => (at % width < width / 2 ? 0 : 50 * (i + 1))),
    );
    const path = join(folder, 'images', `${name}.png`);
    mkdirSync(dirname(path), { recursive: true });
    await sharp(pixels, { raw: { height, width, channels: 1 } }).toFile(path);
  }
  writeFileSync(join(folder, 'images/b/broken.png'), 'no picture');
  writeFileSync(join(folder, 'images/b/notes.psd'), '8BPS');
}

const project = (use: (run: Run, folder: string) => Promise<void>): Promise<void> =>
  inFolder(async (folder) => {
    await pictures(folder);
    specIn(folder, 'tiny.weft');
    specIn(folder, 'tiny-t2i.weft');
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    await use((...args) => weft(['data', ...args], { cwd: folder, env }), folder);
  });

async function report(run: Run, ...args: string[]): Promise<Report> {
  const { status, stdout, stderr } = await run(...args, '--json');
  expect([status, stderr.includes('error')]).toEqual([0, false]);
  return JSON.parse(stdout) as Report;
}

/** Pixels of a contact sheet. */
async function sheetOf(path: string): Promise<(x: number, y: number) => number[]> {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  return (x, y) => [...data.subarray((y * info.width + x) * info.channels).subarray(0, 3)];
}

it('shows what is in tar files as it does for folders', () =>
  project(async (run, folder) => {
    execFileSync('tar', ['-cf', join(folder, 'x.tar'), '-C', join(folder, 'images'), 'a', 'b']);
    const [packed, loose] = [
      await report(run, 'tiny.weft#quick', '--data', 'x.tar'),
      await report(run, 'tiny.weft#quick'),
    ];
    expect(packed.source).toMatchObject({ kind: 'tar', flip: true });
    expect(packed.classes).toEqual(loose.classes);
    expect(packed.sizes?.mostCropped).toEqual({ name: 'x.tar/a/2.png', share: 0.75 });
    expect(packed.skipped).toEqual(loose.skipped.map((file) => ({ ...file, name: `x.tar/${file.name}` })));
    expect(packed.notes).toEqual([]);
    // The order in a tar file is that of its members.
    expect(new Set(packed.sheet.images.map(({ file }) => file))).toEqual(
      new Set(loose.sheet.images.map(({ file }) => `x.tar/${file}`)),
    );
    const { stdout } = await run('tiny.weft#quick', '--data', 'x.tar', '--count', '1');
    expect(stdout).toContain(`quick of Tiny, trained on tar files: ${join(folder, 'x.tar')}`);
    const cut = readFileSync(join(folder, 'x.tar')).subarray(0, 5000);
    writeFileSync(join(folder, 'x.tar'), cut);
    const { status, stderr } = await run('tiny.weft#quick', '--data', 'x.tar');
    expect([status, stderr]).toEqual([1, expect.stringContaining('x.tar is cut short: ')]);
  }));

it('shows what is in Parquet files', () =>
  project(async (run, folder) => {
    copyFileSync('test/data/shards/fixtures/hub-0.parquet', join(folder, 'x.parquet'));
    const found = await report(run, 'tiny.weft#quick', '--data', 'x.parquet');
    expect(found.classes.map(({ name }) => name)).toEqual(['cold', 'none', 'warm']);
    expect(found.sizes).toMatchObject({ smallest: { name: 'x.parquet/0', height: 8, width: 8 }, images: 3 });
    expect(found.notes[0]).toBe('Columns that are not read: url.');
    expect(found.sheet.images.map(({ file }) => file)).toContain('x.parquet/2');
  }));

it('says what is trained on, what becomes of it, and what is skipped and why', () =>
  project(async (run, folder) => {
    const found = await report(run, 'tiny.weft#quick');
    expect(found).toMatchObject({ recipe: 'quick', model: 'Tiny', images: 5, steps: 6, batch: 4, epochs: 4.8 });
    expect(found.classes).toEqual([
      { number: 0, name: 'a', images: 3 },
      { number: 1, name: 'b', images: 2 },
    ]);
    expect(found.sizes).toEqual({
      smallest: { name: 'b/3.png', height: 4, width: 4 },
      largest: { name: 'b/4.png', height: 20, width: 15 },
      form: { ratio: '1:1', images: 3 },
      enlarged: 1,
      cropped: 1,
      mostCropped: { name: 'a/2.png', share: 0.75 },
      images: 5,
    });
    expect(found.shown).toMatchObject({ height: 8, width: 8, channels: 3, fit: 'cropped at the centre', flip: true });
    expect([found.captions, found.drop, found.notes]).toEqual([null, { label: 0.1 }, []]);
    expect(found.skipped).toEqual([
      { name: 'b/broken.png', why: 'it is not a picture of a kind that is read' },
      { name: 'b/notes.psd', why: 'not a picture of a kind that is read' },
    ]);
    // Nothing is trained, and one file is written.
    expect(readdirSync(folder).sort()).toEqual(['cache', 'images', 'quick-data.png', 'tiny-t2i.weft', 'tiny.weft']);
    const { stdout } = await run('tiny.weft#quick', '--count', '1');
    for (const line of [
      'images    5; 6 steps of 4 show each image 4.8 times on average',
      'height x width: 4x4 (b/3.png) to 20x15 (b/4.png)',
      '1 of 5 loses more than a quarter to cropping, at most 75 % (a/2.png)',
      'mirrored with probability one half',
      'classes   0  a  3\n          1  b  2\n',
      'left out  label in 10 % of images, at random',
      'skipped   b/broken.png: it is not a picture of a kind that is read',
    ])
      expect(stdout).toContain(line);
  }));

it('shows on the sheet the images that the first steps of training get, in their order and mirrored alike', () =>
  project(async (run, folder) => {
    const { sheet } = await report(run, 'tiny.weft#quick', '--count', '8', '--seed', '5', '--out', 'sheet.png');
    expect(sheet).toMatchObject({ path: 'sheet.png', seed: 5, beside: [] });
    const { spec } = openSpec(join(folder, 'tiny.weft'));
    const recipe = { ...recipeNamed(spec, 'quick'), seed: 5 };
    const cache = join(folder, 'cache');
    const data = await openTrainingData(elaborateModel(spec, 'Tiny'), recipe, { cache, onWarning: () => {} });
    const pixel = await sheetOf(join(folder, 'sheet.png'));
    let mirrored = 0;
    for (const [i, { row, column, ...shown }] of sheet.images.entries()) {
      const { x0, y } = await data.batch(Math.floor(i / 4));
      const image = toBytes(Float32Array.from(x0.data).subarray((i % 4) * 192, (i % 4) * 192 + 192));
      expect(shown.class).toBe(data.classes[y.data[i % 4]]);
      // A pixel is a square of 12; a cell has 96, a line of text and a gap.
      const [left, top] = [10 + (column - 1) * 106, 10 + (row - 1) * 118];
      for (const [px, py] of [
        [0, 0],
        [7, 0],
        [3, 5],
        [4, 7],
      ]) {
        const wanted = [0, 1, 2].map((c) => image[c * 64 + py * 8 + px]);
        expect(pixel(left + px * 12 + 6, top + py * 12 + 6)).toEqual(wanted);
      }
      expect(image[0] > image[7]).toBe(shown.mirrored);
      if (shown.mirrored) mirrored++;
    }
    await data.close();
    expect([mirrored > 0, mirrored < 8]).toEqual([true, true]);
  }));

const made = `model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  input low:   image(4)
  input hole:  image(8, channels: 1)
  input known: image(8)
  input style: scalar
  let seen = concat(noisy, upsample(low, 2), hole, known, axis: 0)
  output velocity: image(8) = rearrange(linear(rearrange(seen, "c h w -> (h w) c"), 3) @out, "(h w) c -> c h w", h: 8) * time * style
}
train t of M {
  data = folder("images")
  given low = folder("low")
  given hole = mask_folder("holes")
  given known = image * (1 - hole)
  given style = uniform(2, 3)
  drop = (low(0.25), hole(0.5))
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-2)
  batch = 4
  steps = 6
}
`;

it('shows beside each image its partners and what `given` makes of it', () =>
  inFolder(async (folder) => {
    for (const [name, side, level] of [
      ['images', 8, 200],
      ['low', 4, 100],
      ['holes', 8, 255],
    ] as const) {
      mkdirSync(join(folder, name));
      const pixels = Buffer.from(Array.from({ length: side * side }, (_, i) => (i % side < side / 2 ? level : 0)));
      for (const i of [0, 1])
        await sharp(pixels, { raw: { height: side, width: side, channels: 1 } }).toFile(join(folder, name, `${i}.png`));
    }
    writeFileSync(join(folder, 'm.weft'), made);
    const run: Run = (...args) =>
      weft(['data', ...args], { cwd: folder, env: { XDG_CACHE_HOME: join(folder, 'cache') } });
    const { sheet, ...found } = await report(run, 'm.weft', '--count', '2', '--out', 'sheet.png');
    expect(found.drop).toEqual({ low: 0.25, hole: 0.5 });
    expect(found.paired).toMatchObject([
      { input: 'low', kind: 'pictures', height: 4, width: 4 },
      { input: 'hole', kind: 'masks', height: 8, width: 8 },
    ]);
    expect(sheet.beside).toEqual(['low', 'hole', 'known']);
    expect(sheet.images.every(({ numbers: { style } }) => style.length === 1 && style[0] >= 2 && style[0] < 3)).toBe(
      true,
    );
    const pixel = await sheetOf(join(folder, 'sheet.png'));
    // Image, its partner, the mask, and the image whose masked half is nought, which is between black and white.
    const at = [0, 1, 2, 3].map((i) => 10 + i * 98);
    expect(at.map((x) => pixel(x + 6, 20)[0])).toEqual([200, 100, 255, 128]);
    expect(at.map((x) => pixel(x + 90, 20)[0])).toEqual([0, 0, 0, 0]);
    const { stdout } = await run('m.weft', '--count', '2');
    expect(stdout).toMatch(/given +low: a picture of .*low for each image, at 4x4\n +hole: a mask of .*holes/);
    expect(stdout).toContain('1 in a row, each with low, hole, known beside it');
  }));

it('says which images have captions, and which of these are too long for the encoder', () =>
  project(async (run, folder) => {
    writeFileSync(join(folder, 'images/a/0.txt'), 'a red heart, with an arrow');
    writeFileSync(join(folder, 'images/b/3.txt'), 'ring');
    const { captions, notes, readsClasses, sheet } = await report(run, 'tiny-t2i.weft#quick');
    expect(readsClasses).toBe(false);
    // The prefix "a picture: " counts, and so does the token that begins every text.
    expect(captions).toEqual({
      own: 2,
      different: 2,
      examples: ['a red heart, with an arrow', 'ring'],
      encoder: 'words',
      length: 5,
      // The names of the two classes are trained on as well.
      tokens: { texts: 4, longest: 9, caption: 'a red heart, with an arrow', cut: 1 },
    });
    expect(notes).toContainEqual(expect.stringContaining('have no caption, and the name of their class stands in'));
    expect(new Set(sheet.images.map(({ caption }) => caption))).toEqual(
      new Set(['a', 'b', 'ring', 'a red heart, with an arrow']),
    );
    const { stdout } = await run('tiny-t2i.weft#quick', '--out', 'sheet.webp');
    expect(stdout).toContain('2 of 5 images have one; 2 different, such as "a red heart, with an arrow", "ring"\n');
    expect(stdout).toContain(
      'longest for words: 9 tokens, "a red heart, with an arrow"; 5 tokens are read, so 1 of 4 texts loses its end\n',
    );
    expect((await sharp(join(folder, 'sheet.webp')).metadata()).format).toBe('webp');
  }));

it('names no caption where no image has one', () =>
  project(async (run) => {
    const { stdout } = await run('tiny-t2i.weft#quick');
    expect(stdout).toContain('0 of 5 images have one\n');
    expect(stdout).toContain('and the name of their class stands in');
  }));

it('tells of classes and words that training would refuse', () =>
  project(async (run) => {
    const classes = await report(run, 'tiny.weft#quick', '--set', 'classes=1');
    expect(classes.notes).toEqual([
      'The data have 2 classes, but Tiny knows 1: training refuses them. Build the model with --set classes=2.',
    ]);
    const words = await report(run, 'tiny-t2i.weft#learned', '--set', 'vocabulary=2');
    expect(words.notes).toContainEqual(expect.stringMatching(/^The captions have 3 words, .*vocabulary: 4/));
  }));

it('has no sheet of latents', () =>
  inFolder(async (folder) => {
    mkdirSync(join(folder, 'latents'));
    await writeNpy(join(folder, 'latents/0.npy'), { shape: [3, 8, 8], data: new Float32Array(192) });
    const spec = specIn(folder, 'tiny.weft');
    const run: Run = (...args) =>
      weft(['data', `${spec}#quick`, '--set', 'data=latents("latents")', ...args], { cwd: folder });
    expect(await report(run)).toMatchObject({ images: 1, sizes: null, sheet: null });
    expect((await run('--out', 'sheet.png')).stderr).toContain('Latents are no pictures');
  }));

it('refuses what is no recipe, no data and no name of a picture', () =>
  project(async (run, folder) => {
    mkdirSync(join(folder, 'empty'));
    mkdirSync(join(folder, 'broken'));
    writeFileSync(join(folder, 'broken/0.png'), 'no picture');
    writeFileSync(join(folder, 'plain.weft'), made.slice(0, made.indexOf('train t')));
    const told = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await run(...args);
      expect([status === 0, stdout]).toEqual([false, '']);
      return stderr;
    };
    expect(await told('tiny.weft#quikc')).toContain('Did you mean quick?');
    expect(await told('tiny.weft')).toContain('has 4 recipes');
    expect(await told('plain.weft')).toContain('says nothing about training');
    expect(await told('tiny.weft#quick', '--data', 'imagse')).toMatch(/imagse does not exist[^]*Did you mean images\?/);
    expect(await told('tiny.weft#quick', '--data', 'empty')).toContain('holds no pictures');
    expect(await told('tiny.weft#quick', '--data', 'broken')).toContain('0.png: it is not a picture');
    expect(await told('tiny.weft#quick', '--out', 'sheet.txt')).toContain('sheet.txt is no picture that is written');
    expect(await told('tiny.weft#quick', '--count', '0')).toContain('a whole number from 1 to 400');
    expect(await told('tiny.weft#quick', '--seed', '1', '--set', 'seed=2')).toContain('say the same thing');
  }));
