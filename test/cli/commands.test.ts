import { expect, it } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inFolder, root, weft } from '../support/weft';

const commands = ['check', 'inspect', 'data', 'plan', 'train', 'sample', 'run', 'export', 'verify', 'doctor', 'setup'];

it('explains every command with examples', async () => {
  const all = await weft(['--help']);
  expect(all.status).toBe(0);
  for (const name of commands) expect(all.stdout).toContain(`  ${name} `);
  const each = await Promise.all(commands.map((name) => weft([name, '--help'])));
  each.forEach(({ status, stdout }, i) => {
    expect([status, stdout]).toEqual([
      0,
      expect.stringMatching(new RegExp(`Examples:\\n  (\\w+=\\S+ )?weft ${commands[i]}`)),
    ]);
  });
});

it('exits with 2 on wrong usage and says what was meant', async () => {
  const wrong = await Promise.all([
    weft([]),
    weft(['chekc', 'x.weft']),
    weft(['check']),
    weft(['check', '--jsno', 'x.weft']),
    weft(['inspect', 'specs/pixeldit.weft', '--set', 'depth']),
    weft(['train']),
    weft(['run', 'specs/pixeldit.weft', '--program', 'dream']),
  ]);
  expect(wrong.map((o) => o.status)).toEqual([2, 2, 2, 2, 2, 2, 2]);
  expect(wrong.map((o) => o.stdout)).toEqual(Array(7).fill(''));
  expect(wrong[1].stderr).toContain('Did you mean check?');
  expect(wrong[3].stderr).toContain('Did you mean --json?');
  expect(wrong[4].stderr).toContain('Write it as key=value');
  expect(wrong[6].stderr).toContain('Allowed choices are denoise, loss, grad');
});

it('exits with 1 on a wrong spec and tells all of it, as text or JSON', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'wrong.weft');
    writeFileSync(
      file,
      'import { swigl } from "std/nn"\nmodel M(size: Size = 8x8) {\n  input x: image(size)\n  output velocity: image(size) = y\n}\n',
    );
    const [text, json] = await Promise.all([weft(['check', file]), weft(['check', file, '--json'])]);
    expect([text.status, json.status]).toEqual([1, 1]);
    const found = JSON.parse(json.stdout) as { code: string; line: number; severity: string }[];
    const errors = found.filter((d) => d.severity === 'error');
    expect(errors.map((d) => [d.line, d.code])).toEqual([
      [1, 'name-not-exported'],
      [4, 'unknown-name'],
    ]);
    for (const d of found) expect(text.stdout).toContain(d.code);
  }));

it('passes every shipped spec', async () => {
  const { status, stdout } = await weft(['check', 'specs/pixeldit.weft', 'specs/examples/quickstart.weft']);
  expect([status, stdout]).toEqual([
    0,
    'specs/pixeldit.weft: 4 models, no problems\nspecs/examples/quickstart.weft: 2 models, 2 recipes, no problems\n',
  ]);
});

it('counts the reference model', async () => {
  const { stdout } = await weft(['inspect', 'specs/pixeldit.weft#PixelDiT_XL', '--json']);
  const costs = JSON.parse(stdout) as { [key: string]: unknown };
  expect(costs).toMatchObject({ model: 'PixelDiT_XL', parameters: 797_383_203, hyperparameters: { depth: 26 } });
  expect(Number(costs.flops) / 1e9).toBeCloseTo(311.19, 2);
  expect(Number(costs.flopsLinear) + Number(costs.flopsAttention)).toBe(costs.flops);
});

it('names what a target could mean', async () => {
  const found = await Promise.all([
    weft(['inspect', 'specs/pixledit.weft']),
    weft(['inspect', 'specs/pixeldit.weft#PixelDit']),
    weft(['inspect', 'specs/pixeldit.weft', '--set', 'dept=3']),
    weft(['train', 'test/cli/tiny.weft']),
    weft(['train', 'specs/pixeldit.weft']),
  ]);
  expect(found.map((o) => o.status)).toEqual([1, 1, 1, 2, 1]);
  expect(found[0].stderr).toContain('Did you mean specs/pixeldit.weft?');
  expect(found[1].stderr).toContain('Did you mean PixelDiT');
  expect(found[2].stderr).toContain('Did you mean depth?');
  expect(found[3].stderr).toContain('Choose one: test/cli/tiny.weft#quick, ');
  expect(found[4].stderr).toContain('says nothing about training');
});

it('ends quietly when nobody reads on', () => {
  const { status, stderr } = spawnSync(
    'bash',
    ['-c', 'set -o pipefail; node bin/weft.js inspect specs/pixeldit.weft --json | true'],
    {
      cwd: root,
      encoding: 'utf8',
    },
  );
  expect([status, stderr]).toEqual([0, '']);
});
