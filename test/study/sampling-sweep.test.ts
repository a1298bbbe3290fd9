import { expect, it } from '@jest/globals';
import { checkFile } from '../../src/compiler/compile';
import { elaborateModel } from '../../src/spec/open';
import { samplingWith } from '../../src/spec/settings';
import { samplingSweep } from '../../src/study/sampling-sweep';
import { writtenAxis } from '../../src/study/written-axis';
import { readSpec } from '../support/compile';
import { failureOf } from '../support/failure';

const spec = checkFile(
  'm.weft',
  (path) =>
    path === 'm.weft'
      ? `import { apg } from "std/guidance"
solver half(steps: Int, by: Float = 0.5) {
  output noisy = noisy + by / steps * velocity(noisy, index / steps)
}
model M(width: Int = 8) {
  input noisy: image(4x4)
  input time:  time(noise: 0, data: 1)
  input label: class(5)
  output velocity: image(4x4) = noisy * time + mean(embed(label, width))
}
sample s of M {
  solver   = euler(steps: 20, shift: 3)
  guidance = cfg(2, from: 0.1)
}`
      : readSpec(path),
  { elaborateModels: false },
);
const settings = spec.samples[0];
const model = elaborateModel(spec, 'M');

function swept(...axes: readonly string[]) {
  return samplingSweep(
    axes.map((axis) => writtenAxis(axis)!),
    { settings, hyperparameters: ['width'], with: (before, entries) => samplingWith(spec, before, entries, model) },
  );
}

it('reads axes as options are written, and as a spec writes them', () => {
  expect(writtenAxis('steps=5,10')).toEqual({ key: 'steps', values: '5,10' });
  expect(writtenAxis('sample.solver.steps in [5, 10]')).toEqual({ key: 'solver.steps', values: '[5, 10]' });
  expect([writtenAxis('steps'), writtenAxis('steps='), writtenAxis('=5')]).toEqual([null, null, null]);
});

it('computes values from the hyper-parameters of the model', () => {
  expect(swept('steps in [width, 3 * width]').cells.map((c) => c.settings.steps)).toEqual([8, 24]);
});

it('makes every combination; solvers by their names keep steps and shift', () => {
  const { axes, cells } = swept(
    'steps=5,10',
    'solver in [heun, flow_dpm(steps: 10)]'.replace('(steps: 10)', ''),
    'scale=1,4',
  );
  expect(axes).toEqual(['steps', 'solver', 'scale']);
  expect(cells.map(({ values }) => values.join(' '))).toEqual([
    '5 heun 1',
    '5 heun 4',
    '5 flow_dpm 1',
    '5 flow_dpm 4',
    '10 heun 1',
    '10 heun 4',
    '10 flow_dpm 1',
    '10 flow_dpm 4',
  ]);
  const { solver, steps, shift, guidance } = cells[7].settings;
  expect([solver, steps, shift]).toEqual(['flow_dpm', 10, 3]);
  expect(guidance).toMatchObject({ scale: 4, from: 0.1, to: 1 });
});

it('takes intervals, no guidance, whole calls, and declarations of the spec with their own numbers', () => {
  const intervals = swept('interval=(0,1),(0.3,0.9)').cells.map((c) => c.settings.guidance);
  expect(intervals).toMatchObject([
    { scale: 2, from: 0, to: 1 },
    { scale: 2, from: 0.3, to: 0.9 },
  ]);
  const kinds = swept('guidance=none,3,cfg(4, rescale: 0.5),apg(3)').cells.map((c) => c.settings.guidance);
  expect(kinds).toMatchObject([null, { scale: 3, from: 0 }, { scale: 4, rescale: 0.5 }, { kind: 'declared' }]);
  const [first, second] = swept('solver=half,half(steps: 7, by: 0.25)').cells.map((c) => c.settings);
  expect([first.steps, second.steps]).toEqual([20, 7]);
  expect(second.solver).toMatchObject({ call: expect.stringContaining('by: 0.25') });
});

it.each([
  [['steps=5', 'solver=heun(steps: 5)'], 'The sweep over solver already says the steps of heun(steps: 5).'],
  [['scale=5', 'guidance=2,3'], 'The sweep over guidance already says the scale of 2.'],
  [['from=0.2', 'interval=(0,1)'], 'The sweep over interval already says what that over from says.'],
  [['steps=5,5'], 'The sweep has steps 5 twice.'],
  [['steps=[]'], 'The sweep over steps has no values.'],
  [['steps=0'], 'must be'],
  [['steps=five'], '--sweep:1:'],
  [['solver=hen'], 'heun'],
  [['interval=0.5'], '0.5 is no interval.'],
  [['interval=(0.5,0.1)'], 'below'],
  [['width=8,16'], 'width is a hyper-parameter of the model: every value of it needs a training of its own'],
  [['optimizer.rate=1,2'], 'optimizer.rate is a setting of training'],
  [['step=1,2'], 'A run cannot be swept over step.\nDid you mean steps?'],
  [['colour=1,2'], 'There are solver, steps, shift, guidance, scale, from, to, interval'],
  [['scale=1:3'], 'scale'],
  [
    [
      `steps=${Array.from({ length: 50 }, (_, i) => i + 1).join()}`,
      `shift=${Array.from({ length: 50 }, (_, i) => i + 1).join()}`,
    ],
    'The sweep has 2,500 combinations; at most 1,000 are drawn.',
  ],
])('refuses %j', async (axes, message) => {
  expect(await failureOf(() => swept(...axes))).toContain(message);
});
