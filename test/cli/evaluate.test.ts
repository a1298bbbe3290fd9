import { expect, it } from '@jest/globals';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { hasEfficientNetLite0 } from '../../src/score/efficientnet-lite0';
import { writeSafetensors } from '../../src/data/safetensors';
import { png } from '../support/pictures';
import { inFolder, weft } from '../support/weft';

const spec = `model M() {
  input noisy: image(8, channels: 1)
  input time:  time(noise: 0, data: 1)
  output x0: image(8, channels: 1) = noisy * param([1]) @weight
}
model Means() {
  input image: [3, 8, 8]
  output features: [3] = mean(rearrange(image, "c h w -> c (h w)"), axis: -1) * param([1]) @weight
}
train t of M {
  data      = scenes(count: 12, split: all)
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-3)
  batch     = 4
  steps     = 1
}`;

interface Result {
  readonly sets: readonly {
    readonly against: { readonly images: number };
    readonly seed: number;
    readonly digest: string;
    readonly measured: readonly Measured[];
  }[];
  readonly means: readonly (Measured & { readonly mean: number; readonly low: number })[];
}
interface Measured {
  readonly metric: string;
  readonly value: number;
}

// The network's weights are those of a Python package, which a test does not fetch by itself.
(hasEfficientNetLite0() ? it : it.skip)('gives a run the distance that weft score gives it, with each seed', () =>
  inFolder(async (folder) => {
    const run = (...args: string[]) => weft(args, { cwd: folder, env: { WEFT_PORTABLE: '1' } });
    writeFileSync(join(folder, 'm.weft'), spec);
    expect(await run('train', 'm.weft#t', '--out', 'run')).toMatchObject({ status: 0 });
    const how = ['--size', '32', '--solver', 'euler', '--steps', '1'];
    const found = await run('evaluate', 'run', '--images', '6', '--seeds', '3,4', '--json', ...how);
    expect(found.status).toBe(0);
    const { sets, means } = JSON.parse(found.stdout) as Result;
    expect([sets[0].against.images, sets.map((one) => one.seed)]).toEqual([12, [3, 4]]);
    const scored = await run('score', '--run', 'run', '--count', '6', '--seed', '4', '--json', ...how);
    const { distance, reference } = JSON.parse(scored.stdout) as { distance: number; reference: { digest: string } };
    // Features of one picture differ by rounding with the others in its call of the network.
    expect(sets[1].measured[0].value / distance).toBeCloseTo(1, 4);
    expect(sets[1].digest).toBe(sets[0].digest);
    expect(reference.digest).toMatch(/^[0-9a-f]{16}$/);
    const [a, b] = sets.map((one) => one.measured[0].value);
    expect(means[0]).toMatchObject({ metric: 'frechet', runs: 2, mean: (a + b) / 2 });
  }),
);

it('compares folders and files of statistics by an extractor of a spec', () =>
  inFolder(async (folder) => {
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    const run = (...args: string[]) => weft(args, { cwd: folder, env });
    writeFileSync(join(folder, 'm.weft'), spec);
    await writeSafetensors(join(folder, 'w.safetensors'), {
      weight: { shape: [1], dtype: 'f32', data: Float32Array.of(1) },
    });
    for (const [name, count] of [
      ['a', 8],
      ['b', 9],
    ] as const) {
      mkdirSync(join(folder, name));
      for (let i = 0; i < count; i++) await png(join(folder, name, `${i}.png`), 8 + i);
    }
    const by = ['--extractor', 'm.weft#Means', '--extractor-weights', 'w.safetensors'];
    const kept = await run('evaluate', 'b', '--save-statistics', 'b.npz', ...by);
    expect([kept.status, kept.stdout]).toEqual([0, '']);
    expect(kept.stderr).toContain('statistics: b.npz');
    const text = await run('evaluate', 'a', '--against', 'b', ...by);
    expect(text.stdout).toMatch(
      /^a, 8 pictures:\n {2}Fréchet distance +\S+\n {2}precision +\S+ {2}\S+ … \S+; k 3, 8 and 9 pictures in pairs$/m,
    );
    expect(text.stdout).toMatch(
      /^Compared with b, 9 pictures; statistics [0-9a-f]{16}\.\nFeatures by Means \([0-9a-f]{16}, 8x8\), resized as pytorch-fid: /m,
    );
    const stored = await run('evaluate', 'a', '--against', 'b.npz', '--metrics', 'frechet', '--json', ...by);
    const { sets } = JSON.parse(stored.stdout) as Result;
    const shown = Number(/Fréchet distance +(\S+)/.exec(text.stdout)?.[1]);
    expect(sets[0].measured[0].value / shown).toBeCloseTo(1, 3);
    // The eight pictures of a are those of b as well: copies.
    const copies = await run(
      'evaluate',
      'a',
      '--against',
      'b',
      '--metrics',
      'authenticity',
      '--nearest',
      'n.png',
      ...by,
    );
    expect(copies.stdout).toMatch(/^ {2}authenticity +0\.000 {2}0\.000 … 0\.000; k 1, 8 and 9 pictures in pairs$/m);
    expect(copies.stderr).toMatch(/^n\.png: the 8 pictures nearest to one compared with, /m);
    const pairs = [...copies.stderr.matchAll(/^ {2}row \d column \d +(\d\.png) +nearest (\d\.png) +0\.00$/gm)];
    expect(pairs.map(([, picture, nearest]) => [picture, nearest])).toHaveLength(8);
    for (const [, picture, nearest] of pairs) expect(nearest).toBe(picture);
    expect(await sharp(join(folder, 'n.png')).metadata()).toMatchObject({ format: 'png' });
    // An exported sampler of a model that leaves the noise as it is.
    const byClass = `model C() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  input kind:  class(3)
  output x0: image(8) = noisy + 0.5 * time * sum(embed(kind, 4) @table) * param([1]) @weight
}`;
    writeFileSync(join(folder, 'c.weft'), byClass);
    await writeSafetensors(join(folder, 'c.safetensors'), {
      weight: { shape: [1], dtype: 'f32', data: Float32Array.of(0.5) },
      'table.weight': { shape: [4, 4], dtype: 'f32', data: Float32Array.from({ length: 16 }, (_, i) => i / 16) },
    });
    const exported = ['--weights', 'c.safetensors', '--program', 'sample', '--dynamic', 'batch', '--out', 's.onnx'];
    expect(await run('export', 'c.weft#C', ...exported)).toMatchObject({ status: 0 });
    const sampled = (...more: string[]) =>
      run('evaluate', 's.onnx', '--against', 'b', '--images', '20', ...more, ...by);
    const drawn = await sampled('--classes', '3', '--seeds', '0,1', '--json');
    const of = JSON.parse(drawn.stdout) as Result;
    expect(of.sets.map((one) => [one.seed, one.measured[0].metric])).toEqual([
      [0, 'frechet'],
      [1, 'frechet'],
    ]);
    expect(of.sets[0].measured[0].value).not.toBe(of.sets[1].measured[0].value);
    const refused = [
      await sampled(),
      await run('evaluate', 'a', '--against', 'b', '--classes', '3', ...by),
      await run('evaluate', 'a', ...by),
      await run('evaluate', 'a', '--against', 'b', '--steps', '3', ...by),
      await run('evaluate', 'a', '--against', 'b', '--which', 'raw', ...by),
      await run('evaluate', 'a', '--against', 'b', '--extractor-weights', 'w.safetensors'),
      await run('evaluate', 'a', '--against', 'b', '--metrics', 'frechet,fid'),
      await run('evaluate', 'a', '--against', 'mnist', ...by),
      await run('evaluate', 'a', '--against', 'b.npz', '--metrics', 'recall', ...by),
      // Nothing is read before all that is named is there.
      await run('evaluate', 'a', '--against', 'b', '--seeds', '0,1', ...by),
      await run('evaluate', 'a', '--save-statistics', 'a.txt', ...by),
      await run('evaluate', 'a', '--against', 'b', '--nearest', 'n.jpg', ...by),
      await run('evaluate', 'a', '--against', 'b.npz', '--nearest', 'n.png', ...by),
      await run('evaluate', 'a', '--against', 'b', '--nearest', 'm.weft/n.png', ...by),
      await run('evaluate', 'a', 'nowhere', '--against', 'b', ...by),
      await run('evaluate', 'a', '--against', 'nowhere.npz', ...by),
      await run('evaluate', 'nowhere.onnx', '--against', 'b', ...by),
    ];
    for (const { stderr } of refused) expect(stderr).not.toContain('reading features');
    expect(refused.map((r) => [r.status, r.stderr.split('\n').find((line) => line.startsWith('error'))])).toEqual([
      [2, 'error: s.onnx draws by class, and does not say how many there are.'],
      [2, 'error: --classes is for exported samplers, and none was named.'],
      [2, 'error: Nothing says what a is to be compared with.'],
      [2, 'error: --steps says how a run is drawn, and none was named.'],
      [2, 'error: --which says how a run is drawn, and none was named.'],
      [2, 'error: The packaged extractor brings its own weights, so --extractor-weights would not be read.'],
      [2, expect.stringContaining('There is no metric "fid". It has frechet, ')],
      [2, 'error: The pictures of mnist are rendered in the size of a model, and a is no run.'],
      [2, 'error: A file of statistics has means and covariances alone, so there is no recall.'],
      [2, 'error: --seeds draws runs and samplers several times, and none was named.'],
      [2, 'error: Statistics are written as .npz, and a.txt has another ending.'],
      [2, 'error: The nearest pictures are written as .png, and n.jpg has another ending.'],
      [2, 'error: A file of statistics has no pictures to look at.'],
      [1, expect.stringContaining('m.weft/n.png')],
      [1, expect.stringMatching(/The folder of pictures .*nowhere does not exist\./)],
      [1, expect.stringContaining('nowhere.npz')],
      [1, expect.stringContaining('nowhere.onnx')],
    ]);
  }));

it('draws a run by the captions of what it was trained on', () =>
  inFolder(async (folder) => {
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    const run = (...args: string[]) => weft(args, { cwd: folder, env });
    // The picture follows from the caption alone.
    const byText = `model T() {
  input noisy:  image(8, channels: 1)
  input time:   time(noise: 0, data: 1)
  input prompt: text(length: 2, width: 4)
  output x0: image(8, channels: 1) = 0 * noisy + 0.9 * tanh(sum(rearrange(prompt, "t c -> (t c)")) * param([1], init: one) @weight)
}
train t of T {
  data      = folder("pictures")
  text      = text(encoder: words, length: 2)
  objective = rectified_flow(time: uniform)
  optimizer = adamw(rate: 0)
  batch     = 4
  steps     = 1
}
sample of T { solver = euler(steps: 1) }`;
    writeFileSync(join(folder, 'm.weft'), spec);
    writeFileSync(join(folder, 't.weft'), byText);
    await writeSafetensors(join(folder, 'w.safetensors'), {
      weight: { shape: [1], dtype: 'f32', data: Float32Array.of(1) },
    });
    mkdirSync(join(folder, 'pictures'));
    const captions = ['red', 'red', 'red', 'blue', 'green', 'green', 'red', 'blue'];
    for (const [i, caption] of captions.entries()) {
      await png(join(folder, 'pictures', `${i}.png`), 8);
      writeFileSync(join(folder, 'pictures', `${i}.txt`), caption);
    }
    expect(await run('train', 't.weft#t', '--out', 'run')).toMatchObject({ status: 0 });
    const drawn = async (name: string, prompts: readonly string[]): Promise<void> => {
      mkdirSync(join(folder, name));
      for (const [i, prompt] of prompts.entries()) {
        const out = ['--count', '1', '--out', join(name, `${i}.png`)];
        expect(await run('sample', '--run', 'run', '--prompt', prompt, ...out)).toMatchObject({ status: 0 });
      }
    };
    await drawn('alike', [...captions].reverse());
    await drawn('red', ['red', 'red']);
    const how = ['--which', 'raw', '--images', '8', '--metrics', 'frechet', '--json', '--extractor', 'm.weft#Means'];
    const distance = async (against: string): Promise<number> => {
      const args = ['evaluate', 'run', '--against', against, ...how, '--extractor-weights', 'w.safetensors'];
      const { stdout } = await run(...args);
      return (JSON.parse(stdout) as Result).sets[0].measured[0].value;
    };
    expect(await distance('alike')).toBeLessThan(1e-4);
    expect(await distance('red')).toBeGreaterThan(1e-2);
    const none = await run(
      'evaluate',
      'run',
      '--which',
      'ema',
      '--extractor',
      'm.weft#Means',
      '--extractor-weights',
      'w.safetensors',
    );
    expect(none).toMatchObject({ status: 1, stderr: expect.stringContaining('has no averaged weights') });
  }));
