import { expect, it } from '@jest/globals';
import { openSession } from '../../../../src/backends/open';
import { hasPyTorch } from '../../../../src/backends/pytorch/python';
import type { HostTensor } from '../../../../src/backends/session';
import { denoise } from '../../../../src/compiler/programs/denoise';
import { guided } from '../../../../src/compiler/programs/guided';
import { solvers } from '../../../../src/compiler/programs/samplers';
import { runSolver } from '../../../../src/compiler/programs/samplers/sample';
import { weightsFor } from '../../../../src/run/weights-for';
import { compileModel, configured, type GoldenConfig } from '../../../support/compile';
import { goldenCase, relMax } from '../../../support/golden';

interface Config {
  readonly num_steps: number;
  readonly guidance: number;
  readonly flow_shift: number;
  readonly interval: [number, number];
}

const backends = hasPyTorch() ? (['tfjs', 'pytorch'] as const) : (['tfjs'] as const);
if (backends.length === 1) console.warn('No Python with PyTorch is found: trajectories are sampled on tfjs alone.');

it.each(backends)('samples text to image by DPM-Solver++ on %s through the reference latents', async (backend) => {
  const weights = goldenCase('t2i_tiny');
  const golden = goldenCase('sampler_dpmpp_t2i');
  const config = golden.about.config as Config;
  const { file, model: name, settings } = configured(weights.about.config as GoldenConfig);
  const model = compileModel(file, name, settings);
  const noise = golden.tensors['in/noise'];
  const [batch, tokens] = golden.tensors['in/text_cond'].shape;
  const programs = [denoise(model), guided(model)];
  const session = await openSession(backend, programs, { bindings: { batch, text: tokens } });
  try {
    await session.set(weightsFor(programs, weights.under('w')));
    const guidance: HostTensor = { shape: [], dtype: 'f32', data: Float32Array.of(config.guidance) };
    const latents: number[][] = [[...noise.data]];
    const text = golden.tensors['in/text_cond'];
    await runSolver({
      solver: solvers.dpm_solver_pp,
      steps: config.num_steps,
      shift: config.flow_shift,
      guidance: { scale: config.guidance, from: config.interval[0], to: config.interval[1] },
      noise: noise.data as Float32Array,
      velocity: async (x, sigma, isGuided) => {
        // The model reads 1000 sigma.
        const t: HostTensor = { shape: [batch], dtype: 'f32', data: new Float32Array(batch).fill(1000 * sigma) };
        const inputs = { x_t: { ...noise, data: x }, t, text };
        const outputs = await (isGuided
          ? session.run('guided', { ...inputs, text_none: golden.tensors['in/text_uncond'], guidance })
          : session.run('denoise', inputs));
        return outputs.velocity.data as Float32Array;
      },
      onStep: ({ x }) => void latents.push([...x]),
    });
    // The official run divides by 1 - sigma where it is small; `exact` is the same walk in float64.
    expect(relMax(latents.flat(), golden.tensors['exact/x_trajectory'].data)).toBeLessThanOrEqual(
      golden.tolerance.exact,
    );
    expect(relMax(latents.flat(), golden.tensors['out/x_trajectory'].data)).toBeLessThanOrEqual(golden.tolerance.out);
  } finally {
    await session.dispose();
  }
});
