import { expect, it } from '@jest/globals';
import { openSession } from '../../../../src/backends/open';
import { hasPyTorch } from '../../../../src/backends/pytorch/python';
import type { HostTensor, Session } from '../../../../src/backends/session';
import { denoise } from '../../../../src/compiler/programs/denoise';
import { guided } from '../../../../src/compiler/programs/guided';
import { solvers } from '../../../../src/compiler/programs/samplers';
import { runSolver } from '../../../../src/compiler/programs/samplers/sample';
import { compileModel, pixelditSettings } from '../../../support/compile';
import { goldenCase, relMax } from '../../../support/golden';

interface Config {
  readonly num_steps: number;
  readonly guidance: number;
  readonly timeshift: number;
  readonly interval: [number, number];
}

// The portable backend is everywhere, computes in float32 as the reference did, and is quick; PyTorch is what the reference ran on.
const backends = hasPyTorch() ? (['tfjs', 'pytorch'] as const) : (['tfjs'] as const);
if (backends.length === 1) console.warn('No Python with PyTorch is found: trajectories are sampled on tfjs alone.');

async function open(backend: 'tfjs' | 'pytorch'): Promise<Session> {
  const tiny = goldenCase('c2i_tiny');
  const settings = pixelditSettings(tiny.about.config as { readonly [key: string]: unknown });
  const model = compileModel('specs/pixeldit.weft', 'PixelDiT', settings);
  const session = await openSession(backend, [denoise(model), guided(model)], { bindings: { batch: 2 } });
  await session.set(tiny.under('w'));
  return session;
}

const cases = (
  [
    ['sampler_euler_c2i', 'euler'],
    ['sampler_heun_c2i', 'heun'],
    ['sampler_heun_exact_c2i', 'heun_exact'],
    ['sampler_flowdpm_c2i', 'flow_dpm'],
  ] as const
).flatMap(([name, solver]) => backends.map((backend) => ({ name, solver, backend })));

it.each(cases)('samples $name on $backend through the reference latents', async ({ name, solver, backend }) => {
  const session = await open(backend);
  const golden = goldenCase(name);
  const config = golden.about.config as Config;
  const noise = golden.tensors['in/noise'];
  const y = golden.tensors['in/y_cond'];
  const guidance: HostTensor = { shape: [], dtype: 'f32', data: Float32Array.of(config.guidance) };
  const latents: number[][] = [[...noise.data]];
  await runSolver({
    solver: solvers[solver],
    steps: config.num_steps,
    shift: config.timeshift,
    guidance: { scale: config.guidance, from: config.interval[0], to: config.interval[1] },
    noise: noise.data as Float32Array,
    velocity: async (x, t, isGuided) => {
      const times: HostTensor = { shape: y.shape, dtype: 'f32', data: new Float32Array(y.data.length).fill(t) };
      const inputs = { x_t: { ...noise, data: x }, t: times, y };
      const outputs = await (isGuided
        ? session.run('guided', { ...inputs, guidance })
        : session.run('denoise', inputs));
      return outputs.velocity.data as Float32Array;
    },
    onStep: ({ x }) => void latents.push([...x]),
  });
  await session.dispose();
  expect(relMax(latents.flat(), golden.tensors['out/x_trajectory'].data)).toBeLessThanOrEqual(golden.tolerance.out);
});
