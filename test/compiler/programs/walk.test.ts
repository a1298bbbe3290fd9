/** Solvers and guidances of std against the tables and formulas that they state again, in float64. */
import { expect, it } from '@jest/globals';
import { evaluate, type Arrays } from '../../../src/compiler/ir/evaluate';
import { rootsOf, topological, type NdArray } from '../../../src/compiler/ir/graph';
import { denoise } from '../../../src/compiler/programs/denoise';
import { guided } from '../../../src/compiler/programs/guided';
import { solvers, type SolverName } from '../../../src/compiler/programs/samplers/index';
import { array, normal, tinyModel, weightValues } from '../../support/tiny-model';
import type { Evaluation } from '../../../src/compiler/programs/samplers/solver';
import { planOf, walked } from '../../support/walk';

const model = tinyModel();
const variables = weightValues(model);
const noise = normal([2, 3, 4, 4], 7);
const y = array([2], 1, 4);

/** The velocity in float64, guided or not. */
function velocity(x: NdArray, time: number, scale: number | null): NdArray {
  const inputs: Arrays = { x_t: x, t: array([2], time, time), y };
  if (scale === null) return evaluate(denoise(model), { inputs, variables }).outputs.velocity;
  const all = { ...inputs, guidance: array([], scale) };
  return evaluate(guided(model), { inputs: all, variables }).outputs.velocity;
}

/** The walk by a solver's table in float64, from a grid of float64 or of numbers that float32 has. */
function byTable(name: SolverName, times: Float64Array, scale: (time: number) => number | null): number[] {
  const { end, evaluations } = solvers[name];
  // Its coefficients follow from whatever numbers are in the grid.
  const grid = times as unknown as Float32Array;
  let latents = [...noise.data];
  let kept = [...noise.data];
  for (const e of evaluations(grid) as readonly Evaluation[]) {
    const time = end === 'data' ? e.time : 1 - e.time;
    const sign = end === 'data' ? 1 : -1;
    const v = velocity({ shape: noise.shape, data: Float64Array.from(latents) }, time, scale(time));
    const sum = (c: typeof e.latents): number[] =>
      latents.map((x, i) => (c.latents ?? 0) * x + sign * (c.velocity ?? 0) * v.data[i] + (c.kept ?? 0) * kept[i]);
    [latents, kept] = [sum(e.latents), sum(e.kept)];
  }
  return latents;
}

const largest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

/** Numbers that float32 has, so that the widths of the tables are exact. */
const even = Float64Array.from({ length: 9 }, (_, i) => i / 8);
const shifted = Float64Array.from({ length: 9 }, (_, i) => {
  const s = 0.999 * (1 - i / 8);
  return (3 * s) / (1 + 2 * s);
});

it.each([
  ['euler', 'euler(steps: 8)', even],
  ['heun', 'heun(steps: 8)', even],
  ['heun_exact', 'heun_exact(steps: 8)', even],
  ['flow_dpm', 'flow_dpm(steps: 8)', even],
  ['dpm_solver_pp', 'dpm_solver_pp(steps: 8, shift: 3)', shifted],
] as const)('%s of std is that of the tables', (name, call, grid) => {
  const found = walked(planOf(model, { solver: call }), { noise, conditions: { y }, variables });
  expect(found).toHaveLength(8);
  expect(
    largest(
      found[7].data,
      byTable(name, grid, () => null),
    ),
  ).toBeLessThan(1e-10);
});

const walk = (solver: string, guidance?: string, own?: string): number[] => {
  const steps = walked(planOf(model, { solver, guidance, own }), { noise, conditions: { y }, variables });
  return [...steps[steps.length - 1].data];
};

it('guides by cfg inside of its interval', () => {
  // 0.3 is not guided: a bound is outside.
  const scale = (time: number): number | null => (time > 0.375 && time < 0.8 ? 3 : null);
  expect(largest(walk('euler(steps: 8)', 'cfg(3, from: 0.375, to: 0.8)'), byTable('euler', even, scale))).toBeLessThan(
    1e-10,
  );
});

it('asks the model once where nothing is guided, and once for both branches where it is', () => {
  const { kinds, steps } = planOf(model, { solver: 'euler(steps: 8)', guidance: 'cfg(3, from: 0.375, to: 0.8)' });
  expect(steps.map((s) => s.kind)).toEqual([0, 0, 0, 0, 1, 1, 1, 0]);
  const batches = kinds.map((p) => new Set(topological(rootsOf(p)).map((v) => String(v.shape[0]))));
  expect(batches.map((b) => b.has('2*batch'))).toEqual([false, true]);
});

it('takes 1 - 0.7 for 0.3, as float32 does', () => {
  const own = `solver back(steps: Int) { output noisy = noisy + velocity(noisy, 1 - (steps - index) / steps) / steps }`;
  const { steps } = planOf(model, { solver: 'back(steps: 10)', guidance: 'cfg(3, from: 0.3, to: 0.7)', own });
  expect(steps.map((s) => s.kind)).toEqual([0, 0, 0, 0, 1, 1, 1, 0, 0, 0]);
});

/** One step of Euler's method from the noise, in the numbers of one image. */
function oneStep(guide: (cond: number[], uncond: number[], x: number[]) => number[]): number[] {
  const at = (labels: NdArray): NdArray => {
    const inputs: Arrays = { x_t: noise, t: array([2], 0, 0), y: labels };
    return evaluate(denoise(model), { inputs, variables }).outputs.velocity;
  };
  const [cond, uncond] = [at(y), at(array([2], 5, 5))];
  return [0, 1].flatMap((image) => {
    const rows = [cond, uncond, noise].map(({ data }) => [...data.slice(48 * image, 48 * (image + 1))]);
    const [c, u, x] = rows;
    return guide(c, u, x).map((v, i) => x[i] + v);
  });
}
const dot = (a: number[], b: number[]): number => a.reduce((sum, x, i) => sum + x * b[i], 0);

it('brings the spread of guided velocities back', () => {
  const spread = (x: number[]): number => {
    const mean = x.reduce((a, b) => a + b, 0) / x.length;
    return Math.sqrt(x.reduce((sum, v) => sum + (v - mean) ** 2, 0) / x.length);
  };
  const expected = oneStep((c, u) => {
    const guided = u.map((v, i) => v + 5 * (c[i] - v));
    return guided.map((v) => (0.7 * (spread(c) / spread(guided)) + 0.3) * v);
  });
  expect(largest(walk('euler(steps: 1)', 'cfg(5, from: -1, rescale: 0.7)'), expected)).toBeLessThan(1e-10);
});

it('projects by apg: only what is across the clean image, no longer than asked', () => {
  const expected = oneStep((c, u, x) => {
    const clean = x.map((v, i) => v + c[i]);
    const way = c.map((v, i) => v - u[i]);
    const short = way.map((v) => v * Math.min(1, 0.5 / Math.sqrt(dot(way, way))));
    const share = dot(short, clean) / dot(clean, clean);
    return c.map((v, i) => v + 3 * (short[i] - 0.75 * share * clean[i]));
  });
  expect(largest(walk('euler(steps: 1)', 'apg(4, along: 0.25, longest: 0.5)'), expected)).toBeLessThan(1e-10);
});

it('keeps the momentum of apg from step to step', () => {
  const [still, moved] = [0, -0.5].map((m) => walk('euler(steps: 3)', `apg(4, momentum: ${m})`));
  const first = [0, -0.5].map((m) => walk('euler(steps: 1)', `apg(4, momentum: ${m})`));
  expect(largest(first[0], first[1])).toBeLessThan(1e-12);
  expect(largest(still, moved)).toBeGreaterThan(1e-4);
});

it('leads away from the answer of other weights', () => {
  const plan = planOf(model, { solver: 'euler(steps: 4)', guidance: 'auto(2, weights: "weak.safetensors")' });
  expect(plan.weak).toEqual(['weak.safetensors']);
  const under = (values: Arrays): Arrays =>
    Object.fromEntries(Object.entries(values).map(([name, value]) => [`weak1/${name}`, value]));
  const halved = Object.fromEntries(
    Object.entries(variables).map(([name, { shape, data }]) => [name, { shape, data: data.map((x) => x / 2) }]),
  );
  const found = walked(plan, { noise, conditions: { y }, variables: { ...variables, ...under(halved) } });
  let x = noise;
  for (let i = 0; i < 4; i++) {
    const inputs: Arrays = { x_t: x, t: array([2], i / 4, i / 4), y };
    const [strong, weak] = [variables, halved].map(
      (v) => evaluate(denoise(model), { inputs, variables: v }).outputs.velocity,
    );
    // The interval is open: at time 0 nothing acts.
    const guided = i === 0 ? strong.data : weak.data.map((w, k) => w + 2 * (strong.data[k] - w));
    x = { shape: x.shape, data: x.data.map((v, k) => v + guided[k] / 4) };
  }
  expect(largest(found[3].data, x.data)).toBeLessThan(1e-10);
});
