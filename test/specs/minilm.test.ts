import { expect, it } from '@jest/globals';
import { openSession } from '../../src/backends/open';
import { compileModel } from '../support/compile';
import { expectClose, goldenCase } from '../support/golden';

const tiny = goldenCase('minilm_tiny');
const model = compileModel(
  'specs/encoders/minilm.weft',
  'MiniLM',
  Object.fromEntries(Object.entries(tiny.about.config as object).map(([k, v]) => [k, String(v)])),
);

it('names its weights as the published files do', () => {
  expect(model.weights.map((w) => w.leaf.name).sort()).toEqual(Object.keys(tiny.under('w')).sort());
});

it.each(['reference', 'tfjs'] as const)('gives on %s what BERT gives, padding left out', async (backend) => {
  const program = { name: 'encode', inputs: model.inputs.map((i) => i.value), outputs: model.outputs, updates: [] };
  const session = await openSession(backend, [program], { bindings: { batch: 3, text: 5 } });
  await session.set(tiny.under('w'));
  const { features } = await session.run('encode', tiny.under('in'));
  await session.dispose();
  const want = tiny.under('out').features;
  expect(features.shape).toEqual([3, 5, 8]);
  expectClose(features.data, want.data, tiny.tolerance.out, 'features');
});
