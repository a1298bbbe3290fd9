/** What a sample section says of its solver reaches the walk: the width of the last step, and whole numbers as times. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import type { Spec } from '../../../src/compiler/compile';
import { samplerProgram } from '../../../src/compiler/programs/sample';
import { sampleWith } from '../../../src/compiler/sections/sample';
import { readWritten } from '../../../src/compiler/sections/written';

const specOf = (solver: string, time = 'noise: 1000, data: 0'): Spec => {
  const text = `model M() { input x: image(8x8) input t: time(${time}) output velocity = x * t }
sample s of M { solver = ${solver} }`;
  return checkFile('case.weft', (path) => (path === 'case.weft' ? text : null));
};

/** What the model is told in the turns of an exported walk. */
function told(solver: string, time?: string): number[] {
  const spec = specOf(solver, time);
  expect(spec.diagnostics).toEqual([]);
  return [...samplerProgram(spec.elaborate('M').model!, spec.samples[0]).rounds[0].tables['loop/t']];
}

const rounded = (times: readonly number[]): number[] => times.map((t) => Number(t.toFixed(3)));

it.each<[string, string | undefined, number[]]>([
  ['euler(steps: 4)', 'noise: 0, data: 1', [0, 0.25, 0.5, 0.75]],
  ['euler(steps: 4, last_step: 0.1)', 'noise: 0, data: 1', [0, 0.3, 0.6, 0.9]],
  ['flow_dpm(steps: 3, last_step: 0.04)', 'noise: 0, data: 1', [0, 0.48, 0.96]],
  ['heun(steps: 3, last_step: 0.04)', undefined, [1000, 520, 40]],
  ['dpm_solver_pp(steps: 3)', undefined, [999, 666, 333]],
  ['euler(steps: 3)', undefined, [1000, 666.667, 333.333]],
  ['euler(steps: 3, whole_times: true)', undefined, [1000, 667, 333]],
  ['dpm_solver_pp(steps: 7, whole_times: true)', undefined, [999, 856, 714, 571, 428, 285, 143]],
])('%s asks the model at times', (solver, time, expected) => {
  expect(rounded(told(solver, time))).toEqual(expected);
});

it.each([
  ['dpm_solver_pp(steps: 3, last_step: 0.1)', 'unexpected-argument'],
  ['euler(steps: 3, last_step: 0)', 'out-of-range'],
  ['euler(steps: 3, last_step: 1)', 'out-of-range'],
  ['euler(steps: 3, whole_times: 1)', 'setting-kind'],
])('refuses %s', (solver, code) => {
  expect(specOf(solver).diagnostics.map((d) => d.code)).toEqual([code]);
});

it('keeps both where another setting is given by hand', () => {
  const [written] = specOf('euler(steps: 3, last_step: 0.1, whole_times: true)').samples;
  const { settings } = sampleWith(written, [readWritten('solver.steps', '5').entry!]);
  expect(settings).toEqual({ ...written, steps: 5 });
});

it('says that a time from 0 to 1 has no whole numbers between', () => {
  expect(() => told('euler(steps: 3, whole_times: true)', 'noise: 0, data: 1')).toThrow('only the ends');
});
