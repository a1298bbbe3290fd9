import { expect, it } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { openSafetensors, readSafetensors } from '../../src/data/safetensors';
import { inFolder, specIn, weft, type Outcome } from '../support/weft';

/** Images of two classes, and a run of three steps that was to have six and left nothing but its checkpoints. */
async function withUnfinished(
  use: (run: (...args: string[]) => Promise<Outcome>, folder: string) => Promise<void>,
): Promise<void> {
  await inFolder(async (folder) => {
    for (const [label, background] of [
      ['cold', 'blue'],
      ['warm', 'red'],
    ]) {
      mkdirSync(join(folder, 'images', label), { recursive: true });
      const image = sharp({ create: { width: 8, height: 8, channels: 3, background } });
      await image.png().toFile(join(folder, 'images', label, '0.png'));
    }
    specIn(folder, 'tiny.weft');
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    const run = (...args: string[]): Promise<Outcome> => weft(args, { cwd: folder, env });
    const trained = await run('train', 'tiny.weft#watched', '--out', 'run', '--steps', '3');
    expect([trained.status, trained.stderr]).toEqual([
      0,
      expect.stringMatching(/Samples after step 2: run\/samples\//),
    ]);
    await use(run, folder);
  });
}

it('draws what an unfinished run has learnt so far as any picture, and exports it', () =>
  withUnfinished(async (run, folder) => {
    const drawn = async (...args: string[]): Promise<Float32Array> => {
      const { status, stderr } = await run('sample', '--run', 'run', '--out', 'x.safetensors', ...args);
      expect([status, stderr]).toEqual([0, expect.any(String)]);
      return (await readSafetensors(join(folder, 'x.safetensors'))).get('images')!.data as Float32Array;
    };
    expect(readdirSync(join(folder, 'run', 'samples'))).toEqual(['step-000002.png']);
    const [averaged, raw] = [await drawn(), await drawn('--which', 'raw')];
    expect(averaged).not.toEqual(raw);
    const weights = await openSafetensors(join(folder, 'run', 'ema.safetensors'));
    expect(weights.metadata.steps).toBe('3');
    await weights.close();
    for (const name of ['ema', 'weights']) rmSync(join(folder, 'run', `${name}.safetensors`));
    expect(await drawn()).toEqual(averaged);
    expect(await drawn('--which', 'raw')).toEqual(raw);

    for (const [name, format] of [
      ['x.jpg', 'jpeg'],
      ['x.JPEG', 'jpeg'],
      ['x.webp', 'webp'],
      ['x.png', 'png'],
    ]) {
      expect((await run('sample', '--run', 'run', '--out', name)).status).toBe(0);
      expect((await sharp(join(folder, name)).metadata()).format).toBe(format);
    }

    const exported = await run('export', '--run', 'run', '--out', 'model.onnx');
    expect([exported.status, exported.stdout]).toEqual([0, expect.stringContaining('Compared with the model')]);
    const longer = await run('train', '--resume', '--out', 'run', '--steps', '4');
    expect([longer.status, existsSync(join(folder, 'run', 'ema.safetensors'))]).toEqual([0, true]);
  }));

it.each(['x.gif', 'x', 'x.png.bak'])('refuses to draw into %s before it draws', async (name) => {
  const { status, stderr } = await weft(['sample', '--run', 'nowhere', '--out', name]);
  expect([status, stderr]).toEqual([2, expect.stringContaining(`${name} is neither a picture that is written`)]);
});
