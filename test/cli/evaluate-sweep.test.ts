import { expect, it } from '@jest/globals';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { writeSafetensors } from '../../src/data/safetensors';
import { inFolder, weft } from '../support/weft';

const spec = `model M(width: Int = 4) {
  input noisy: image(8, channels: 1)
  input time:  time(noise: 0, data: 1)
  input label: class(5)
  output x0: image(8, channels: 1) = noisy * param([1]) @weight + 0.1 * mean(embed(label, width) @table)
}
model Means() {
  input image: [3, 8, 8]
  output features: [3] = mean(rearrange(image, "c h w -> c (h w)"), axis: -1) * param([1]) @weight
}
train t of M {
  data      = scenes(count: 12, split: all)
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-3)
  drop      = label(0.1)
  batch     = 4
  steps     = 1
}`;

interface Table {
  readonly axes: readonly string[];
  readonly digest: string;
  readonly rows: readonly {
    readonly values: readonly string[];
    readonly evaluations: number;
    readonly seeds: readonly (readonly number[])[];
    readonly measured: readonly { readonly mean: number }[];
    readonly isOnFront: boolean;
  }[];
}

it('measures a run with every combination, as one evaluation of each does', () =>
  inFolder(async (folder) => {
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    const run = (...args: string[]) => weft(args, { cwd: folder, env });
    writeFileSync(join(folder, 'm.weft'), spec);
    await writeSafetensors(join(folder, 'w.safetensors'), {
      weight: { shape: [1], dtype: 'f32', data: Float32Array.of(1) },
    });
    expect(await run('train', 'm.weft#t', '--out', 'run')).toMatchObject({ status: 0 });
    const by = ['--images', '12', '--extractor', 'm.weft#Means', '--extractor-weights', 'w.safetensors'];
    const evaluate = (...args: string[]) => run('evaluate', 'run', ...by, ...args);
    const axes = ['--sweep', 'solver=euler,heun_exact', '--sweep', 'steps in [2, 4]'];
    const found = await evaluate(...axes, '--guidance', '1', '--seeds', '0,1', '--chart', 'chart.png', '--json');
    expect([found.status, found.stderr.includes('chart.png')]).toEqual([0, true]);
    expect(existsSync(join(folder, 'chart.png'))).toBe(true);
    const { rows, axes: named, digest } = JSON.parse(found.stdout) as Table;
    expect(named).toEqual(['solver', 'steps']);
    expect(rows.map((r) => [...r.values, r.evaluations])).toEqual([
      ['euler', '2', 2],
      ['euler', '4', 4],
      ['heun_exact', '2', 3],
      ['heun_exact', '4', 7],
    ]);
    const single = await evaluate(
      '--solver',
      'heun_exact',
      '--steps',
      '4',
      '--guidance',
      '1',
      '--seeds',
      '0,1',
      '--json',
    );
    const { sets } = JSON.parse(single.stdout) as { sets: { digest: string; measured: { value: number }[] }[] };
    expect(rows[3].seeds.map((values) => values[0])).toEqual(sets.map((set) => set.measured[0].value));
    expect(sets[0].digest).toBe(digest);

    const text = await evaluate('--sweep', 'guidance=none,4', '--metrics', 'recall,frechet');
    expect(text.stdout).toMatch(
      /^run: 2 settings, 12 pictures each, seed 0\n\n {2}guidance +evaluations +recall +Fréchet distance\n {2}none +\* +50 /,
    );
    expect(text.stdout).toMatch(/^Otherwise: solver flow_dpm, 50 steps, shift 1\.$/m);

    const refused = [
      await evaluate('--sweep', 'width=4,8'),
      await evaluate('--sweep', 'steps=2,4', '--steps', '3'),
      await evaluate('--sweep', 'steps=2,4', '--sweep', 'steps=8'),
      await evaluate('--sweep', 'steps=2,4', '--chart', 'chart.svg'),
      await evaluate('--sweep', 'steps=2,4', '--save-statistics', 's.npz'),
      await evaluate('--chart', 'chart.png'),
      await evaluate('--sweep', 'steps'),
      await run('evaluate', 'run', 'run', ...by, '--sweep', 'steps=2,4'),
      await run('evaluate', '.', ...by, '--sweep', 'steps=2,4'),
      await evaluate('--sweep', 'solver=euler,hen'),
    ];
    for (const { stderr } of refused) expect(stderr).not.toContain('reading features');
    expect(refused.map((r) => [r.status, r.stderr.split('\n').find((line) => /error/.test(line))])).toEqual([
      [2, expect.stringContaining('error: width is a hyper-parameter of the model')],
      [2, 'error: --steps and --sweep steps say the same thing.'],
      [2, 'error: --sweep steps was given twice.'],
      [2, 'error: The chart is written as .png, and chart.svg has another ending.'],
      [2, 'error: --save-statistics is about one set of pictures, and --sweep draws many.'],
      [2, 'error: --chart draws the results of --sweep, and there is none.'],
      [2, expect.stringContaining('Write SETTING=VALUE,VALUE')],
      [2, 'error: --sweep draws from one run, and several were named.'],
      [2, 'error: --sweep draws from a run, and . is none.'],
      [1, expect.stringContaining('--sweep:1:')],
    ]);
  }));

it('goes on after Ctrl-C with what was drawn', () =>
  inFolder(async (folder) => {
    const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };
    writeFileSync(join(folder, 'm.weft'), spec);
    await writeSafetensors(join(folder, 'w.safetensors'), {
      weight: { shape: [1], dtype: 'f32', data: Float32Array.of(1) },
    });
    const run = (...args: string[]) => weft(args, { cwd: folder, env });
    expect(await run('train', 'm.weft#t', '--out', 'run')).toMatchObject({ status: 0 });
    const args = [
      'evaluate',
      'run',
      '--images',
      '64',
      '--json',
      '--extractor',
      'm.weft#Means',
      '--extractor-weights',
      'w.safetensors',
    ];
    let [seen, isSent] = ['', false];
    const stopped = await weft([...args, '--sweep', 'steps=1,2,40000'], {
      cwd: folder,
      env,
      onStderr: (text, signal) => {
        seen += text;
        if (!isSent && /sweep/.test(seen)) {
          isSent = true;
          signal('SIGINT');
        }
      },
    });
    expect([stopped.status, stopped.stderr]).toEqual([130, expect.stringContaining('the same command goes on')]);
    // Those of the training pictures and of the two that were drawn.
    const features = join(folder, 'cache', 'weft', 'features');
    const kept = (): string[] =>
      readdirSync(features, { recursive: true, encoding: 'utf8' })
        .filter((path) => path.endsWith('.safetensors'))
        .sort();
    const before = kept();
    expect(before.length).toBe(3);
    expect((await run(...args, '--sweep', 'steps=1,2')).status).toBe(0);
    expect(kept()).toEqual(before);
  }));
