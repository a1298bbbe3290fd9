/** Where the conditions of samples come from: the sample section's own, or the images of the data. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import sharp from 'sharp';
import { compile, loadWeights, sample, train } from '../../src/index';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors';
import { openTrainingData } from '../../src/train/data';
import { planRun } from '../../src/train/plan';
import { suiteFolder } from '../support/folder';
import { weft } from '../support/weft';
import { check } from '../diagnostics/check';

const folder = suiteFolder();
const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };

/** Draws what it is told in one step: the picture, as far as it is not hidden. */
const specText = (section: string): string => `model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  input low:   image(4)
  input hole:  image(8, channels: 1)
  output x0: image(8) = upsample(low, 2) * (1 - hole) + 0 * noisy * param([1]) @weight
}
train t of M {
  data = folder("pics")
  given low = downsample(image, 2)
  given hole = random_mask(min: 0, max: 0)
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-3)
  batch = 4
  steps = 2
  sample_every = 1
}
sample t of M {
  solver = euler(steps: 1)
${section}
}
`;

const levelOf = (i: number): number => 40 * (i + 1);
const grey = (path: string, side: number, level: number, left = level): Promise<unknown> => {
  const bytes = Buffer.alloc(side * side * 3).map((_, i) => (i % (3 * side) < 1.5 * side ? left : level));
  return sharp(bytes, { raw: { width: side, height: side, channels: 3 } }).toFile(path);
};

beforeAll(async () => {
  mkdirSync(join(folder, 'pics'));
  for (let i = 0; i < 5; i++) await grey(join(folder, `pics/${i}.png`), 8, levelOf(i));
  await grey(join(folder, 'a.png'), 4, 100);
  await grey(join(folder, 'b.png'), 4, 200);
  await grey(join(folder, 'left.png'), 8, 0, 255);
});

function written(name: string, section: string): string {
  const path = join(folder, name);
  writeFileSync(path, specText(section));
  return path;
}

type Levels = (readonly [number, number])[];

/** The levels at the middle of the left and right halves of each picture, in rows of eight. */
async function levelsOf(path: string): Promise<Levels[]> {
  const { data, info } = await sharp(path).raw().toBuffer({ resolveWithObject: true });
  const tile = (info.width - 2) / 8;
  const at = (y: number, x: number): number => data[(Math.floor(y) * info.width + Math.floor(x)) * info.channels];
  return Array.from({ length: Math.round((info.height - 2) / tile) }, (_, row) => {
    const y = 2 + (row + 0.5) * tile;
    return Array.from({ length: 8 }, (_, i) => [at(y, 2 + (i + 0.2) * tile), at(y, 2 + (i + 0.7) * tile)] as const);
  });
}

/** Trains a spec; gives the grids that were drawn on the way and at the end, and the levels of the first batch. */
async function trained(path: string): Promise<{ grids: Levels[][]; first: number[]; out: string }> {
  const out = path.replace('.weft', '');
  const plan = planRun(path, null, { out });
  const data = await openTrainingData(plan.model, plan.recipe, { onWarning: () => {} });
  try {
    const paths: string[] = [];
    const run = train(plan.model, plan.recipe, {
      ...plan,
      data,
      backend: 'tfjs',
      onEvent: (e) => {
        if (e.kind === 'samples') paths.push(e.path);
        if (e.kind === 'finished' && e.files?.samples) paths.push(e.files.samples);
      },
    });
    for await (const _ of run);
    const { x0 } = await data.batch(0);
    const first = Array.from({ length: 4 }, (_, i) => Math.round((x0.data[192 * i] + 1) * 127.5));
    return { grids: await Promise.all(paths.map(levelsOf)), first, out };
  } finally {
    await data.close();
  }
}

const near = (level: number) => expect.closeTo(level, -0.5);

it('makes conditions of the first images of the run, where the section gives none', async () => {
  const { grids, first } = await trained(written('data.weft', ''));
  const wanted = [...first, ...first].map((level) => [near(level), near(level)]);
  expect(grids).toEqual([[wanted], [wanted]]);
});

it('shows a class with conditions of its own images', async () => {
  for (const [i, name] of ['a/0', 'a/1', 'a/2', 'b/0', 'b/1'].entries()) {
    mkdirSync(join(folder, 'classed', name[0]), { recursive: true });
    await grey(join(folder, 'classed', `${name}.png`), 8, levelOf(i));
  }
  const path = join(folder, 'classed.weft');
  const text = specText('')
    .replace('"pics"', '"classed"')
    .replace('  input low:', '  input label: class(2)\n  input low:');
  writeFileSync(path, text.replace('@weight', '@weight * embed(label, 1) @label'));
  const { grids } = await trained(path);
  const levels = grids.map((grid) => grid.map((row) => row.map(([left]) => 40 * Math.round(left / 40))));
  for (const [a, b] of levels) {
    expect(a.every((level) => [40, 80, 120].includes(level))).toBe(true);
    expect(b.every((level) => [160, 200].includes(level))).toBe(true);
  }
  expect(levels.length).toBe(2);
});

it('takes them from the sample section, in turn, through every door', async () => {
  const spec = written('own.weft', '  given low = ("a.png", "b.png")\n  given hole = "left.png"');
  const { grids, out } = await trained(spec);
  // A mask's white is 1, and hides the left half, which is in the middle between black and white then.
  const wanted = Array.from({ length: 8 }, (_, i) => [near(128), near(i % 2 ? 200 : 100)]);
  expect(grids).toEqual([[wanted], [wanted]]);

  const png = join(folder, 'out.png');
  const draw = async (...args: string[]): Promise<unknown> => {
    const { status, stderr } = await weft(['sample', ...args, '--out', png], { env });
    expect([status, stderr]).toEqual([0, expect.stringContaining('low: ')]);
    return (await levelsOf(png)).flat();
  };
  expect(await draw('--run', out)).toEqual(wanted);
  const weights = join(out, 'weights.safetensors');
  expect(await draw(spec, '--weights', weights)).toEqual(wanted);
  const other = Array.from({ length: 8 }, () => [near(128), near(200)]);
  expect(await draw('--run', out, '--given', `low=${join(folder, 'b.png')}`)).toEqual(other);
  expect(await draw('--run', out, '--set', 'sample.solver.steps=2')).toEqual(wanted);

  const { model, sampling } = compile(spec);
  const images = await sample(model, {
    weights: await loadWeights(weights, model),
    settings: sampling!,
    count: 2,
    backend: 'tfjs',
  });
  expect([images.data[7], images.data[192 + 7]]).toEqual([
    expect.closeTo(100 / 127.5 - 1, 4),
    expect.closeTo(200 / 127.5 - 1, 4),
  ]);
  const numbers = join(folder, 'numbers.safetensors');
  await weft(['sample', '--run', out, '--count', '1', '--out', numbers], { env });
  expect((await readSafetensors(numbers)).get('images')!.shape).toEqual([1, 3, 8, 8]);
});

it.each([
  ['none.png', 1, 'none.png does not exist'],
  ['left.png', 1, 'it is 8x8 pixels, where 4x4 are taken'],
  ['rows.safetensors', 2, '`low` is [1, 3, 4, 5], but M takes [n, 3, 4, 4]'],
])('refuses %s before the first step, and in a check', async (file, code, message) => {
  const rows = { shape: [1, 3, 4, 5], dtype: 'f32', data: new Float32Array(60) } as const;
  await writeSafetensors(join(folder, 'rows.safetensors'), { low: rows });
  const spec = written(`${file}.weft`, `  given low = "${file}"`);
  const out = join(folder, `${file}-run`);
  const { status, stderr } = await weft(['train', spec, '--out', out], { env });
  expect([status, stderr]).toEqual([code, expect.stringContaining(message)]);
  expect(existsSync(out)).toBe(false);
  const checked = await weft(['check', spec], { env });
  expect(checked.stderr + checked.stdout).toContain(message);
});

it.each([
  ['given lwo = 1', 'unknown-given'],
  ['given low = 1\n  given low = 2', 'duplicate-given'],
  ['given low = downsample(image, 2)', 'given-kind'],
  ['given hole = (1, 2)', 'given-kind'],
  ['given low = ("a.png", 3)', 'given-kind'],
])('reports %j', (line, code) => {
  const errors = check('case.weft', { 'case.weft': specText(`  ${line}`) }).filter((d) => d.severity === 'error');
  expect(errors.map((d) => d.code)).toEqual([code]);
});
