import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findPyTorch } from '../../src/backends/pytorch/python';
import { writeSafetensors } from '../../src/data/safetensors';
import { inFolder, weft } from '../support/weft';

const python = findPyTorch();
const itTorch = python.kind === 'fit' ? it : it.skip;
if (python.kind !== 'fit') console.warn('No Python with PyTorch is found: emitted programs are not run.');

const spec = `
/// A network without attention.
model Tiny(size: Size = 4x4, width: Int = 16) {
  input noisy: image(size, channels: 1)
  input time:  time(noise: 1000, data: 0)
  input label: class(2)
  let rows = rearrange(noisy, "c h w -> (c h w)")
  let x = silu(linear(rows, width) @rows + linear(rearrange(time / 1000, "-> 1"), width) @time + embed(label, width) @label)
  output velocity: image(size, channels: 1) = rearrange(linear(x, 16) @out, "(c h w) -> c h w", c: 1, h: 4)
}
`;

const files = ['README.md', 'conventions.py', 'model.py', 'pyproject.toml', 'sample.py', 'train.py'];

it('writes a package to a new folder, and to no other', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'tiny.weft'), spec);
    const args = ['emit', join(folder, 'tiny.weft'), '--out', join(folder, 'tiny'), '--set', 'width=8'];
    expect(await weft(args)).toMatchObject({ status: 0, stdout: expect.stringContaining('model.py') });
    expect(readdirSync(join(folder, 'tiny')).sort()).toEqual(files);
    const again = await weft(args);
    expect([again.status, again.stderr]).toEqual([2, expect.stringMatching(/tiny exists already.*\n.*new folder/)]);
  }));

it('says what train.py does not do of what the recipes say', () =>
  inFolder(async (folder) => {
    const recipe = (name: string, more: string): string => `train ${name} of Tiny {
  data      = mnist()
  optimizer = adamw(rate: 1e-4)
  clip      = norm(1.0)
  ema       = 0.999
  batch     = 8
  steps     = 100
  ${more}
}
`;
    const plain = recipe('plain', 'objective = rectified_flow(time: uniform)');
    const other = recipe('other', 'objective = rectified_flow(time: logit_normal(0, 1))\n  warmup = 10');
    writeFileSync(join(folder, 'tiny.weft'), spec + plain + other);
    const { stderr } = await weft(['emit', join(folder, 'tiny.weft'), '--out', join(folder, 'tiny')]);
    expect(stderr).toBe(
      'note: train.py does not follow objective, warmup of the recipe other; weft train --engine pytorch does\n',
    );
    const readme = readFileSync(join(folder, 'tiny', 'README.md'), 'utf8');
    expect(readme).toMatch(/- `other`: `objective`, `warmup`\n$/);
    expect(readme).not.toContain('`plain`');
  }));

itTorch('writes programs that train, save under the names of the spec, and sample', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'tiny.weft'), spec);
    const place = join(folder, 'tiny');
    await weft(['emit', join(folder, 'tiny.weft'), '--out', place]);
    const images = Float32Array.from({ length: 8 * 16 }, (_, i) => (Math.floor(i / 16) % 2 ? 1 : -1));
    const y = Int32Array.from({ length: 8 }, (_, i) => i % 2);
    await writeSafetensors(join(place, 'images.safetensors'), {
      images: { shape: [8, 1, 4, 4], dtype: 'f32', data: images },
      y: { shape: [8], dtype: 'i32', data: y },
    });
    const run = (...args: string[]) => spawnSync(python.program, ['-B', ...args], { cwd: place, encoding: 'utf8' });
    const train = run('train.py', '--data', 'images.safetensors', '--steps', '200', '--rate', '1e-2', '--ema', '0.9');
    expect([train.status, train.stderr]).toEqual([0, '']);
    expect(train.stdout).toMatch(/step 200\/200 {2}loss \d\.\d+\nweights.safetensors\nema.safetensors\n/);
    const draw = ['sample.py', '--weights', 'ema.safetensors', '--count', '4', '--guidance', '2'];
    expect([run(...draw).status, run('sample.py', '--weights', 'ema.safetensors', '--steps', '0.5').status]).toEqual([
      0, 2,
    ]);
    const shown = run(
      '-c',
      'import numpy; x = numpy.load("samples.npy"); print(x.shape, *x.mean(axis=(1, 2, 3)).round())',
    );
    // The class 0 is all -1, the class 1 all 1.
    expect(shown.stdout).toBe('(4, 1, 4, 4) -1.0 1.0 -1.0 1.0\n');
    const weights = await weft([
      'export',
      join(folder, 'tiny.weft'),
      '--weights',
      join(place, 'ema.safetensors'),
      '--out',
      join(folder, 'm.onnx'),
      '--no-verify',
    ]);
    expect([weights.status, weights.stderr]).toEqual([0, expect.any(String)]);
  }),
);
