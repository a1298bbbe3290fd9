import { expect, it } from '@jest/globals';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { CompositionScore } from '../../src/data/composition-score';
import type { SceneScore } from '../../src/data/scene-score';
import { hasEfficientNetLite0 } from '../../src/score/efficientnet-lite0';
import { inFolder, root, weft } from '../support/weft';

const spec = join(root, 'test', 'cli', 'tiny-t2i.weft');

it('scores what a run draws for held-out and seen captions beside real pictures', () =>
  inFolder(async (folder) => {
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    const run = (...args: string[]) => weft(args, { cwd: folder, env });
    expect(await run('train', `${spec}#scenes`, '--out', 'run')).toMatchObject({ status: 0 });

    const options = ['score', '--run', 'run', '--count', '8', '--steps', '1', '--seed', '3'];
    const [text, json] = await Promise.all([run(...options), run(...options, '--json')]);
    expect([text.status, text.stdout]).toEqual([0, expect.stringContaining('; seed 3, ')]);
    expect(text.stdout).toMatch(/^ +images +shape +colour +count +position +all four\n +held-out captions +8 +\d/);
    const { rows, steps } = JSON.parse(json.stdout) as { steps: number; rows: (SceneScore & { of: string })[] };
    expect([steps, rows.map((row) => row.of)]).toEqual([1, ['held-out captions', 'seen captions', 'real pictures']]);
    // One step of an untrained model draws nothing in particular; in a real picture of 8x8 pixels the place can be told.
    expect(rows[0].all.share).toBeLessThan(0.5);
    expect(rows[2].position.share).toBe(1);
    expect(text.stdout).toContain('100.0 (67.6–100.0)');

    const set = await run('score', '--run', 'run', '--count', '8', '--set', 'sample.solver=heun(steps: 2)', '--json');
    expect(JSON.parse(set.stdout)).toMatchObject({ solver: 'heun', steps: 2 });
    const twice = await run(...options, '--set', 'sample.solver.steps=2');
    expect([twice.status, twice.stderr]).toEqual([2, expect.stringContaining('--steps')]);
    const other = await run('score', '--run', 'run', '--set', 'batch=2');
    expect(other.stderr).toContain('images are drawn by those of sample alone');

    const by = await run(...options, '--json', '--by', 'count');
    const counts = JSON.parse(by.stdout) as { rows: { of: string; images: number }[] };
    const held = counts.rows.filter((row) => row.of.startsWith('held-out captions, '));
    expect(held.length).toBeGreaterThan(1);
    expect(held.reduce((sum, row) => sum + row.images, 0)).toBe(8);

    // A run on pictures of another kind: its record is used as it is where no checkpoint has a copy to compare it with.
    rmSync(join(folder, 'run', 'checkpoints'), { recursive: true });
    const record = join(folder, 'run', 'run.json');
    const { seal: _, ...written } = JSON.parse(readFileSync(record, 'utf8')) as { readonly [name: string]: unknown };
    writeFileSync(record, JSON.stringify(written).replace('"kind":"scenes"', '"kind":"mnist"'));
    const digits = await run('score', '--run', 'run');
    expect([digits.status, digits.stderr]).toEqual([1, expect.stringContaining('was not trained on captioned scenes')]);
  }));

it('scores what a run draws of compositions by category, and the facts of long captions', () =>
  inFolder(async (folder) => {
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    const run = (...args: string[]) => weft(args, { cwd: folder, env });
    expect(await run('train', `${spec}#compositions`, '--out', 'run')).toMatchObject({ status: 0 });
    const options = ['score', '--run', 'run', '--count', '14', '--steps', '1', '--seed', '3'];
    const text = await run(...options);
    expect(text.status).toBe(0);
    const names = text.stdout.split('\n').map((line) => line.slice(2).split(/ {2,}/)[0]);
    expect(names).toEqual([
      'all that the caption says',
      ...['single object', 'two objects', 'counting', 'colours', 'position', 'binding', 'mean of these', 'long', ''],
      'facts of long captions',
      ...['shapes are there', 'as many as said', 'colours', 'sizes', 'relations', 'nothing else'],
      ...['facts of a caption', '', names[names.length - 2], ''],
    ]);
    // Nothing of a single object is held out.
    expect(text.stdout).toMatch(/\n {2}single object +– +\d/);
    expect(text.stdout).toContain('Per cent with 95 % confidence intervals; seed 3, ');

    const json = JSON.parse((await run(...options, '--json')).stdout) as {
      columns: (CompositionScore & { of: string; images: number })[];
    };
    expect(json.columns.map(({ of, images }) => [of, images])).toEqual([
      ['held-out captions', 14],
      ['seen captions', 14],
      ['real pictures', 28],
    ]);
    expect(json.columns[0].categories.single_object).toBe(undefined);
    expect(json.columns[1].categories.counting).toMatchObject({ images: 2 });
    expect(json.columns[1].facts.relation).toMatchObject({ facts: 4 });

    const by = await run(...options, '--by', 'shape');
    expect([by.status, by.stderr]).toEqual([2, expect.stringContaining('scored by category, not by shape')]);
  }));

it('makes the conditions of what it draws of pictures that show what the captions say', () =>
  inFolder(async (folder) => {
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    const run = (...args: string[]) => weft(args, { cwd: folder, env });
    // Draws what it is shown.
    writeFileSync(
      join(folder, 'm.weft'),
      `model M() {
  input noisy:  image(32)
  input time:   time(noise: 0, data: 1)
  input shown:  image(32)
  input prompt: text(width: 4)
  output x0: image(32) = shown + 0 * noisy * param([1]) @weight * mean(mean(prompt))
}
train t of M {
  data        = scenes(count: 8)
  text        = text(encoder: words, length: 6)
  given shown = image
  objective   = rectified_flow(time: uniform())
  optimizer   = adamw(rate: 1e-3)
  batch       = 4
  steps       = 1
}`,
    );
    expect(await run('train', 'm.weft', '--out', 'run')).toMatchObject({ status: 0 });
    const scored = await run('score', '--run', 'run', '--count', '8', '--steps', '1', '--json');
    expect([scored.status, scored.stderr]).toEqual([
      0,
      'note: 16 prompts of more than 6 tokens: what comes after these is not read\nsampling 1/1\n',
    ]);
    const { rows } = JSON.parse(scored.stdout) as { rows: (SceneScore & { of: string })[] };
    expect(rows.map((row) => [row.of, row.all.share])).toEqual([
      ['held-out captions', 1],
      ['seen captions', 1],
      ['real pictures', 1],
    ]);
  }));

// The network's weights are those of a Python package, which a test does not fetch by itself.
(hasEfficientNetLite0() ? it : it.skip)('measures how far pictures without captions are from those trained on', () =>
  inFolder(async (folder) => {
    const run = (...args: string[]) => weft(args, { cwd: folder, env: { WEFT_PORTABLE: '1' } });
    writeFileSync(
      join(folder, 'm.weft'),
      `model M() {
  input noisy: image(8, channels: 1)
  input time:  time(noise: 0, data: 1)
  output x0: image(8, channels: 1) = noisy * param([1]) @weight
}
train t of M {
  data      = scenes(count: 12, split: all)
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-3)
  batch     = 4
  steps     = 1
}`,
    );
    expect(await run('train', 'm.weft#t', '--out', 'run')).toMatchObject({ status: 0 });
    const score = (...more: string[]) =>
      run('score', '--run', 'run', '--solver', 'euler', '--steps', '1', '--count', '6', ...more);
    const text = await score('--size', '32');
    expect(text.stdout).toMatch(
      /^Fréchet distance \d+\.\d\d: 6 drawn pictures, 12 of the training set; seed 0, euler, steps 1\.$/m,
    );
    expect(text.stdout).toContain('images brought to 32x32');
    const { distance, samples } = JSON.parse((await score('--size', '32', '--json')).stdout) as {
      distance: number;
      samples: number;
    };
    expect([samples, distance.toFixed(2)]).toEqual([6, /distance (\S+):/.exec(text.stdout)?.[1]]);
    const refused = [await score('--by', 'shape'), await run('score', '--run', 'run', '--count', '1')];
    expect(refused.map((r) => [r.status, r.stderr.split('\n')[0]])).toEqual([
      [2, 'error: The run in run has no captions, so there is no shape to count by.'],
      [2, 'error: --count is 1; the number of pictures to compare must be a whole number from 2 to 50000.'],
    ]);
  }),
);
