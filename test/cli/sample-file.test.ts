import { expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { readNotes } from '../../src/run/sampling-notes';
import { inFolder, weft } from '../support/weft';

const model = `model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  input label: class(2)
  input low:   image(4)
  let made = upsample(low, 2) * param([1]) @weight
  output velocity: image(8) = made + noisy * time * mean(embed(label, 3) @label)
}
`;

const recipe = `train t of M {
  data      = folder("images")
  given low = downsample(image, 2)
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-3)
  drop      = label(0.1)
  ema       = 0.5
  batch     = 2
  steps     = 2
}
`;

it('draws from a file of weights what it draws from its run, whatever spec is beside it', () =>
  inFolder(async (folder) => {
    const run = (...args: string[]) => weft(args, { cwd: folder, env: { WEFT_PORTABLE: '1' } });
    for (const [label, red] of [
      ['cold', 20],
      ['warm', 220],
    ] as const) {
      mkdirSync(join(folder, 'images', label), { recursive: true });
      const background = { r: red, g: 60, b: 255 - red };
      const image = sharp({ create: { width: 8, height: 8, channels: 3, background } });
      await image.png().toFile(join(folder, 'images', label, '0.png'));
    }
    writeFileSync(join(folder, 'whole.weft'), model + recipe);
    writeFileSync(join(folder, 'bare.weft'), model);
    const edited = recipe.replace('downsample(image, 2)', 'uniform(0, 1, [3, 4, 4])');
    writeFileSync(join(folder, 'other.weft'), model + edited);
    expect(await run('train', 'whole.weft', '--out', 'run')).toMatchObject({ status: 0 });

    const drawn = async (out: string, ...from: string[]) => {
      const shown = ['--given', 'image=images/cold/0.png', '--labels', 'warm', '--count', '1', '--steps', '2'];
      const { status, stderr } = await run('sample', ...from, ...shown, '--out', out);
      return { status, stderr, bytes: status === 0 ? readFileSync(join(folder, out)) : null };
    };
    const weights = ['--weights', 'run/ema.safetensors'];
    const [fromRun, fromFile, fromOther] = [
      await drawn('a.safetensors', '--run', 'run'),
      await drawn('b.safetensors', 'bare.weft', ...weights),
      await drawn('c.safetensors', 'other.weft', ...weights),
    ];
    expect([fromRun.stderr, fromRun.status]).toEqual([
      expect.stringMatching(/low: made as the recipe says, downsample\(image, 2\)[^]*rows: warm/),
      0,
    ]);
    expect(fromFile).toEqual(fromRun);
    expect(fromOther.bytes).toEqual(fromRun.bytes);
    expect(fromOther.stderr).toContain(
      'note: run/ema.safetensors was trained with given low = downsample(image, 2), which is used; the spec says uniform(0, 1, [3, 4, 4])\n',
    );

    expect(await run('export', 'bare.weft', ...weights, '--out', 'm.onnx', '--no-verify')).toMatchObject({ status: 0 });
    const { metadata } = await readNotes(join(folder, 'm.onnx'));
    expect(metadata).toMatchObject({ classes: '["cold","warm"]', given: '{"low":"downsample(image, 2)"}' });
  }));
