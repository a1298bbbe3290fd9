import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { readNpy, readNpyHeader } from '../../src/data/npy';
import { readSafetensors } from '../../src/data/safetensors';
import type { RunRecord } from '../../src/train/run-folder';
import { bytesOf, npy } from '../support/npy';
import { inFolder, specIn, weft, type Outcome } from '../support/weft';

const spec = 'tiny-channels.weft';

const withSpec = (
  use: (run: (...args: string[]) => Promise<Outcome>, folder: string) => Promise<void>,
): Promise<void> =>
  inFolder(async (folder) => {
    specIn(folder, spec);
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    await use((...args) => weft(args, { cwd: folder, env }), folder);
  });

it('trains on grey pictures and draws them', () =>
  withSpec(async (run, folder) => {
    mkdirSync(join(folder, 'grey'));
    for (const level of [0, 255]) {
      const image = sharp({
        create: { width: 8, height: 8, channels: 3, background: { r: level, g: level, b: level } },
      });
      await image.png().toFile(join(folder, 'grey', `${level}.png`));
    }
    const { status, stderr } = await run('train', `${spec}#grey`, '--out', 'run');
    expect([status, stderr]).toEqual([0, expect.stringContaining('2 images')]);
    // Grey: three equal channels.
    const { data } = await sharp(join(folder, 'run', 'samples.png'))
      .raw()
      .toBuffer({ resolveWithObject: true });
    expect(data.every((level, i) => level === data[i - (i % 3)])).toBe(true);
    expect((await run('sample', '--run', 'run', '--count', '1', '--out', 'x.safetensors')).status).toBe(0);
    expect((await readSafetensors(join(folder, 'x.safetensors'))).get('images')!.shape).toEqual([1, 1, 8, 8]);
  }));

it('trains on digits in their one channel', () =>
  withSpec(async (run) => {
    const { status, stderr } = await run('train', `${spec}#digits`, '--out', 'run');
    expect([status, stderr]).toEqual([0, expect.stringContaining('10000 images')]);
  }));

it('trains on latents and draws latents, never a picture of them', () =>
  withSpec(async (run, folder) => {
    mkdirSync(join(folder, 'latents'));
    const values = Array.from({ length: 2 * 4 * 64 }, (_, i) => Math.sin(i));
    writeFileSync(join(folder, 'latents', 'all.npy'), npy([2, 4, 8, 8], bytesOf(values)));
    const trained = await run('train', `${spec}#latent`, '--out', 'run');
    expect([trained.status, trained.stdout]).toEqual([0, expect.stringContaining('run/samples.safetensors')]);
    const record = JSON.parse(readFileSync(join(folder, 'run', 'run.json'), 'utf8')) as RunRecord;
    expect(record.recipe.data).toMatchObject({ kind: 'latents', scale: 0.5, shift: 1 });

    const drawn = await run('sample', '--run', 'run', '--count', '2');
    expect([drawn.status, drawn.stdout]).toEqual([0, 'samples.safetensors\n']);
    expect(drawn.stderr).toContain('latents [2, 4, 8, 8], in the units of the data');
    expect(drawn.stderr).toContain('x / 0.5 + 1 gives those of the autoencoder');
    const { data } = (await readSafetensors(join(folder, 'samples.safetensors'))).get('images')!;
    expect((await run('sample', '--run', 'run', '--count', '2', '--out', 'x.npy')).status).toBe(0);
    const header = await readNpyHeader(join(folder, 'x.npy'));
    expect(header.shape).toEqual([2, 4, 8, 8]);
    expect(await readNpy(join(folder, 'x.npy'), header, 0, data.length)).toEqual(data);

    const picture = await run('sample', '--run', 'run', '--out', 'x.png');
    expect([picture.status, picture.stderr]).toEqual([
      2,
      expect.stringContaining('latents of 4 channels, which are no picture'),
    ]);
    const pictures = await run('train', `${spec}#latent`, '--out', 'other', '--set', 'channels=3');
    expect([pictures.status, pictures.stderr]).toEqual([
      1,
      expect.stringContaining('the model takes latents [3, 8, 8]'),
    ]);
  }));
