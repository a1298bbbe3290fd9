import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { exportOnnx } from '../../src/backends/onnx/export';
import { onnxWords } from '../../src/backends/onnx/words';
import { verifyTolerances } from '../../src/backends/onnx/precision';
import { verifyOnnx } from '../../src/backends/onnx/verify';
import { fromTensors } from '../../src/data/weight-source';
import { openSession } from '../../src/backends/open';
import type { BackendName, HostTensors } from '../../src/backends/session';
import type { Program } from '../../src/compiler/ir/graph';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { optimize } from '../../src/compiler/optimize/pipeline';
import { denoise } from '../../src/compiler/programs/denoise';
import { grad } from '../../src/compiler/programs/loss';
import { costsOf } from '../../src/compiler/report/costs';
import { onBackends } from '../support/native';
import { compileModel } from '../support/compile';
import { relMax } from '../support/golden';
import { patterned } from '../support/patterned';
import { asStraight, patternedWeights, peerFixture, weightShapes } from '../support/peer-fixture';
import { suiteFolder } from '../support/folder';

const file = 'specs/peers/sdxl-unet.weft';
const fixture = peerFixture('sdxl-unet');
const settings = { head: '4', depth2: '1', text_width: '6', pooled_width: '5', size_features: '4', groups: '4' };
const folder = suiteFolder();

const small = compileModel(file, 'UNet', { ...settings, size: '8x12', width: '8', depth3: '2' });
const inputs: HostTensors = {
  x_t: patterned('in/x_t', [2, 4, 8, 12]),
  t: { shape: [2], dtype: 'f32', data: Float32Array.of(0.5, 3) },
  text: patterned('in/text', [2, 3, 6]),
  pooled: patterned('in/pooled', [2, 5]),
  sizes: patterned('in/sizes', [2, 6], 4),
};

it('has the parameters of SDXL, as Playground has', () => {
  expect(fixture.parameters).toBe(2_567_463_684);
  const models = [compileModel(file, 'SDXL'), compileModel('specs/peers/playground.weft', 'Playground')];
  expect(models.map((model) => costsOf(model).parameters)).toEqual([fixture.parameters, fixture.parameters]);
});

it('has the weights of diffusers, path for path', () => {
  expect(weightShapes(small)).toEqual(fixture.weights);
});

// The peer computes features of times and sizes in float32, the rest in float64.
it.each(onBackends({ reference: 1e-5, tfjs: 1e-4, onnx: 1e-4, tensorflow: 1e-4 }))(
  'gives the noise that diffusers gives, on %s',
  async (backend, tolerance) => {
    const { noise } = await run(backend, small, denoise(small), inputs);
    expect(noise.shape).toEqual(fixture.shape);
    expect(relMax(noise.data, fixture.output)).toBeLessThan(tolerance);
  },
);

it.each(['fp16', 'bf16'] as const)('is exported in %s, with as little lost as other models lose', async (precision) => {
  const program = denoise(small);
  const session = await openSession('tfjs', [program]);
  try {
    await session.set(patternedWeights(small));
    const path = join(folder, `${precision}.onnx`);
    const weights = fromTensors(await session.get());
    await exportOnnx(optimize(program, onnxWords), { path, precision, weights });
    const tolerance = verifyTolerances[precision];
    const { passed, outputs } = await verifyOnnx(path, session, program, { tolerance, bindings: { text: 3 } });
    expect({ passed, outputs: outputs.length }).toEqual({ passed: true, outputs: 1 });
  } finally {
    await session.dispose();
  }
});

it('trains alike on the reference evaluator and in the portable backend', async () => {
  const model = compileModel(file, 'UNet', { ...settings, size: '4x8', width: '4', depth3: '1' });
  const image = [2, 4, 4, 8];
  const given = { ...inputs, x_t: patterned('in/x_t', image), v_target: patterned('in/v_target', image) };
  const want = await run('reference', model, grad(asStraight(model)), given);
  const got = await run('tfjs', model, grad(asStraight(model)), given);
  const far = Object.keys(want).filter((k) => !(relMax(got[k].data, want[k].data) < 1e-3));
  expect(far).toEqual([]);
  const still = Object.keys(weightShapes(model)).filter((path) => want[`grad/${path}`].data.every((x) => x === 0));
  expect(still).toEqual([]);
});

async function run(
  backend: BackendName,
  model: ModelGraph,
  program: Program,
  given: HostTensors,
): Promise<HostTensors> {
  const session = await openSession(backend, [program], { bindings: { batch: 2, text: 3 } });
  try {
    await session.set(patternedWeights(model));
    return await session.run(program.name, given);
  } finally {
    await session.dispose();
  }
}
