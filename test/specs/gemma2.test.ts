import { expect, it } from '@jest/globals';
import { openSession } from '../../src/backends/open';
import type { BackendName, HostTensors } from '../../src/backends/session';
import { costsOf } from '../../src/compiler/report/costs';
import { onBackends } from '../support/native';
import { compileModel } from '../support/compile';
import { relMax } from '../support/golden';
import { patternedWeights, peerFixture, weightShapes } from '../support/peer-fixture';

const file = 'specs/encoders/gemma2.weft';
const fixture = peerFixture('gemma2');
const small = compileModel(file, 'Gemma2', {
  vocabulary: '23',
  longest: '16',
  width: '12',
  heads: '4',
  kv_heads: '2',
  head: '6',
  depth: '4',
  hidden: '20',
  window: '4',
  query_scalar: '3',
  cap: '0.75',
});
// Longer than two windows; whole, with padding behind, and with padding before.
const tokens = [2, 4, 22, 9, 9, 1, 17, 13, 5, 2, 7, 3, 19, 11, 6, 0, 0, 0, 0, 0, 0, 0, 2, 21, 8, 14, 10];
const real = [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1];

it('has the parameters of gemma-2-2b-it', () => {
  expect(fixture.parameters).toBe(2_614_341_888);
  expect(costsOf(compileModel(file, 'Gemma2_2B')).parameters).toBe(fixture.parameters);
});

it('has the weights of transformers, path for path', () => {
  expect(weightShapes(small)).toEqual(fixture.weights);
});

// The peer computes in float32.
it.each(onBackends({ reference: 1e-5, tfjs: 1e-5, onnx: 1e-5, tensorflow: 1e-5 }))(
  'gives the features of transformers where there are tokens, on %s',
  async (backend, tolerance) => {
    const { features } = await encode(backend, { tokens, text_mask: real });
    expect(features.shape).toEqual(fixture.shape);
    const ofTokens = (all: ArrayLike<number>): number[] => Array.from(all).filter((_, i) => real[Math.floor(i / 12)]);
    expect(relMax(ofTokens(features.data), ofTokens(fixture.output))).toBeLessThan(tolerance);
  },
);

async function encode(backend: BackendName, given: { [name: string]: number[] }) {
  const program = { name: 'encode', inputs: small.inputs.map((i) => i.value), outputs: small.outputs, updates: [] };
  const inputs: HostTensors = Object.fromEntries(
    Object.entries(given).map(([name, rows]) => [name, { shape: [3, 9], dtype: 'i32', data: Int32Array.from(rows) }]),
  );
  const session = await openSession(backend, [program], { bindings: { batch: 3, text: 9 } });
  try {
    await session.set(patternedWeights(small));
    return await session.run('encode', inputs);
  } finally {
    await session.dispose();
  }
}
