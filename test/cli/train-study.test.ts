import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { expect, it } from '@jest/globals';
import type { StudyTable } from '../../src/study/table';
import { inFolder, root, weft } from '../support/weft';

const spec = join(root, 'test', 'cli', 'tiny-study.weft');

it('trains every case that can be built with every seed, once, and prints them side by side', () =>
  inFolder(async (folder) => {
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    const run = (...args: string[]) => weft(args, { cwd: folder, env });
    const part = await run('train', spec, '--case', 'width 8', '--seed', '5', '--out', 'study', '--json');
    const first = JSON.parse(part.stdout) as StudyTable;
    expect(first.rows.map((r) => r.results.map(({ seed }) => seed))).toEqual([[5], [], []]);

    const whole = await run('train', `${spec}#both`, '--out', 'study');
    expect([whole.status, whole.stderr]).toEqual([0, expect.stringContaining('width 8, seed 5: finished before')]);
    expect(whole.stderr.match(/finished before/g)).toHaveLength(1);
    expect(whole.stdout).toMatch(/^sweep widths: 3 steps of 4, seeds 4, 5;/);
    expect(whole.stdout).toMatch(/width 8 +[\d,]+ +[\d.]+ +2 +\d\.\d{4} ± \d\.\d{4}\n/);
    expect(whole.stdout).toMatch(/width 17: 17 channels cannot be shared by 2 heads/);
    expect(whole.stdout).toMatch(/"width 16" against "width 8": .* better with [012] of 2 seeds\n$/);
    const table = JSON.parse(readFileSync(join(folder, 'study', 'results.json'), 'utf8')) as StudyTable;
    expect(table.rows[0].results.find((r) => r.seed === 5)).toEqual(first.rows[0].results[0]);

    const drawn = await run('sample', '--run', 'study/2-width-16/seed-4', '--count', '1', '--out', 'grid.png');
    expect([drawn.status, drawn.stdout]).toEqual([0, 'grid.png\n']);
  }));

it('refuses a study with a case that cannot be built before any is trained', () =>
  inFolder(async (folder) => {
    const pixeldit = relative(folder, join(root, 'specs', 'pixeldit'));
    const text = readFileSync(spec, 'utf8').replace('../../specs/pixeldit', pixeldit);
    const ablation = 'ablation widths { case "8" = Tiny(width: 8) case "17" = Tiny(width: 17) }';
    writeFileSync(join(folder, 'study.weft'), text.replace(/^sweep.*$/m, ablation));
    const { status, stderr } = await weft(['train', 'study.weft', '--out', 'study'], { cwd: folder });
    expect([status, stderr]).toEqual([1, expect.stringContaining('17 channels cannot be shared by 2 heads')]);
    expect(existsSync(join(folder, 'study'))).toBe(false);
  }));

it('refuses what names no run', async () => {
  const plain = await weft(['train', join(root, 'test', 'cli', 'tiny.weft#quick'), '--case', 'A']);
  expect([plain.status, plain.stderr]).toEqual([2, expect.stringContaining('are for recipes of an ablation or sweep')]);
  const fresh = await weft(['train', join(root, 'test', 'cli', 'tiny.weft#quick'), '--accept-new-data']);
  expect([fresh.status, fresh.stderr]).toEqual([2, expect.stringContaining('is about a run that goes on')]);
  const resumed = await weft(['train', spec, '--resume']);
  expect([resumed.status, resumed.stderr]).toEqual([2, expect.stringContaining('goes on by the same command')]);
  const other = await weft(['train', spec, '--case', 'wide']);
  expect([other.status, other.stderr]).toEqual([2, expect.stringContaining('No case of widths can be trained')]);
  const seed = await weft(['train', spec, '--seed', '0']);
  expect([seed.status, seed.stderr]).toEqual([2, expect.stringContaining("none of the recipe's: 4, 5")]);
});
