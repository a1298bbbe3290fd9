/** Walks from noise to a Gaussian, of which everything is known in closed form, in float64. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import type { NdArray } from '../../../src/compiler/ir/graph';
import { declaredWalk } from '../../../src/compiler/programs/declared-walk';
import { normalDraws } from '../../../src/compiler/ops/philox';
import { readSpec } from '../../support/compile';
import { walked } from '../../support/walk';

const [mean, std] = [0.6, 0.4];

/**
 * x = t·x₁ + (1-t)·ε with x₁ ~ N(mean, std²): E[x₁ - ε | x] = mean + (t·std² - (1-t)) / (t²·std² + (1-t)²) · (x - t·mean).
 * `until` makes it the mean velocity up to that time: (T(x) - x) / (until - t) with T(x) where the flow through x is then.
 */
const spec = (solver: string): string => `
import { ${solver.replace(/\(.*/, '')} } from "std/solvers"
model G(size: Size = 32x32) {
  input noisy: image(size)
  input time:  time(noise: 0, data: 1)
  ${solver.startsWith('mean_flow') ? 'input until: scalar' : ''}
  let spread = (time * ${std}) ^ 2 + (1 - time) ^ 2
  let far = noisy - time * ${mean}
  output velocity: image(size) = ${
    solver.startsWith('mean_flow')
      ? `(until * ${mean} + sqrt(((until * ${std}) ^ 2 + (1 - until) ^ 2) / spread) * far - noisy) / (until - time)`
      : `${mean} + (time * ${std} ^ 2 - (1 - time)) / spread * far`
  }
}
sample s of G { solver = ${solver} }`;

const shape = [16, 3, 32, 32];
const draw = (stream: number): NdArray => ({ shape, data: normalDraws([3, 9], stream, 16 * 3 * 32 * 32) });

function drawn(solver: string): Float64Array {
  const found = checkFile('g.weft', (path) => (path === 'g.weft' ? spec(solver) : readSpec(path)));
  expect(found.diagnostics).toEqual([]);
  const plan = declaredWalk(found.elaborate('G').model!, found.samples[0])!;
  const steps = walked(plan, { noise: draw(0), draw: (n) => draw(n + 1) });
  return steps[steps.length - 1].data as Float64Array;
}

function moments(x: Float64Array): { mean: number; std: number } {
  const m = x.reduce((a, b) => a + b, 0) / x.length;
  return { mean: m, std: Math.sqrt(x.reduce((sum, v) => sum + (v - m) ** 2, 0) / x.length) };
}

/** The flow takes each number of the noise where it belongs. */
const exact = Float64Array.from(draw(0).data, (x) => mean + std * x);
const away = (x: Float64Array): number => Math.sqrt(x.reduce((sum, v, i) => sum + (v - exact[i]) ** 2, 0) / x.length);

it.each(['mean_flow_steps(steps: 1)', 'mean_flow_steps(steps: 3, shift: 2)'])(
  '%s ends where the flow does',
  (solver) => {
    expect(away(drawn(solver))).toBeLessThan(1e-10);
  },
);

it('errs half as much in twice the steps by Euler, and a quarter by Heun', () => {
  const errors = (name: string): number[] => [8, 16].map((n) => away(drawn(`${name}(steps: ${n})`)));
  const [euler, heun] = ['euler', 'heun_exact'].map(errors);
  expect(euler[0] / euler[1]).toBeGreaterThan(1.7);
  expect(heun[0] / heun[1]).toBeGreaterThan(3.2);
});

// The standard error of the mean of 49,152 numbers is 0.002, that of their spread 0.0013; the rest is of the steps.
it.each([
  ['euler_maruyama(steps: 100)', 0.012],
  ['euler_maruyama(steps: 100, churn: 0.3)', 0.012],
])('%s has the moments of the data', (solver, tolerance) => {
  const found = moments(drawn(solver));
  expect(Math.abs(found.mean - mean)).toBeLessThan(tolerance);
  expect(Math.abs(found.std - std)).toBeLessThan(tolerance);
});

it('draws anew: where Euler–Maruyama ends does not follow from the noise it starts from', () => {
  const x = drawn('euler_maruyama(steps: 60)');
  const { mean: m, std: s } = moments(x);
  const noise = draw(0).data;
  const correlation = x.reduce((sum, v, i) => sum + ((v - m) / s) * noise[i], 0) / x.length;
  expect(Math.abs(correlation)).toBeLessThan(0.4);
  expect(away(drawn('euler_maruyama(steps: 60, churn: 0)'))).toBeLessThan(0.02);
});

it('consistency goes to the clean image and back', () => {
  // With this model a step gives E[x₁ | x], which a trained consistency model would not: after one step the mean alone is left.
  const found = moments(drawn('consistency(steps: 1)'));
  expect(found.mean).toBeCloseTo(mean, 10);
  expect(found.std).toBeLessThan(1e-10);
});
