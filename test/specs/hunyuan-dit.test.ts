import { expect, it } from '@jest/globals';
import { openSession } from '../../src/backends/open';
import type { HostTensors } from '../../src/backends/session';
import { denoise } from '../../src/compiler/programs/denoise';
import { grad } from '../../src/compiler/programs/loss';
import { costsOf } from '../../src/compiler/report/costs';
import { onBackends } from '../support/native';
import { compileModel } from '../support/compile';
import { relMax } from '../support/golden';
import { patterned } from '../support/patterned';
import { asStraight, patternedWeights, peerFixture, weightShapes } from '../support/peer-fixture';

const file = 'specs/peers/hunyuan-dit.weft';
const fixture = peerFixture('hunyuan-dit');
const small = compileModel(file, 'HunyuanDiT', {
  size: '6x8',
  width: '16',
  heads: '2',
  depth: '6',
  hidden: '32',
  text_width: '6',
  text_length: '3',
  t5_width: '16',
  t5_length: '4',
  pooled_width: '5',
  base: '4',
});
const inputs: HostTensors = {
  x_t: patterned('in/x_t', [2, 4, 6, 8]),
  t: { shape: [2], dtype: 'f32', data: Float32Array.of(0.5, 3) },
  text: patterned('in/text', [2, 3, 6]),
  text_mask: { shape: [2, 3], dtype: 'i32', data: Int32Array.of(1, 1, 0, 1, 1, 1) },
  t5: patterned('in/t5', [2, 4, 16]),
  t5_real: { shape: [2, 4], dtype: 'f32', data: Float32Array.of(1, 0, 0, 0, 1, 1, 1, 0) },
  sizes: patterned('in/sizes', [2, 6], 4),
};

it('has the parameters of versions 1.1 and 1.2', () => {
  const [first, later] = ['HunyuanDiT_1_1', 'HunyuanDiT_1_2'].map((name) => costsOf(compileModel(file, name)));
  expect(first.parameters).toBe(fixture.parameters);
  expect(later.parameters).toBe(1_499_952_032);
});

it('has the weights of diffusers, path for path', () => {
  expect(weightShapes(small)).toEqual(fixture.weights);
});

// The peer computes norms, rotations and features of times in float32, the rest in float64.
it.each(onBackends({ reference: 1e-5, tfjs: 1e-4, onnx: 1e-4, tensorflow: 1e-4 }))(
  'gives the noise and variance that diffusers gives, on %s',
  async (backend, tolerance) => {
    const session = await openSession(backend, [denoise(small)], { bindings: { batch: 2 } });
    try {
      await session.set(patternedWeights(small));
      const { noise, variance } = await session.run('denoise', inputs);
      const each = noise.data.length / 2;
      const images = [0, 1].flatMap((i) => [noise, variance].map((x) => x.data.slice(i * each, (i + 1) * each)));
      expect(fixture.shape).toEqual([2, 8, 6, 8]);
      expect(
        relMax(
          images.flatMap((x) => [...x]),
          fixture.output,
        ),
      ).toBeLessThan(tolerance);
    } finally {
      await session.dispose();
    }
  },
);

it('trains every weight, alike on the reference evaluator and in the portable backend', async () => {
  const program = grad(asStraight(small));
  const given = { ...inputs, v_target: patterned('in/v_target', [2, 4, 6, 8]) };
  const results: HostTensors[] = [];
  for (const backend of ['reference', 'tfjs'] as const) {
    const session = await openSession(backend, [program], { bindings: { batch: 2 } });
    try {
      await session.set(patternedWeights(small));
      results.push(await session.run('grad', given));
    } finally {
      await session.dispose();
    }
  }
  const [want, got] = results;
  expect(Object.keys(want).filter((k) => !(relMax(got[k].data, want[k].data) < 1e-3))).toEqual([]);
  expect(Object.keys(fixture.weights).filter((path) => want[`grad/${path}`].data.every((x) => x === 0))).toEqual([]);
});
