import { expect, it } from '@jest/globals';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { planResume, planRun } from '../../src/train/plan';
import { planStudy } from '../../src/study/plan';
import { runDigest, type RunRecord } from '../../src/train/run-folder';
import { inFolder, root, weft } from '../support/weft';

const spec = join(root, 'test', 'cli', 'tiny.weft');

it('lets what is given by hand win over the recipe', () => {
  const request = { steps: 7, batch: 2, seed: 5, data: 'mnist', set: { depth: '2' }, out: 'x' };
  const { recipe, model, out, sample } = planRun(spec, 'quick', request);
  expect(recipe).toMatchObject({ steps: 7, batch: 2, seed: 5, data: { kind: 'mnist' }, checkpoint: 2 });
  expect([model.hyperparameters.depth, out, sample?.name]).toEqual([2, 'x', 'quick']);
});

it('names the model by its recipe, and refuses what it cannot tell', () => {
  expect(() => planRun(spec, null, {})).toThrow('recipes');
  expect(() => planRun(spec, 'qick', {})).toThrow(expect.objectContaining({ hint: 'Did you mean quick?' }));
});

it('gives a new run a folder of its own, and resumes the last one', () =>
  inFolder(async (folder) => {
    const before = process.cwd();
    process.chdir(folder);
    try {
      expect(planRun(spec, 'quick', {}).out).toBe(join('runs', 'quick'));
      mkdirSync(join('runs', 'quick'), { recursive: true });
      expect(planRun(spec, 'quick', {}).out).toBe(join('runs', 'quick-2'));
      mkdirSync(join('runs', 'quick-2'));
      expect(planRun(spec, 'quick', { resume: true }).out).toBe(join('runs', 'quick-2'));
    } finally {
      process.chdir(before);
    }
  }));

it('takes settings of the recipe and of sampling, keeps them from the model, and warns of them', () => {
  const set = { 'optimizer.rate': '0.5', ema: '0.9999', 'sample.solver': 'heun(steps: 7)' };
  const plan = planRun(spec, 'quick', { set, out: 'runs/none' });
  expect(plan.recipe).toMatchObject({ ema: 0.9999, optimizer: { rate: 0.5 } });
  expect(plan.sample).toMatchObject({ solver: 'heun', steps: 7 });
  expect(plan.spec?.set).toEqual({});
  expect(plan.warnings.map((d) => d.code)).toContain('average-too-long');
  expect(() => planRun(spec, 'quick', { set: { 'optimizer.rat': '1' } })).toThrow('Did you mean rate?');
  expect(() => planRun(spec, 'quick', { set: { 'export.dynamic': 'batch' } })).toThrow(
    'weft train reads those of train and sample alone',
  );
});

const methods = (part: string): string => `
objective bad() {
  let t = uniform(0, 1)
  let noise = normal(like: image)
  return mean(square(model((1 - t) * image + t * noise, time: t) - noise), axis: 0)
}
optimizer worse(rate: Float) {
  output weight = weight - rate * stack(gradient, gradient)
}
model M() {
  input noisy: image(4x4, channels: 1)
  input time:  time(noise: 1, data: 0)
  output velocity: image(4x4, channels: 1) = noisy * silu(linear(stack(time), 1) @time)
}
train t of M {
  data = mnist()
  batch = 4
  steps = 10
${part}
}
`;

const flow = 'objective = rectified_flow(time: uniform())';
const adamw = 'optimizer = adamw(rate: 1e-3)';

it.each([
  ['schedule', `${flow}\n${adamw}\nschedule = 1 - 2 * step`, /spec.weft:21:12 .*\n[^]*At step 1 this is/],
  ['objective', `objective = bad()\n${adamw}`, /spec.weft:5:10  error objective-loss/],
  ['optimizer', `${flow}\noptimizer = worse(rate: 1e-3)`, /spec.weft:8:19 .*\n[^]*in optimizer worse/],
])('shows what goes wrong in the %s at its place, as check does', (_, part, message) =>
  inFolder(async (folder) => {
    const file = join(folder, 'spec.weft');
    writeFileSync(file, methods(part));
    expect(() => planRun(file, null, {})).toThrow(message);
  }),
);

it('computes settings from the hyper-parameters of the model, and keeps the numbers when a run goes on', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'computed.weft');
    const text = `import { PixelDiT } from "${relative(folder, join(root, 'specs', 'pixeldit'))}"
model Tiny = PixelDiT(size: 8x8, classes: 8, patch: 4, width: 16, heads: 2, depth: 1, pixel_width: 4, pixel_depth: 1)
sweep widths of Tiny { width in [8, 16] }
train one of Tiny {
  data      = scenes(16)
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 0.016 / width)
  batch     = 64 / width
  steps     = 2
}
train both of widths {
  data      = scenes(16)
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 0.016 / width)
  batch     = 64 / width
  steps     = width / 4
}`;
    writeFileSync(file, text);
    const plain = planRun(file, 'one', { out: 'x' });
    expect(plain.recipe).toMatchObject({ batch: 4, optimizer: { rate: 0.001 } });
    const plan = planRun(file, 'one', { out: 'x', set: { width: '32' } });
    expect(plan.recipe).toMatchObject({ batch: 2, optimizer: { rate: 0.0005 } });
    expect(runDigest(plan.model, plan.recipe)).toBe(
      runDigest(plan.model, { ...plain.recipe, batch: 2, optimizer: { ...plan.recipe.optimizer, rate: 0.0005 } }),
    );
    expect(() => planRun(file, 'one', { out: 'x', set: { width: '48' } })).toThrow('1.3333');

    const run = join(folder, 'run');
    await weft(['train', `${file}#one`, '--set', 'width=32', '--out', run], {
      env: { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') },
    });
    const more = await planResume(run, { set: { steps: 'width / 8', checkpoint: '3' } });
    expect(more.recipe).toMatchObject({ batch: 2, steps: 4, checkpoint: 3, optimizer: { rate: 0.0005 } });

    const study = planStudy(file, 'both', { out: join(folder, 'study') });
    expect(study?.cases.map((c) => c.runs[0].recipe)).toMatchObject([
      { batch: 8, steps: 2, optimizer: { rate: 0.002 } },
      { batch: 4, steps: 4, optimizer: { rate: 0.001 } },
    ]);
  }));

it('goes on with a run whose recipe an earlier version did not find wrong, with a warning', () =>
  inFolder(async (folder) => {
    const file = join(folder, 'spec.weft');
    writeFileSync(file, methods(`${flow}\n${adamw}`));
    const run = join(folder, 'run');
    await weft(['train', file, '--steps', '1', '--out', run], {
      env: { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') },
    });
    const path = join(run, 'run.json');
    const { seal: _, ...record } = JSON.parse(readFileSync(path, 'utf8')) as RunRecord & { seal: string };
    const { sums: __, ...spec } = record.spec!;
    rmSync(join(run, 'checkpoints'), { recursive: true });
    writeFileSync(path, JSON.stringify({ ...record, spec, recipe: { ...record.recipe, textDrop: 0.5 } }));
    writeFileSync(join(run, 'spec', 'spec.weft'), methods(`${flow}\n${adamw}\ndrop = text(0.5)`));
    const { warnings, recipe } = await planResume(run, {});
    expect([recipe.textDrop, warnings.map((d) => `${d.severity} ${d.code}`)]).toEqual([
      0.5,
      ['warning unread-condition'],
    ]);
    await expect(planResume(run, { set: { ema: '0.9' } })).rejects.toThrow(/unread-condition/);
  }));
