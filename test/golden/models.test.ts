import { expect, it } from '@jest/globals';
import type { HostTensors } from '../../src/backends/session';
import { denoise } from '../../src/compiler/programs/denoise';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { grad } from '../../src/compiler/programs/loss';
import { weightsFor } from '../../src/run/weights-for';
import { backends } from '../support/backends';
import { compileModel, configured, type GoldenConfig } from '../support/compile';
import { goldenCase, goldenWeights, relMax, type GoldenCase } from '../support/golden';

const cases = ['c2i_tiny', 'c2i_micro', 'c2i_attn_width', 'c2i_postmod', 'vanilla_dit_tiny', 't2i_tiny', 't2i_tiny_mask'];

for (const name of cases) {
  const golden = goldenCase(name);
  const weights = goldenWeights(golden);
  const masked = 'in/text_mask' in golden.tensors;
  const model = modelOf(golden, masked ? { text_mask: 'true' } : {});
  const inputs = pick(golden.tensors, [...model.inputs.map((i) => i.name), 'v_target']);
  const bindings = { batch: golden.tensors['in/t'].shape[0], text: golden.tensors['in/text']?.shape[1] ?? 0 };

  it(`gives ${name} the reference's weights: every name and shape, no other`, () => {
    const made = Object.fromEntries(model.weights.map((w) => [w.leaf.name, w.shape]));
    const wanted = Object.fromEntries(Object.entries(weights).map(([k, t]) => [k, t.shape]));
    expect(made).toEqual(wanted);
  });

  for (const backend of backends) {
    it(`${backend.name} computes ${name}: output, intermediates${backend.trains ? ', loss, every gradient' : ''}`, async () => {
      const taps = Object.keys(golden.under('act')).filter((k) => model.taps[k]);
      const forward = denoise(model, backend.trains ? taps : []);
      const programs = backend.trains ? [forward, grad(model, { inputs: Object.keys(golden.under('grad_in')) })] : [forward];
      const session = await backend.open(programs, { bindings });
      try {
        await session.set(weightsFor(programs, weights));
        const { v_target: _, ...forwardInputs } = inputs;
        const results = { ...(await session.run('denoise', forwardInputs)) };
        if (backend.trains) Object.assign(results, await session.run('grad', inputs));
        expect(misses(golden, results, backend.trains, taps)).toEqual([]);
      } finally {
        await session.dispose();
      }
    });
  }
}

for (const name of ['c2i_tiny', 't2i_tiny', 'vanilla_dit_tiny']) {
  it(`names the intermediates of the reference in ${name}`, () => {
    const golden = goldenCase(name);
    expect(Object.keys(golden.under('act')).filter((k) => !modelOf(golden).taps[k])).toEqual([]);
  });
}

function modelOf(golden: GoldenCase, settings: { readonly [name: string]: string } = {}): ModelGraph {
  const { file, model, settings: own } = configured(golden.about.config as GoldenConfig);
  return compileModel(file, model, { ...own, ...settings });
}

/** Every golden tensor that is missed, by how much. */
function misses(golden: GoldenCase, results: HostTensors, trained: boolean, taps: readonly string[]): string[] {
  const compare = (prefix: string, key: string, output: string): string[] => {
    const got = results[output];
    const distance = got ? relMax(got.data, golden.tensors[`${prefix}/${key}`].data) : Infinity;
    return distance <= golden.tolerance[prefix] ? [] : [`${prefix}/${key}: ${distance}`];
  };
  if (!trained) return compare('out', 'velocity', 'velocity');
  return [
    ...Object.keys(golden.under('out')).flatMap((k) => compare('out', k, k)),
    ...taps.flatMap((k) => compare('act', k, `tap/${k}`)),
    ...Object.keys(golden.under('grad')).flatMap((k) => compare('grad', k, `grad/${k}`)),
    ...Object.keys(golden.under('grad_in')).flatMap((k) => compare('grad_in', k, `grad_in/${k}`)),
  ];
}

function pick(tensors: GoldenCase['tensors'], names: readonly string[]): HostTensors {
  return Object.fromEntries(names.map((n) => [n, tensors[`in/${n}`]]));
}
