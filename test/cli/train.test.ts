import { expect, it } from '@jest/globals';
import { appendFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { isNativeAvailable } from '../../src/setup/native';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors';
import { inFolder, specIn, weft, type Outcome } from '../support/weft';

const spec = 'tiny.weft';

/** A folder with eight images of two classes, and `weft` run in it on the portable backend. */
async function withImages(
  use: (run: (...args: string[]) => Promise<Outcome>, folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    for (const [label, red] of [
      ['cold', 20],
      ['warm', 220],
    ] as const) {
      mkdirSync(join(folder, 'images', label), { recursive: true });
      for (let i = 0; i < 4; i++) {
        const background = { r: red, g: 60 * i, b: 255 - red };
        const image = sharp({ create: { width: 8, height: 8, channels: 3, background } });
        await image.png().toFile(join(folder, 'images', label, `${i}.png`));
      }
    }
    specIn(folder, spec);
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    await use((...args) => weft(args, { cwd: folder, env }), folder);
  });
}

function losses(folder: string): number[] {
  const lines = readFileSync(join(folder, 'metrics.jsonl'), 'utf8').trim().split('\n');
  return lines.map((line) => (JSON.parse(line) as { loss: number }).loss);
}

it.each(isNativeAvailable() ? ['tfjs', 'tensorflow'] : ['tfjs'])(
  'trains a mixture of experts on %s, and exports what it has become',
  (backend) =>
    withImages(async (_, folder) => {
      const mixture = specIn(folder, 'tiny-moe.weft');
      const run = (...args: string[]): Promise<Outcome> => weft(args, { cwd: folder });
      const trained = await run('train', `${mixture}#quick`, '--backend', backend, '--out', 'run');
      expect(trained).toMatchObject({ status: 0 });
      const all = losses(join(folder, 'run'));
      const mean = (some: readonly number[]): number => some.reduce((a, b) => a + b, 0) / some.length;
      expect(mean(all.slice(-10))).toBeLessThan(mean(all.slice(0, 10)));
      const exported = await run('export', '--run', 'run', '--out', 'mixture.onnx', '--verify');
      expect([exported.status, exported.stdout]).toEqual([0, expect.stringContaining('within the tolerance')]);
    }),
);

it('trains, samples, exports and verifies', () =>
  withImages(async (run, folder) => {
    const trained = await run('train', `${spec}#quick`, '--out', 'run');
    expect([trained.status, trained.stdout]).toEqual([
      0,
      'run/weights.safetensors\nrun/ema.safetensors\nrun/loss.png\nrun/samples.png\n',
    ]);
    expect(trained.stderr).toMatch(
      /Compiling the training step for tfjs[^]*First step done[^]*training 6\/6 {2}loss \d/,
    );
    const kept = readdirSync(join(folder, 'run', 'spec'), { recursive: true }).map((name) => basename(String(name)));
    expect(kept).toEqual(expect.arrayContaining(['tiny.weft', 'pixeldit.weft']));
    expect(await sharp(join(folder, 'run', 'samples.png')).metadata()).toMatchObject({ format: 'png', channels: 3 });

    const again = await run('train', `${spec}#quick`, '--out', 'run');
    expect([again.status, again.stderr]).toEqual([2, expect.stringContaining('Add --resume')]);

    const whole = await run(
      'sample',
      '--run',
      'run',
      '--labels',
      'warm,0',
      '--count',
      '3',
      '--seed',
      '5',
      '--out',
      'a.safetensors',
    );
    expect([whole.status, whole.stderr]).toEqual([0, expect.stringContaining('rows: warm, cold')]);
    const split = await run(
      'sample',
      '--run',
      'run',
      '--labels',
      '1,0',
      '--count',
      '3',
      '--seed',
      '5',
      '--batch',
      '4',
      '--out',
      'b.safetensors',
    );
    expect(split.status).toBe(0);
    const [a, b] = await Promise.all(
      ['a', 'b'].map(async (n) => (await readSafetensors(join(folder, `${n}.safetensors`))).get('images')!),
    );
    expect(a.shape).toEqual([6, 3, 8, 8]);
    a.data.forEach((x, i) => expect(b.data[i]).toBeCloseTo(x, 5));

    const weights = ['--weights', 'run/ema.safetensors'];
    const exported = await run('export', `${spec}#web`, ...weights, '--out', 'onnx');
    expect([exported.status, exported.stdout]).toEqual([0, expect.stringMatching(/^onnx\/Tiny\.onnx\n/)]);
    const verified = await run('verify', 'onnx/Tiny.onnx', '--against', spec, ...weights);
    expect([verified.status, verified.stdout]).toEqual([
      0,
      expect.stringContaining('\nwithin the tolerance of 0.0001'),
    ]);
    const wrong = await run('verify', 'onnx/Tiny.onnx', '--against', spec, '--weights', 'run/weights.safetensors');
    expect([wrong.status, wrong.stdout]).toEqual([1, expect.stringContaining('NOT within')]);
  }));

it('starts from noise that is given', () =>
  withImages(async (run, folder) => {
    await run('train', `${spec}#quick`, '--out', 'run', '--steps', '1');
    const noise = {
      shape: [2, 3, 8, 8],
      dtype: 'f32' as const,
      data: new Float32Array(384).map((_, i) => Math.sin(i)),
    };
    await writeSafetensors(join(folder, 'noise.safetensors'), { noise });
    const args = ['--run', 'run', '--labels', '0,1', '--noise', 'noise.safetensors', '--guidance', '1'];
    expect((await run('sample', ...args, '--out', 'x.safetensors')).status).toBe(0);
    expect((await readSafetensors(join(folder, 'x.safetensors'))).get('images')!.shape).toEqual([2, 3, 8, 8]);
    const misfit = { noise: { ...noise, shape: [1, 6, 8, 8] } };
    await writeSafetensors(join(folder, 'noise.safetensors'), misfit);
    const refused = await run('sample', ...args, '--out', 'y.png');
    expect([refused.status, refused.stderr]).toEqual([1, expect.stringContaining('starts from [n, 3, 8, 8]')]);

    const kept = readdirSync(join(folder, 'run', 'spec'), { recursive: true }).map(String);
    appendFileSync(
      join(
        folder,
        'run',
        'spec',
        kept.find((name) => basename(name) === spec)!,
      ),
      '// edited\n',
    );
    const edited = await run('sample', ...args, '--out', 'z.png');
    expect([edited.status, edited.stderr]).toEqual([1, expect.stringContaining('has changed since the run began')]);
  }));

it('saves on Ctrl-C and resumes to the same losses', () =>
  withImages(async (run, folder) => {
    const steps = ['--steps', '60'];
    await run('train', `${spec}#quick`, '--out', 'whole', ...steps);
    // The copy of the spec in the run serves when the original is gone.
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    const stopped = await weft(['train', `${spec}#quick`, '--out', 'parts', ...steps], {
      cwd: folder,
      env,
      onStderr: (text, signal) => text.includes('First step') && signal('SIGINT'),
    });
    expect([stopped.status, stopped.stderr]).toEqual([
      130,
      expect.stringMatching(/Go on with: weft train --resume --out parts/),
    ]);
    const before = losses(join(folder, 'parts')).length;
    expect(before).toBeLessThan(60);
    const resumed = await run('train', '--resume', '--out', 'parts');
    expect([resumed.status, resumed.stderr]).toEqual([0, expect.stringContaining(`Going on after step ${before}`)]);
    expect(losses(join(folder, 'parts'))).toEqual(losses(join(folder, 'whole')));
  }));

it('refuses to resume what is not there', () =>
  withImages(async (run, folder) => {
    const outcome = await run('train', '--resume', '--out', 'nowhere');
    expect([outcome.status, outcome.stderr]).toEqual([1, expect.stringContaining('has no run.json')]);
    expect(existsSync(join(folder, 'nowhere'))).toBe(false);
  }));
