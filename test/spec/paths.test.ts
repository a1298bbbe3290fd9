import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from '@jest/globals';
import { openSpec } from '../../src/spec/open';
import { pathFrom } from '../../src/spec/paths';

it.each([
  ['pics', '/specs/pics'],
  ['../pics', '/pics'],
  ['/data/pics', '/data/pics'],
  ['~', homedir()],
  ['~/pics', join(homedir(), 'pics')],
  ['~pics', '/specs/~pics'],
])('reads %s in a spec as people mean it', (path, expected) => {
  expect(pathFrom('/specs', path)).toBe(expected);
});

const text = `
model M(classes: Int = 2) {
  input noisy: image(4x4)
  input time: scalar
  input label: class(classes)
  output velocity: image(4x4) = linear(noisy, 4) @l * time
}
model Encoder() {
  input picture: image(4x4)
  output tokens: Tensor[1, 12] = linear(tokens_of(picture), 12) @l
}
train t of M {
  data      = folder("pics")
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-3)
  text      = text(encoder: gemma2, length: 4, weights: "~/gemma")
  batch     = 4
  steps     = 2
}
train u of M {
  data      = emoji()
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-3)
  align     = repa(at: l, teacher: "teachers/dino.onnx")
  batch     = 4
  steps     = 2
}
sample s of M {
  solver   = euler(steps: 2)
  guidance = auto(scale: 2, weights: "../weak.safetensors")
}`;

it('makes every path of a spec absolute, from the spec and not from the working directory', () => {
  const { recipes, samples } = openSpec('some/where/s.weft', { text }).spec;
  const home = resolve('some/where');
  expect(recipes.map((r) => r.data)).toEqual([
    { kind: 'folder', path: join(home, 'pics'), flip: false },
    expect.objectContaining({ kind: 'emoji' }),
  ]);
  expect(recipes[0].text?.weights).toBe(join(homedir(), 'gemma'));
  expect(recipes[1].align?.teacher).toBe(join(home, 'teachers/dino.onnx'));
  expect(samples[0].guidance?.weak).toBe(resolve('some/weak.safetensors'));
});
