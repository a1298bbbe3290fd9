/** `weft sample --trajectory` and `--between`: the way of the images, and the way from one image to another. */
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import sharp from 'sharp';
import { readSafetensors } from '../../src/data/safetensors';
import { relMax } from '../support/golden';
import { inFolder, weft } from '../support/weft';

const model = (channels: number): string => `model M() {
  input noisy: image(8x8, channels: ${channels})
  input time:  time(noise: 0, data: 1)
  output velocity: image(8x8, channels: ${channels}) = noisy * (time + 1)
}
`;

const start = ['sample', 'm.weft', '--backend', 'reference', '--steps', '3'];

it('animates the way of the images, and leads from one seed to another', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'm.weft'), model(3));
    const run = async (...args: string[]): Promise<string> => {
      const { status, stdout, stderr } = await weft([...start, ...args], { cwd: folder });
      expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('error') });
      return stdout;
    };
    const printed = await run(
      '--seed',
      '1',
      '--count',
      '2',
      '--trajectory',
      'way.gif',
      '--between',
      '2',
      '--out',
      'ends.safetensors',
    );
    expect(printed.trim().split('\n')).toEqual(['ends.safetensors', 'way.gif']);
    expect((await sharp(join(folder, 'way.gif'), { animated: true }).metadata()).pages).toBe(4);
    const read = async (name: string): Promise<number[]> =>
      Array.from((await readSafetensors(join(folder, name))).get('images')?.data ?? []);
    await run('--seed', '1', '--count', '1', '--out', 'one.safetensors');
    await run('--count', '1', '--seed', '2', '--out', 'two.safetensors');
    const ends = await read('ends.safetensors');
    expect(relMax(ends.slice(0, 192), await read('one.safetensors'))).toBeLessThan(1e-6);
    expect(relMax(ends.slice(192), await read('two.safetensors'))).toBeLessThan(1e-6);
  }));

it.each([
  [['--trajectory', 'way.png'], 'way.png is no animation that is written (.webp, .gif).'],
  [['--trajectory', 'a.webp', '--out', 'a.webp'], '--out and --trajectory both name a.webp.'],
  [['--seed', '1', '--between', '1'], '--between 1 is the seed that --seed has.'],
  [['--between', '2', '--count', '1'], 'One image has no way to another.'],
  [['--between', '2', '--noise', 'n.safetensors'], '--noise says how many images there are'],
])('refuses %j before it draws', (args, words) =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'm.weft'), model(3));
    const refused = await weft([...start, ...args], { cwd: folder });
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining(words) });
    expect(existsSync(join(folder, 'samples.png'))).toBe(false);
  }),
);

it('refuses to animate latents', () =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'm.weft'), model(4));
    const refused = await weft([...start, '--trajectory', 'way.webp'], { cwd: folder });
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('latents of 4 channels') });
  }));
