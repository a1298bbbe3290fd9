import { expect, it } from '@jest/globals';
import { openSession } from '../../src/backends/open';
import { compileModel } from '../support/compile';
import { relMax } from '../support/golden';
import { patterned } from '../support/patterned';
import { patternedStatistics, peerFixture, withoutStatistics } from '../support/peer-fixture';

const spec = 'specs/encoders/inception-v3.weft';

it.each([
  ['inception-v3', 'pytorch-fid', {}],
  ['inception-v3-classic', 'torchvision', { classes: '1000', classic: 'true' }],
] as const)('%s has the weights and gives the features of %s', async (name, _, set) => {
  const fixture = peerFixture(name);
  const model = compileModel(spec, 'InceptionV3', { ...set, size: '75x107' });
  const { shapes, parameters } = withoutStatistics(model);
  expect(shapes).toEqual(fixture.weights);
  expect(parameters).toBe(fixture.parameters);

  const program = { name: 'encode', inputs: model.inputs.map((i) => i.value), outputs: model.outputs, updates: [] };
  const session = await openSession('onnx', [program], { bindings: { batch: 1 } });
  await session.set(patternedStatistics(model));
  const { features, spatial, logits } = await session.run('encode', { image: patterned('in/image', [1, 3, 75, 107]) });
  await session.dispose();
  const places = spatial.data.length;
  const [first, second] = [2048, 2048 + places];
  // float32 through 94 layers against float64.
  expect(relMax(features.data, fixture.output.slice(0, first))).toBeLessThan(1e-4);
  expect(relMax(spatial.data, fixture.output.slice(first, second))).toBeLessThan(1e-4);
  expect(relMax(logits.data, fixture.output.slice(second))).toBeLessThan(1e-4);
});

it('has the sizes that FID is known by', () => {
  const model = compileModel(spec, 'InceptionV3');
  const sizes = Object.entries(model.outputs).map(([name, value]) => [name, value.shape.slice(1).map(Number)]);
  expect(Object.fromEntries(sizes)).toEqual({ features: [2048], spatial: [17, 17, 7], logits: [1008] });
});
