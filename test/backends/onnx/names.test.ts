/** Labels, inputs and outputs of a model may have one name; in an ONNX file all tensors share one table of names. */
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import {
  compile,
  exportOnnx,
  expectedWeights,
  verifyOnnx,
  writeSafetensors,
  type HostTensor,
} from '../../../src/index';
import type { ExportedProgram } from '../../../src/run/exported-programs';
import { suiteFolder } from '../../support/folder';
import { failureOf } from '../../support/failure';

const folder = suiteFolder();

/** Whether a file of the program computes what the model does. */
async function isExported(text: string, program: ExportedProgram): Promise<boolean> {
  const { model } = compile('names.weft', { text });
  const weights = expectedWeights(model).map(({ name, shape }, k): [string, HostTensor] => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i + k));
    return [name, { shape, dtype: 'f32', data }];
  });
  const [file, path] = [join(folder, 'w.safetensors'), join(folder, 'm.onnx')];
  await writeSafetensors(file, Object.fromEntries(weights));
  await exportOnnx(model, { weights: file, path, program });
  return (await verifyOnnx(path, model, { weights: file, program })).passed;
}

const labels = `model M() {
  input noisy: image(4)
  input time:  time(noise: 0, data: 1)
  input low:   image(4)
  let a = param([3, 4, 4]) @noise
  let b = param([3, 4, 4]) @image
  let c = param([3, 4, 4]) @velocity
  let d = param([1]) @Mul_0
  let e = param([3, 4, 4]) @low
  output velocity: image(4) = (noisy * d + a * 2 + b) * time + c * noisy + low * e
}`;

it.each(['denoise', 'sample'] as const)(
  'keeps weights apart from inputs, outputs and nodes of their names: %s',
  async (p) => expect(await isExported(labels, p)).toBe(true),
);

it('keeps a weight that is stored transposed apart from one that is called so', async () => {
  const text = `block P(x: [n, d]) -> [n, d] { return matmul(x, param([d, d]) @T) }
model M() {
  input noisy: image(4)
  input time:  time(noise: 0, data: 1)
  let x = rearrange(noisy, "c h w -> (c h) w")
  let w = param([4, 4]) @b
  let y = matmul(P(x) @b, rearrange(w, "i j -> j i"))
  output velocity: image(4) = rearrange(y, "(c h) w -> c h w", c: 3) * time
}`;
  expect(await isExported(text, 'denoise')).toBe(true);
});

const named = (input: string) => `model M() {
  input noisy:    image(4)
  input time:     time(noise: 0, data: 1)
  input style:    class(2)
  input ${input}: scalar
  output out: image(4, predicts: velocity) = noisy * time * ${input} * mean(embed(style, 2) @style)
}`;

it('refuses a program whose output has the name of an input', async () => {
  expect(await isExported(named('velocity'), 'denoise')).toBe(true);
  expect(await failureOf(() => isExported(named('velocity'), 'guided'))).toContain(
    'The program guided has an output `velocity`, and the model has an input of that name.',
  );
});

it('compares a sampler whose condition has the name that labels have', async () =>
  expect(
    await isExported(
      named('y')
        .replace(/.*style: .*\n/, '')
        .replace(/ \* mean.*/, ''),
      'sample',
    ),
  ).toBe(true));
