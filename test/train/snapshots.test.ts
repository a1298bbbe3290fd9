import { expect, it } from '@jest/globals';
import { existsSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTensor } from '../../src/backends/session';
import { normalDraws } from '../../src/compiler/ops/philox';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors';
import { withTemporaryFolder } from '../../src/files/atomic';
import type { TrainingData } from '../../src/train/batches';
import { readRunRecord } from '../../src/train/find-record';
import { askedWidth, madeAverage } from '../../src/train/snapshots';
import { train, type TrainOptions } from '../../src/train/train';
import { greyPictures } from '../support/pictures';
import { classes, tinyModel } from '../support/tiny-model';
import { inFolder, specIn, weft } from '../support/weft';

const model = tinyModel();
const power = (width: number) => ({ kind: 'power', width }) as const;
const recipe: TrainRecipe = {
  name: 'tiny',
  model: 'Tiny',
  data: { kind: 'mnist' },
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 3e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
  warmup: 0,
  clip: 1,
  ema: [power(0.05), power(0.1)],
  labelDrop: 0.2,
  precision: 'f32',
  batch: 4,
  steps: 80,
  seed: 7,
  phases: [],
  checkpoint: 25,
  snapshotEvery: 5,
};

const data: TrainingData = {
  classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
  count: 100,
  batch: async (step) => ({
    x0: { shape: [4, 3, 4, 4], dtype: 'f32', data: Float32Array.from(normalDraws([step, 0], 0, 4 * 48)) },
    y: { shape: [4], dtype: 'i32', data: Int32Array.of(0, 1, 2, step % classes) },
  }),
};

/** Trains to the end, or until step `stop`. */
async function trained(given: Partial<TrainRecipe>, options: Partial<TrainOptions>, stop?: number): Promise<void> {
  const { signal, abort } = new Stop();
  const all = train(model, { ...recipe, ...given }, { data, backend: 'tfjs', signal, ...options });
  for await (const { step } of all) if (step === stop) abort();
}

class Stop {
  private readonly controller = new AbortController();
  readonly signal = this.controller.signal;
  readonly abort = (): void => this.controller.abort();
}

/** The root of the mean square between two sets of weights. */
function apart(a: ReadonlyMap<string, HostTensor>, b: ReadonlyMap<string, HostTensor>): number {
  let [sum, count] = [0, 0];
  for (const [name, { data: values }] of a)
    values.forEach((x, i) => {
      sum += (Number(x) - Number(b.get(name)!.data[i])) ** 2;
      count++;
    });
  return Math.sqrt(sum / count);
}

it('makes an average that the run did not keep, as a run that keeps it has it', () =>
  withTemporaryFolder(async (folder) => {
    const out = join(folder, 'run');
    await trained({}, { out });
    const run = { folder: out, record: await readRunRecord(out), model };
    for (const width of [0.07, 0.15]) {
      const other = join(folder, `other-${width}`);
      await trained({ ema: power(width), snapshotEvery: undefined }, { out: other });
      const want = await readSafetensors(join(other, 'ema.safetensors'));
      const { held, values, step, note } = await madeAverage(run, width);
      const made = new Map(Object.entries(held.merge(values)));
      expect([step, [...made.keys()].sort()]).toEqual([80, [...want.keys()].sort()]);
      const kept = await readSafetensors(join(run.folder, 'ema-power-0.1.safetensors'));
      expect(apart(made, want)).toBeLessThan(0.02 * apart(kept, want));
      expect(note).toMatch(
        /^the average power\(0\.\d+\), made of power\(0\.05\) and power\(0\.1\) at 16 steps, the last 80; it is \d\.\d+ % from /,
      );
    }
    const again = await madeAverage(run, 0.1);
    const same = await readSafetensors(join(run.folder, 'ema-power-0.1.safetensors'));
    expect(apart(new Map(Object.entries(again.held.merge(again.values))), same)).toBeLessThan(1e-6);
    await expect(madeAverage(run, 0.005)).rejects.toThrow(/power\(0\.005\) cannot be made of what the run in .* kept/);
  }));

it('leaves copies that belong to the run alone: those of steps that it goes back over are dropped', () =>
  withTemporaryFolder(async (folder) => {
    const out = join(folder, 'run');
    await trained({}, { out }, 30);
    const copies = (): string[] => readdirSync(join(out, 'snapshots')).sort();
    expect(copies()).toHaveLength(12);
    // A machine that lost power between the copy and the next checkpoint.
    rmSync(join(out, 'checkpoints', 'step-000030'), { recursive: true });
    await trained({}, { out, resume: true }, 26);
    expect(copies().at(-1)).toBe('power-0.1-step-000025.safetensors');
    const record = await readRunRecord(out);
    const of = { folder: out, record, model };
    const file = join(out, 'snapshots', copies()[0]);
    const tensors = await readSafetensors(file);
    await writeSafetensors(file, tensors, { metadata: { steps: '5', run: '0123456789abcdef' } });
    await expect(madeAverage(of, 0.1)).rejects.toThrow(/was written by another run/);
    const [[name], ...rest] = tensors;
    await writeSafetensors(file, new Map(rest), { metadata: { steps: '5' } });
    await expect(madeAverage(of, 0.06)).rejects.toThrow(`lacks "${name}"`);
    writeFileSync(file, 'nothing');
    await expect(madeAverage(of, 0.06)).rejects.toThrow(/power-0\.05-step-000005\.safetensors/);
    rmSync(join(out, 'snapshots'), { recursive: true });
    await expect(madeAverage(of, 0.06)).rejects.toThrow(/The copies of averages that the run in .* kept are gone/);
  }));

it('reads the width that is asked for', () => {
  expect([undefined, 'raw', 'ema-power-0.1', 'power(0.15)'].map(askedWidth)).toEqual([null, null, null, 0.15]);
  for (const text of ['power()', 'power(x)'])
    expect(() => askedWidth(text)).toThrow('the width of an average must be a number');
  for (const text of ['power(0.5)', 'power(-1)'])
    expect(() => askedWidth(text)).toThrow(/the width of an average must be between 0\.001 and 0\.28/);
});

it('draws with an average that is made, and says what of', () =>
  inFolder(async (folder) => {
    await greyPictures(folder);
    const spec = specIn(folder, 'tiny.weft');
    const run = (...args: string[]) => weft(args, { cwd: folder, env: { WEFT_PORTABLE: '1' } });
    const how = ['--set', 'ema=[power(0.05), power(0.1)]', '--set', 'snapshot_every=2', '--steps', '12'];
    expect(await run('train', `${spec}#quick`, '--out', 'r', ...how)).toMatchObject({ status: 0 });
    const drawn = await run('sample', '--run', 'r', '--which', 'power(0.12)', '--count', '1');
    expect(drawn).toMatchObject({
      status: 0,
      stderr: expect.stringContaining('note: the average power(0.12), made of'),
    });
    expect(await run('sample', '--run', 'r', '--which', 'power(1)')).toMatchObject({ status: 2 });
    const none = await run('train', `${spec}#quick`, '--out', 'n', '--steps', '2', '--set', 'snapshot_every=2');
    expect(none).toMatchObject({ status: 1, stderr: expect.stringContaining('`ema` has none') });
    const many = ['--set', 'ema=power(0.05)', '--set', 'snapshot_every=1', '--steps', '1000000000'];
    expect(await run('train', `${spec}#quick`, '--out', 'm', ...many)).toMatchObject({
      status: 3,
      stderr: expect.stringMatching(
        /The files of this run need \d+ TB in m, where .* are free\.\n.*a larger snapshot_every\./,
      ),
    });
    expect(existsSync(join(folder, 'm'))).toBe(false);
    expect(await run('train', `${spec}#quick`, '--out', 'p', '--steps', '2')).toMatchObject({ status: 0 });
    const nothing = await run('sample', '--run', 'p', '--which', 'power(0.1)');
    expect(nothing).toMatchObject({ status: 2, stderr: expect.stringContaining('kept no copies of its averages') });
  }));
