import { expect, it } from '@jest/globals';
import { namesOf } from '../../../../src/compiler/recipe/fields';
import { solvers, type SolverName } from '../../../../src/compiler/programs/samplers';
import { guide, runSolver } from '../../../../src/compiler/programs/samplers/sample';
import { goldenCase, relMax, type GoldenCase } from '../../../support/golden';

interface Config {
  readonly num_steps: number;
  readonly guidance: number;
  readonly timeshift?: number;
  readonly flow_shift?: number;
  readonly interval: [number, number];
}

const cases: [string, SolverName][] = [
  ['sampler_euler_analytic', 'euler'],
  ['sampler_heun_analytic', 'heun'],
  ['sampler_heun_exact_analytic', 'heun_exact'],
  ['sampler_flowdpm_analytic', 'flow_dpm'],
  ['sampler_flowdpm_analytic_nocfg', 'flow_dpm'],
];

it.each(cases)('walks %s with %s through the reference latents', async (name, solver) => {
  const golden = goldenCase(name);
  const { xs, velocities: found, calls, guidedCalls } = await walk(golden, solver, analyticVelocity(golden));
  expect(calls).toEqual([...golden.tensors['out/model_calls_t'].data]);
  const { guidance } = golden.about.config as Config;
  if (guidance !== 1) expect(guidedCalls).toEqual([...golden.tensors['aux/guided_calls'].data]);
  expect(relMax(xs.flat(), golden.tensors['out/x_trajectory'].data)).toBeLessThanOrEqual(golden.tolerance.out);
  const velocities = solver.startsWith('heun') ? averagedByHeun(found, solver === 'heun_exact' ? 2 : 1) : found;
  expect(relMax(velocities.flat(), golden.tensors['out/v_trajectory'].data)).toBeLessThanOrEqual(golden.tolerance.out);
});

/** Velocities of Heun's steps: the mean of those at both ends, `stride` evaluations from step to step; the last is Euler's. */
function averagedByHeun(found: readonly number[][], stride: number): number[][] {
  const steps = found.filter((_, i) => i % stride === 0);
  return steps.map((v, i) => (i < steps.length - 1 ? v.map((a, k) => (a + found[stride * i + 1][k]) / 2) : v));
}

it('walks the text sampler through the exact latents', async () => {
  const golden = goldenCase('sampler_dpmpp_analytic');
  const clean = analyticVelocity(golden);
  const flow = (x: Float32Array, sigma: number, y: Int32Array): Float32Array => clean(x, 1 - sigma, y).map((v) => -v);
  const { xs, calls } = await walk(golden, 'dpm_solver_pp', flow);
  const modelTimes = calls.map((sigma) => 1000 * sigma);
  expect(relMax(modelTimes, golden.tensors['out/model_calls_t'].data)).toBeLessThanOrEqual(1e-6);
  expect(relMax(xs.flat(), golden.tensors['exact/x_trajectory'].data)).toBeLessThanOrEqual(golden.tolerance.exact);
});

/**
 * By how much halving the step divides the error, at least: about 2 for a solver of first order, 4 for second. Null for a solver that has
 * no whole order on uniform times; the test before compares it with exact latents. A new solver does not compile without its row.
 */
const ratios: { readonly [S in SolverName]: number | null } = {
  euler: 1.7,
  heun: 3,
  heun_exact: 3,
  flow_dpm: 3,
  dpm_solver_pp: null,
};

const ofOrder = namesOf(ratios).flatMap((solver) =>
  ratios[solver] === null ? [] : [[solver, ratios[solver]] as const],
);

it.each(ofOrder)('reaches the closed form by %s as steps grow, in its order', async (solver, least) => {
  const golden = goldenCase('sampler_euler_analytic');
  const noise = golden.tensors['in/noise'].data as Float32Array;
  const labels = golden.tensors['in/y_cond'].data as Int32Array;
  const want = Array.from(noise, (x, i) => golden.tensors['aux/mu'].data[labels[Math.floor(i / 48)]] + 0.5 * x);
  const field = analyticVelocity(golden);
  const velocity = async (x: Float32Array, t: number): Promise<Float32Array> => field(x, t, labels);
  const errorOf = async (steps: number): Promise<number> => {
    const run = {
      steps,
      shift: 1,
      guidance: null,
      noise,
      velocity: async (x: Float32Array, t: number) => velocity(x, t),
    };
    return relMax(await runSolver({ solver: solvers[solver], ...run }), want);
  };
  expect((await errorOf(32)) / (await errorOf(64))).toBeGreaterThan(least);
});

type Field = (x: Float32Array, t: number, y: Int32Array) => Float32Array;

async function walk(golden: GoldenCase, solver: SolverName, field: Field) {
  const config = golden.about.config as Config;
  const noise = golden.tensors['in/noise'].data as Float32Array;
  const [cond, uncond] = ['in/y_cond', 'in/y_uncond'].map((k) => golden.tensors[k].data as Int32Array);
  const xs: number[][] = [[...noise]];
  const velocities: number[][] = [];
  const calls: number[] = [];
  const guidedCalls: number[] = [];
  await runSolver({
    solver: solvers[solver],
    steps: config.num_steps,
    shift: config.timeshift ?? config.flow_shift ?? 1,
    guidance: { scale: config.guidance, from: config.interval[0], to: config.interval[1] },
    noise,
    velocity: async (x, t, guided) => {
      calls.push(t);
      guidedCalls.push(Number(guided));
      const velocity = guided ? guide(field(x, t, uncond), field(x, t, cond), config.guidance) : field(x, t, cond);
      velocities.push([...velocity]);
      return velocity;
    },
    onStep: ({ x }) => void xs.push([...x]),
  });
  return { xs, velocities, calls, guidedCalls };
}

/** v(x, t, y) = μ + ((t s² - (1-t)) / (t² s² + (1-t)²)) · (x - t μ), s = 1/2: exact for Gaussian data of mean μ[y]. */
function analyticVelocity(golden: GoldenCase): Field {
  const means = golden.tensors['aux/mu'].data;
  return (x, t, y) => {
    const slope = (t * 0.25 - (1 - t)) / (t * t * 0.25 + (1 - t) ** 2);
    const perImage = x.length / y.length;
    return x.map((xi, i) => {
      const mean = means[y[Math.floor(i / perImage)]];
      return mean + slope * (xi - t * mean);
    });
  };
}
