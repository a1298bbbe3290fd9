import { expect, it } from '@jest/globals';
import type { HostTensors } from '../../src/backends/session';
import { denoise } from '../../src/compiler/programs/denoise';
import { grad } from '../../src/compiler/programs/loss';
import { backends } from '../support/backends';
import { compileModel, pixelditSettings } from '../support/compile';
import { goldenCase, relMax } from '../support/golden';

const cases = ['c2i_tiny', 'c2i_micro', 'c2i_attn_width', 'c2i_postmod'];

for (const name of cases) {
  const golden = goldenCase(name);
  const model = compileModel('specs/pixeldit.weft', 'PixelDiT', pixelditSettings(golden.about.config as { [key: string]: unknown }));
  const inputs = pick(golden.tensors, ['x_t', 't', 'y', 'v_target']);
  const batch = golden.tensors['in/t'].shape[0];

  it(`gives ${name} the reference's weights: every name and shape, no other`, () => {
    const made = Object.fromEntries(model.weights.map((w) => [w.leaf.name, w.shape]));
    const wanted = Object.fromEntries(Object.entries(golden.under('w')).map(([k, t]) => [k, t.shape]));
    expect(made).toEqual(wanted);
  });

  for (const backend of backends) {
    it(`${backend.name} computes ${name}: output, intermediates${backend.trains ? ', loss, every gradient' : ''}`, async () => {
      const taps = Object.keys(golden.under('act')).filter((k) => model.taps[k]);
      const forward = denoise(model, backend.trains ? taps : []);
      const programs = backend.trains ? [forward, grad(model, { inputs: ['x_t'] })] : [forward];
      const session = await backend.open(programs, { bindings: { batch } });
      try {
        await session.set(golden.under('w'));
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

it('names the intermediates of the reference', () => {
  const golden = goldenCase('c2i_tiny');
  const model = compileModel('specs/pixeldit.weft', 'PixelDiT', pixelditSettings(golden.about.config as { [key: string]: unknown }));
  expect(Object.keys(golden.under('act')).filter((k) => !model.taps[k])).toEqual([]);
});

/** Every golden tensor that is missed, by how much. */
function misses(golden: ReturnType<typeof goldenCase>, results: HostTensors, trained: boolean, taps: readonly string[]): string[] {
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

function pick(tensors: ReturnType<typeof goldenCase>['tensors'], names: readonly string[]): HostTensors {
  return Object.fromEntries(names.map((n) => [n, tensors[`in/${n}`]]));
}
