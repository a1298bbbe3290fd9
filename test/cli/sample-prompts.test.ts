import { expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import sharp from 'sharp';
import { inFolder, root, weft } from '../support/weft';

const spec = join(root, 'test', 'cli', 'tiny-t2i.weft');

it('draws the prompts of GenEval and DPG-Bench into the folders that their programs read', () =>
  inFolder(async (folder) => {
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    const run = (...args: string[]) => weft(args, { cwd: folder, env });
    expect(await run('train', `${spec}#scenes`, '--out', 'run')).toMatchObject({ status: 0 });
    const lines = ['cow', 'bench'].map(
      (name) =>
        `{"tag": "single_object", "include": [{"class": "${name}", "count": 1}], "prompt": "a photo of a ${name}"}`,
    );
    writeFileSync(join(folder, 'm.jsonl'), lines.join('\n'));
    const draw = ['sample', '--run', 'run', '--steps', '1', '--geneval', 'm.jsonl', '--count', '2', '--out', 'g'];
    const drawn = await run(...draw);
    expect([drawn.status, drawn.stdout]).toEqual([0, 'g\n']);
    expect(drawn.stderr).toContain('not in any caption the model was trained on: photo, cow, bench');
    expect(readdirSync(join(folder, 'g')).sort()).toEqual(['00000', '00001']);
    expect(readFileSync(join(folder, 'g', '00001', 'metadata.jsonl'), 'utf8')).toBe(`${lines[1]}\n`);
    const samples = join(folder, 'g', '00001', 'samples');
    expect(readdirSync(samples).sort()).toEqual(['0000.png', '0001.png']);
    expect(await sharp(join(samples, '0001.png')).metadata()).toMatchObject({ width: 8, height: 8 });

    // What is missing is drawn again as it was.
    const before = readFileSync(join(samples, '0001.png'));
    rmSync(join(folder, 'g', '00001'), { recursive: true });
    expect(await run(...draw)).toMatchObject({ status: 0 });
    expect(readFileSync(join(samples, '0001.png')).equals(before)).toBe(true);
    const { mtimeMs } = statSync(samples);
    const again = await run(...draw);
    expect([again.status, again.stderr]).toEqual([
      0,
      expect.stringContaining('pictures of 2 of 2 prompts are there and kept'),
    ]);
    expect(statSync(samples).mtimeMs).toBe(mtimeMs);

    mkdirSync(join(folder, 'prompts'));
    const dpg = ['sample', '--run', 'run', '--steps', '1', '--dpg', 'prompts', '--out', 'd'];
    expect((await run(...dpg)).stderr).toContain('prompts has no prompts.');
    writeFileSync(join(folder, 'prompts', 'cow1.txt'), 'a red circle\n');
    expect(await run(...dpg)).toMatchObject({ status: 0 });
    expect(await sharp(join(folder, 'd', 'cow1.png')).metadata()).toMatchObject({ width: 16, height: 16 });

    const odd = await run(...dpg, '--count', '3');
    expect([odd.status, odd.stderr]).toEqual([2, expect.stringContaining('DPG-Bench has 1 or 4 pictures of a prompt')]);
    const both = await run(...dpg, '--geneval', 'm.jsonl');
    expect([both.status, both.stderr]).toEqual([2, expect.stringContaining('Two benchmarks were named')]);
    const asked = await run(...dpg, '--prompt', 'a cow');
    expect([asked.status, asked.stderr]).toEqual([2, expect.stringContaining('--prompt')]);
  }));
