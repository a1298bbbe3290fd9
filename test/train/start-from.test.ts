import { expect, it } from '@jest/globals';
import { copyFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTensor } from '../../src/backends/session';
import type { TrainRecipe } from '../../src/compiler/recipe/index';
import { normalDraws } from '../../src/compiler/ops/philox';
import { openSafetensors, readSafetensors, writeSafetensors } from '../../src/data/safetensors';
import { isNativeAvailable } from '../../src/setup/native';
import { withTemporaryFolder } from '../../src/files/atomic';
import type { TrainingData } from '../../src/train/batches';
import { readRunRecord } from '../../src/train/find-record';
import { weightsOfRun } from '../../src/train/run-weights';
import { architectureEntries } from '../../src/run/recorded-architecture';
import { conventionsEntry } from '../../src/run/recorded-conventions';
import { train, type TrainOptions } from '../../src/train/train';
import { unexpected } from '../support/unexpected';
import { failureOf } from '../support/failure';
import { classes, tinyModel } from '../support/tiny-model';

const backends = ['tfjs', ...(isNativeAvailable() ? (['tensorflow'] as const) : [])] as const;
const model = tinyModel();
const recipe: TrainRecipe = {
  name: 'tuned',
  model: 'Tiny',
  data: { kind: 'mnist' },
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0.1 },
  warmup: 0,
  clip: null,
  ema: 0.5,
  labelDrop: 0,
  precision: 'f32',
  batch: 2,
  steps: 4,
  seed: 1,
  phases: [],
  checkpoint: 2,
};
const data: TrainingData = {
  classes: Array.from({ length: classes }, (_, i) => `class ${i}`),
  count: 100,
  batch: async (step) => ({
    x0: { shape: [2, 3, 4, 4], dtype: 'f32', data: Float32Array.from(normalDraws([step, 0], 0, 96)) },
    y: { shape: [2], dtype: 'i32', data: Int32Array.of(0, step % classes) },
  }),
};

type Tensors = ReadonlyMap<string, HostTensor>;

/** What a run says of its start, and its raw and averaged weights. */
async function run(out: string, changes: Partial<TrainRecipe>, options: Partial<TrainOptions> = {}) {
  const told: string[] = [];
  const onEvent: TrainOptions['onEvent'] = (e) => void (e.kind === 'start' && told.push(e.message));
  const steps = train(model, { ...recipe, ...changes }, { data, backend: 'tfjs', out, onEvent, ...options });
  for await (const _ of steps);
  const [raw, ema] = await Promise.all(['weights', 'ema'].map((n) => readSafetensors(join(out, `${n}.safetensors`))));
  return { told, raw, ema };
}

/** Weights of the model under their names, each of the same number; some left out or of another shape. */
async function writeStart(path: string, changes: { readonly [name: string]: HostTensor | null } = {}): Promise<void> {
  const whole = model.weights.map((w): [string, HostTensor] => {
    const shape = w.shape as number[];
    return [w.leaf.name, { shape, dtype: 'f32', data: new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(0.125) }];
  });
  const all = Object.entries({ ...Object.fromEntries(whole), ...changes });
  await writeSafetensors(path, Object.fromEntries(all.filter((e): e is [string, HostTensor] => e[1] !== null)));
}

const numbers = (tensors: Tensors, name: string): number[] => [...tensors.get(name)!.data];
const isStill = (tensors: Tensors, name: string): boolean => numbers(tensors, name).every((x) => x === 0.125);

it.each(backends)('starts from what fits of a file, freezes labels and resumes, on %s', (backend) =>
  withTemporaryFolder(async (folder) => {
    const from = join(folder, 'start.safetensors');
    const table: HostTensor = { shape: [3, 8], dtype: 'f32', data: new Float32Array(24) };
    const head: HostTensor = { shape: [2], dtype: 'f32', data: new Float32Array(2) };
    await writeStart(from, { 'condition.table.weight': table, 'final.bias': null, 'other.weight': head });
    const tuned = { from, freeze: ['block', 'embed'] };
    const { told, raw, ema } = await run(join(folder, 'a'), tuned, { backend });
    expect(told).toEqual([
      `Starting from ${from}: 8 of 10 weights.`,
      '  drawn anew: condition.table.weight [6, 8], the file has [3, 8]',
      '  drawn anew: final.bias [12], it is not in the file',
      '  not taken: 1 tensor the model has no place for: other.weight',
    ]);
    for (const name of ['embed.weight', 'block.norm.weight', 'block.q.weight', 'block.gate.weight'])
      expect([name, isStill(raw, name), isStill(ema, name)]).toEqual([name, true, true]);
    // Four steps of 1e-3 from where they started, raw and averaged.
    for (const tensors of [raw, ema]) {
      const moved = Math.abs(numbers(tensors, 'final.weight')[0] - 0.125);
      expect(moved).toBeGreaterThan(0);
      expect(moved).toBeLessThan(0.005);
    }

    const stop = new AbortController();
    const out = join(folder, 'b');
    for await (const { step } of train(model, { ...recipe, ...tuned }, { data, backend, out, signal: stop.signal }))
      if (step === 2) stop.abort();
    // The weights of the start are not needed any more.
    rmSync(from);
    const resumed = await run(out, tuned, { backend, resume: true });
    expect(resumed.told).toEqual([]);
    for (const name of raw.keys()) {
      expect([name, numbers(resumed.raw, name)]).toEqual([name, numbers(raw, name)]);
      expect([name, numbers(resumed.ema, name)]).toEqual([name, numbers(ema, name)]);
    }
    // The same weights by the labels that are trained.
    const named = await run(join(folder, 'c'), { train: ['condition', 'final'] }, { backend });
    const frozen = await run(join(folder, 'd'), { freeze: ['block', 'embed'] }, { backend });
    for (const name of raw.keys()) expect([name, numbers(named.ema, name)]).toEqual([name, numbers(frozen.ema, name)]);
    const changed = { ...tuned, freeze: ['block'] };
    expect(await failureOf(() => run(out, changed, { backend, resume: true }))).toMatch(
      /freeze: \["block","embed"\] before/,
    );
  }),
);

it.each(backends)('trains adapters beside a start, and resumes bit for bit, on %s', (backend) =>
  withTemporaryFolder(async (folder) => {
    const from = join(folder, 'start.safetensors');
    await writeStart(from);
    const tuned: Partial<TrainRecipe> = {
      from,
      adapt: { kind: 'lora', rank: 2, at: ['block', 'embed'] },
      train: ['final'],
    };
    const whole = await run(join(folder, 'a'), tuned, { backend });
    for (const name of ['condition.table.weight', 'block.norm.weight', 'condition.time.weight'])
      expect([name, isStill(whole.raw, name), isStill(whole.ema, name)]).toEqual([name, true, true]);
    for (const name of ['block.q.weight', 'embed.weight', 'final.weight'])
      expect([name, isStill(whole.raw, name), isStill(whole.ema, name)]).toEqual([name, false, false]);
    const stop = new AbortController();
    const out = join(folder, 'b');
    for await (const { step } of train(model, { ...recipe, ...tuned }, { data, backend, out, signal: stop.signal }))
      if (step === 2) stop.abort();
    const resumed = await run(out, tuned, { backend, resume: true });
    for (const name of whole.raw.keys()) {
      expect([name, numbers(resumed.raw, name)]).toEqual([name, numbers(whole.raw, name)]);
      expect([name, numbers(resumed.ema, name)]).toEqual([name, numbers(whole.ema, name)]);
    }
    const changed = { ...tuned, adapt: { kind: 'lora' as const, rank: 4, at: ['block', 'embed'] } };
    expect(await failureOf(() => run(out, changed, { backend, resume: true }))).toMatch(
      /adapt.*rank.*: 2 before, 4 now/,
    );
  }),
);

it('starts from the averages of a run, and leaves the gradient norm to what is trained', () =>
  withTemporaryFolder(async (folder) => {
    const [first, second] = [join(folder, 'first'), join(folder, 'second')];
    const { ema } = await run(first, {});
    const norms: number[] = [];
    for (const freeze of [[], ['block', 'embed', 'condition']]) {
      const tuned = { ...recipe, from: first, steps: 1, ...(freeze.length > 0 && { freeze }) };
      for await (const { gradNorm } of train(model, tuned, { data, backend: 'tfjs' })) norms.push(gradNorm);
    }
    expect(norms[1]).toBeLessThan(norms[0]);
    const { raw, told } = await run(second, { from: first, freeze: ['block'] });
    expect(told.at(-1)).toBe(`Starting from ${join(first, 'ema.safetensors')}: 10 of 10 weights.`);
    expect(numbers(raw, 'block.q.weight')).toEqual(numbers(ema, 'block.q.weight'));
  }));

it('says when frozen weights are drawn, and refuses a file of another model', () =>
  withTemporaryFolder(async (folder) => {
    const { told } = await run(join(folder, 'a'), { freeze: ['embed'], steps: 1 });
    expect(told).toEqual(['warning: frozen, and drawn from the seed: embed.weight. They stay as they were drawn.']);
    const from = join(folder, 'other.safetensors');
    await writeSafetensors(from, { x: { shape: [1], dtype: 'f32', data: Float32Array.of(1) } });
    expect(await failureOf(() => run(join(folder, 'b'), { from }))).toMatch(/10 of 10 tensors are missing/);
    expect(await failureOf(() => run(join(folder, 'b'), { from: join(folder, 'a', 'nothing') }))).toMatch(
      /does not exist/,
    );
  }));

it('says when the weights it starts from predict something else', () =>
  withTemporaryFolder(async (folder) => {
    const from = join(folder, 'reversed.safetensors');
    await writeStart(from);
    const held = Object.fromEntries(await readSafetensors(from));
    const conventions = { ...model.conventions, time: { noise: 1, data: 0 } };
    await writeSafetensors(from, held, { metadata: conventionsEntry({ ...model, conventions }) });
    const { told } = await run(join(folder, 'a'), { from, steps: 1 });
    expect(told).toEqual([
      `warning: ${from} belongs to a model that predicts the velocity, time 1 at the noise and 0 at the data; Tiny has the velocity, time 0 at the noise and 1 at the data. Training has to unlearn that first.`,
      `Starting from ${from}: 10 of 10 weights.`,
    ]);
  }));

it('refuses weights of a run that say nothing sensible of their steps', () =>
  withTemporaryFolder(async (folder) => {
    const from = join(folder, 'a');
    await run(from, { steps: 1 });
    const path = join(from, 'ema.safetensors');
    await writeSafetensors(path, Object.fromEntries(await readSafetensors(path)), { metadata: { steps: 'x' } });
    expect(await failureOf(() => run(join(folder, 'b'), { from }))).toMatch(
      /ema\.safetensors is damaged: .* after "x" steps/,
    );
  }));

const rowsOf = (tensors: Tensors): string[] => {
  const { data } = tensors.get('condition.table.weight')!;
  return Array.from({ length: classes + 1 }, (_, i) => [...data.slice(8 * i, 8 * i + 8)].join());
};
const movesIn = (told: readonly string[]): string[] => told.filter((line) => line.startsWith('  '));
const named = (...names: string[]): TrainingData => ({ ...data, classes: names });
const still = { freeze: ['condition.table'], steps: 1 };

it.each<['a run' | 'a copied file']>([['a run'], ['a copied file']])(
  'takes rows of classes by their names, not their numbers, from %s',
  (kind) =>
    withTemporaryFolder(async (folder) => {
      const first = await run(join(folder, 'first'), {}, { data: named('bird', 'cat', 'dog', 'eel', 'fox') });
      const copy = join(folder, 'copy.safetensors');
      copyFileSync(join(folder, 'first', 'ema.safetensors'), copy);
      const from = kind === 'a run' ? join(folder, 'first') : copy;
      const drawn = await run(join(folder, 'drawn'), still);

      const { raw, told } = await run(join(folder, 'b'), { from, ...still }, { data: named('cat', 'dog', 'emu') });
      const [before, anew, after] = [first.ema, drawn.raw, raw].map(rowsOf);
      expect(after).toEqual([before[1], before[2], anew[2], before[3], before[4], before[5]]);
      expect(told.slice(-2)).toEqual([
        '  moved by the names of classes: rows of condition.table.weight: cat 1 → 0, dog 2 → 1',
        '  drawn anew: rows of condition.table.weight, no such class where the weights come from: emu',
      ]);
    }),
);

it('leaves rows alone whose names are the same, and those of a file that knows none', () =>
  withTemporaryFolder(async (folder) => {
    const first = await run(join(folder, 'first'), {}, { data: named('bird', 'cat') });
    const same = await run(
      join(folder, 'a'),
      { from: join(folder, 'first'), ...still },
      { data: named('bird', 'cat', 'dog') },
    );
    expect([movesIn(same.told), rowsOf(same.raw)]).toEqual([[], rowsOf(first.ema)]);
    const from = join(folder, 'plain.safetensors');
    await writeStart(from);
    const plain = await run(join(folder, 'b'), { from, ...still }, { data: named('dog', 'cat') });
    expect([movesIn(plain.told), isStill(plain.raw, 'condition.table.weight')]).toEqual([[], true]);
  }));

it.each(backends)('starts from the newest checkpoint of a run that was killed, on %s', (backend) =>
  withTemporaryFolder(async (folder) => {
    const from = join(folder, 'killed');
    const stop = new AbortController();
    for await (const { step } of train(
      model,
      { ...recipe, checkpoint: 1 },
      { data, backend, out: from, signal: stop.signal },
    ))
      if (step === 3) stop.abort();
    const kept = await readSafetensors(join(from, 'ema.safetensors'));
    // What a process that is killed has not written yet.
    for (const name of ['ema', 'weights']) rmSync(join(from, `${name}.safetensors`));
    const { raw, told } = await run(join(folder, 'b'), { from, freeze: ['block'], steps: 1 }, { backend });
    expect(told).toEqual([`Starting from step 3 of 4 of the run in ${from}: 10 of 10 weights.`]);
    expect(numbers(raw, 'block.q.weight')).toEqual(numbers(kept, 'block.q.weight'));
    // As in files of weights, so that an edited spec is noticed.
    const killed = { folder: from, record: await readRunRecord(from), model };
    const { path } = await weightsOfRun(killed, undefined, folder, unexpected);
    const taken = await openSafetensors(path);
    await taken.close();
    expect(taken.metadata).toMatchObject({ ...architectureEntries(model), ...conventionsEntry(model) });
  }),
);
