import { expect, it } from '@jest/globals';
import { openSession } from '../../src/backends/open';
import type { HostTensor } from '../../src/backends/session';
import { topological, type Program } from '../../src/compiler/ir/graph';
import { onBackends } from '../support/native';
import { compileModel } from '../support/compile';
import { relMax } from '../support/golden';
import { patterned } from '../support/patterned';
import { patternedStatistics, peerFixture, withoutStatistics } from '../support/peer-fixture';

const fixture = peerFixture('efficientnet-lite0');
const model = compileModel('specs/encoders/efficientnet-lite0.weft', 'EfficientNetLite0', { size: '32x32' });

it('has the weights of the published files, path for path, without the classifier', () => {
  const { shapes, parameters } = withoutStatistics(model);
  expect(shapes).toEqual(fixture.weights);
  expect(parameters).toBe(fixture.parameters - 1000 * 1281);
});

it.each(onBackends({ tfjs: 1e-4, onnx: 1e-4, tensorflow: 1e-4 }))(
  'gives on %s the features that PyTorch gives',
  async (backend, tolerance) => {
    const inputs = model.inputs.map((i) => i.value);
    const program = { name: 'encode', inputs, outputs: model.outputs, updates: [] };
    const session = await openSession(backend, [program], { bindings: { batch: 2 } });
    await session.set(patternedStatistics(model));
    const { features } = await session.run('encode', { image: patterned('in/image', [2, 3, 32, 32], 20) });
    await session.dispose();
    expect(features.shape).toEqual(fixture.shape);
    expect(relMax(features.data, fixture.output)).toBeLessThan(tolerance);
  },
);

it('gives tokens of what it computes before the last halving, of images as alignment gives them', async () => {
  const tokens = compileModel('specs/encoders/efficientnet-lite0.weft', 'EfficientNetLite0Tokens', { size: '32x32' });
  const image = patterned('in/image', [1, 3, 32, 32]);
  const [mean, deviation] = [
    [0.485, 0.456, 0.406],
    [0.229, 0.224, 0.225],
  ];
  const colour = (i: number): number => Math.floor(i / 1024);
  const normalized = image.data.map((x, i) => ((x + 1) / 2 - mean[colour(i)]) / deviation[colour(i)]);
  const run = async (from: typeof model, outputs: Program['outputs'], data: HostTensor['data']) => {
    const program = { name: 'encode', inputs: from.inputs.map((i) => i.value), outputs, updates: [] };
    const session = await openSession('onnx', [program], { bindings: { batch: 1 } });
    const own = new Set(
      topological(Object.values(outputs)).flatMap((v) => (v.leaf?.kind === 'variable' ? [v.leaf.name] : [])),
    );
    await session.set(Object.fromEntries(Object.entries(patternedStatistics(model)).filter(([path]) => own.has(path))));
    const { out } = await session.run('encode', { image: { ...image, data } });
    await session.dispose();
    return out;
  };
  const got = await run(tokens, { out: tokens.outputs.tokens }, Float32Array.from(normalized));
  const map = await run(model, { out: model.taps['_blocks.10'] }, image.data);
  expect([got.shape, map.shape]).toEqual([
    [1, 4, 112],
    [1, 112, 2, 2],
  ]);
  const inOrder = Array.from(got.data, (_, i) => map.data[(i % 112) * 4 + Math.floor(i / 112)]);
  expect(relMax(got.data, inOrder)).toBeLessThan(1e-4);
});
