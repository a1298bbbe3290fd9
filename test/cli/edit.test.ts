import { expect, it } from '@jest/globals';
import { copyFileSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { root, inFolder, weft } from '../support/weft';

const colours = { cold: [20, 60, 220], mild: [120, 200, 90], warm: [220, 60, 20] } as const;

async function picture(path: string, [r, g, b]: readonly number[], size = 4): Promise<void> {
  await sharp({ create: { width: size, height: size, channels: 3, background: { r, g, b } } })
    .png()
    .toFile(path);
}

it('edits pictures by class, tells how much changed, and refuses what does not fit with a way out', () =>
  inFolder(async (folder) => {
    const run = (...args: string[]) => weft(args, { cwd: folder, env: { WEFT_PORTABLE: '1' } });
    for (const [label, colour] of Object.entries(colours)) {
      mkdirSync(join(folder, 'images', label), { recursive: true });
      await picture(join(folder, 'images', label, '0.png'), colour);
    }
    await picture(join(folder, 'large.png'), colours.cold, 8);
    await sharp({ create: { width: 4, height: 2, channels: 3, background: '#fff' } })
      .extend({ bottom: 2, background: '#000' })
      .png()
      .toFile(join(folder, 'hole.png'));
    copyFileSync(join(root, 'test', 'edit', 'constant.weft'), join(folder, 'constant.weft'));
    expect(await run('train', 'constant.weft', '--out', 'run')).toMatchObject({ status: 0 });

    const edit = (...args: string[]) =>
      run('edit', '--run', 'run', '--image', 'images/cold/0.png', '--steps', '4', ...args);
    const done = await edit('--from', 'cold', '--to', 'warm', '--count', '2', '--strip', 'strip.png', '--json');
    expect([done.stderr, done.status]).toEqual([expect.any(String), 0]);
    expect(JSON.parse(done.stdout)).toMatchObject({ out: 'edited.png', method: 'flowedit', changed: [{}, {}] });
    expect(await sharp(join(folder, 'edited.png')).metadata()).toMatchObject({ width: 8, height: 4 });
    expect(existsSync(join(folder, 'strip.png'))).toBe(true);

    const alike = await edit('--from', 'cold', '--to', '0', '--guidance', '2');
    expect(alike.stderr).toContain(
      'warning: `from` and `to` say the same, but the pictures change: guidance is 2 towards',
    );
    const unchanged = await edit('--from', 'cold', '--to', '0', '--guidance', '2', '--from-guidance', '2');
    expect(unchanged.stderr).not.toContain('say the same');
    expect(unchanged.stdout).toContain('changed by 0.0000 on average, at most 0.000');

    const kept = await edit('--mask', 'hole.png', '--to', 'warm', '--out', 'kept.png');
    expect(kept.status).toBe(0);
    const [before, after] = await Promise.all(
      ['images/cold/0.png', 'kept.png'].map((name) => sharp(join(folder, name)).removeAlpha().raw().toBuffer()),
    );
    expect([...after.subarray(24)]).toEqual([...before.subarray(24)]);

    const refused = async (...args: string[]) => {
      const { status, stderr } = await run('edit', '--run', 'run', ...args);
      expect(status).not.toBe(0);
      return stderr;
    };
    expect(await refused('--image', 'large.png')).toMatch(/large\.png is 8x8 pixels; Constant takes 4x4[^]*--resize/);
    expect(await refused('--image', 'none.png')).toMatch(/none\.png/);
    expect(await refused('--image', 'hole.png', '--to', 'hot')).toMatch(/hot/);
    expect(await refused('--image', 'hole.png', '--out', 'hole.png')).toMatch(/hole\.png is both read and written/);
    expect(await refused('--image', 'edited.png', '--resize')).toMatch(/edited\.png is both read and written[^]*--out/);
    expect(await refused('--image', 'hole.png', '--out', 'run/ema.safetensors')).toMatch(/is both read and written/);
    expect(await refused('--image', 'hole.png', '--out', 'hole.png/a.png')).toMatch(/hole\.png[^]*(file|folder)/);
    expect(await refused('--image', 'hole.png', '--count', '9000', '--strip', 's.webp')).toMatch(/s\.webp would be/);
    expect(await refused('--image', 'images')).toContain('a file was expected.\n');
    expect(await refused('--image', 'hole.png', '--count', '900000000', '--out', 'x.npy')).toMatch(
      /at once need about/,
    );
    expect(await refused('--image', 'hole.png', '--method', 'inversion', '--count', '2')).toMatch(/Leave --count out/);
  }));
