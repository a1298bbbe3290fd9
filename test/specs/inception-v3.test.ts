import { expect, it } from '@jest/globals';
import { openSession } from '../../src/backends/open';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { costsOf } from '../../src/compiler/report/costs';
import { compileModel } from '../support/compile';
import { relMax } from '../support/golden';
import { patterned } from '../support/patterned';
import { patternedWeights, peerFixture, weightShapes } from '../support/peer-fixture';

const spec = 'specs/encoders/inception-v3.weft';
const isStatistic = (path: string): boolean => /\.running_(mean|var)$/.test(path);

/** Numbers for every weight; of statistics they are as in the fixture. */
function weights(model: ModelGraph): HostTensors {
  const drawn = Object.entries(patternedWeights(model)).map(([path, tensor]): [string, HostTensor] => {
    if (!isStatistic(path)) return [path, tensor];
    const centre = path.endsWith('var') ? 1 : 0;
    const { data } = patterned(path, tensor.shape, 0.25);
    return [path, { ...tensor, data: Float32Array.from(data, (x) => centre + x) }];
  });
  return Object.fromEntries(drawn);
}

it.each([
  ['inception-v3', 'pytorch-fid', {}],
  ['inception-v3-classic', 'torchvision', { classes: '1000', classic: 'true' }],
] as const)('%s has the weights and gives the features of %s', async (name, _, set) => {
  const fixture = peerFixture(name);
  const model = compileModel(spec, 'InceptionV3', { ...set, size: '75x107' });
  const trained = Object.entries(weightShapes(model)).filter(([path]) => !isStatistic(path));
  expect(Object.fromEntries(trained)).toEqual(fixture.weights);
  const statistics = model.weights.filter((w) => isStatistic(w.leaf.name));
  const numbers = statistics.reduce((sum, w) => sum + Number(w.shape[0]), 0);
  expect(costsOf(model).parameters - numbers).toBe(fixture.parameters);

  const program = { name: 'encode', inputs: model.inputs.map((i) => i.value), outputs: model.outputs, updates: [] };
  const session = await openSession('onnx', [program], { bindings: { batch: 1 } });
  await session.set(weights(model));
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
