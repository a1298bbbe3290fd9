/** What cannot be written, or would replace what is read, is refused before it is drawn: the time of a long drawing would be lost. */
import { expect, it } from '@jest/globals';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/data/safetensors';
import { inFolder, weft } from '../support/weft';

const model = `model M() {
  input noisy: image(8x8)
  input time:  time(noise: 0, data: 1)
  output velocity: image(8x8) = noisy * time
}
`;

it.each([
  [['--out', 'm.weft/x.png'], 1, 'm.weft/x.png cannot be a folder: a file is in the way.'],
  [['--count', '2000', '--out', 'x.webp'], 2, 'the sides of a .webp have at most 16383.'],
  [['--count', '100000000', '--out', 'x.png'], 3, '100,000,000 images at once need about'],
])('refuses %j before it draws', (args, status, words) =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'm.weft'), model);
    const all = ['sample', 'm.weft', '--backend', 'reference', '--steps', '1', ...args];
    const refused = await weft(all, { cwd: folder });
    expect(refused).toMatchObject({ status, stderr: expect.stringContaining(words) });
    expect(refused.stderr).not.toContain('sampling');
  }),
);

it.each([
  ['sample', ['--noise', 'kept.safetensors', '--out', 'kept.safetensors']],
  ['sample', ['--text', 'kept.safetensors', '--out', './kept.safetensors']],
  ['sample', ['--weights', 'kept.safetensors', '--out', 'kept.safetensors']],
  ['run', ['--program', 'denoise', '--inputs', 'kept.safetensors', '--outputs', 'kept.safetensors']],
  ['run', ['--program', 'denoise', '--weights', 'kept.safetensors', '--outputs', './kept.safetensors']],
])('weft %s %j does not write over what it reads', (command, args) =>
  inFolder(async (folder) => {
    writeFileSync(join(folder, 'm.weft'), model);
    const kept = join(folder, 'kept.safetensors');
    await writeSafetensors(kept, {});
    const before = readFileSync(kept);
    const refused = await weft([command, 'm.weft', '--backend', 'reference', ...args], { cwd: folder });
    expect(refused).toMatchObject({ status: 2, stderr: expect.stringContaining('is both read and written') });
    expect(readFileSync(kept)).toEqual(before);
  }),
);
