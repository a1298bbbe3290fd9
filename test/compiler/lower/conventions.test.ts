/** What an output means and which way time runs, as a spec states it, and as version 0.1.0 took what states nothing. */
import { expect, it } from '@jest/globals';
import { asBefore, describeConventions, recordedConventions } from '../../../src/compiler/lower/conventions';
import type { ModelGraph } from '../../../src/compiler/lower/model';
import { velocityModel } from '../../../src/compiler/programs/objectives/velocity-model';
import { modelTime } from '../../../src/compiler/programs/samplers/model-time';
import { solvers } from '../../../src/compiler/programs/samplers/index';
import { compiledText } from '../../support/compile';

const text = '  input prompt: text(width: 4)\n';

function model({ time = 'scalar', output = 'velocity: image(4)', more = '', sum = '' } = {}): ModelGraph {
  return compiledText(`model M() {
  input noisy: image(4)
  input time:  ${time}
${more}  output ${output} = noisy * time${sum}
}`);
}

it.each([
  // What is written; the output's meaning, and time at the noise and at the data.
  [{}, 'velocity', 0, 1],
  [{ output: 'v' }, 'velocity', 0, 1],
  [{ output: 'x0: image(4)' }, 'x0', 0, 1],
  [{ output: 'clean: image(4)' }, 'x0', 0, 1],
  [{ output: 'eps: image(4)' }, 'noise', 0, 1],
  [{ output: 'epsilon: image(4)' }, 'noise', 0, 1],
  [{ output: 'noise: image(4)' }, 'noise', 0, 1],
  [{ output: 'pred: image(4)' }, null, 0, 1],
  [{ output: 'pred: image(4, predicts: noise)' }, 'noise', 0, 1],
  [{ output: 'velocity: image(4, predicts: x0)' }, 'x0', 0, 1],
  [{ time: 'time(noise: 1000, data: 0)' }, 'velocity', 1000, 0],
  [{ time: 'time(noise: 1, data: 0)' }, 'velocity', 1, 0],
  [{ time: 'time(data: 0.5, noise: -1)' }, 'velocity', -1, 0.5],
  [{ more: text, sum: ' + mean(mean(prompt))' }, 'velocity', 0, 1],
  [{ more: text, sum: ' + mean(mean(prompt))', time: 'time(noise: 1000, data: 0)' }, 'velocity', 1000, 0],
])('reads %j', (written, prediction, noise, data) => {
  expect(recordedConventions(model(written))).toEqual({ prediction, time: { noise, data }, path: 'straight' });
});

it.each([
  [{}, null, 'velocity', 0, 1],
  [{ output: 'pred: image(4)' }, null, 'velocity', 0, 1],
  [{}, 'x0', 'x0', 0, 1],
  [{ more: text, sum: ' + mean(mean(prompt))' }, null, 'velocity', 1000, 0],
  [{ more: text, sum: ' + mean(mean(prompt))', time: 'time(noise: 1, data: 0)' }, 'noise', 'noise', 1, 0],
] as const)('takes what version 0.1.0 trained, %j with predict %s', (written, predict, prediction, noise, data) => {
  expect(recordedConventions(asBefore(model(written), predict))).toMatchObject({ prediction, time: { noise, data } });
});

it.each([
  ['time(noise: 0, data: 1)', 0, 1, 1],
  ['time(noise: 1000, data: 0)', 1000, 0, -1],
  ['time(noise: 1, data: 0)', 1, 0, -1],
  ['time(noise: 0, data: 1000)', 0, 1000, 1],
  ['time(noise: -1, data: 3)', -1, 3, 1],
] as const)('tells a model of %s the right time at both ends of every walk', (time, noise, data, direction) => {
  for (const solver of Object.values(solvers)) {
    const { seen, sign } = modelTime(model({ time }), solver);
    const [first, , last] = solver.times(2, 1);
    const isFalling = first > last;
    expect([seen(0), seen(1)]).toEqual(isFalling ? [data, noise] : [noise, data]);
    expect(sign).toBe(isFalling ? -direction : direction);
  }
});

it('says what cannot be trained or sampled', () => {
  expect(() => velocityModel(model({ output: 'pred: image(4)' }))).toThrow(
    'does not say what its output `pred` stands for',
  );
  expect(() => velocityModel(model({ time: 'time(noise: 999, data: 0, path: vp)' }))).toThrow('on the path `vp`');
});

it('is told in words', () => {
  expect(
    describeConventions(recordedConventions(model({ output: 'x0', time: 'time(noise: 9, data: 0, path: ve)' }))),
  ).toBe('the clean image (x0), time 9 at the noise and 0 at the data, on the path ve');
});
