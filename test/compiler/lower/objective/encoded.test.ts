/** An objective can use the tokens of a frozen encoder; written so, REPA is the REPA of `align`. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../../src/compiler/compile';
import { renderText } from '../../../../src/compiler/diagnostics/render';
import { evaluate, type Arrays } from '../../../../src/compiler/ir/evaluate';
import { trainStep } from '../../../../src/compiler/programs/train-step';
import { readSpec } from '../../../support/compile';
import { array, normal } from '../../../support/tiny-model';

const spec = `
import { repa } from "std/alignment"
objective plain() {
  return mean(square(model(0.5 * image, time: 0.5) - image), axis: all)
}
objective with_teacher(share: Float) {
  let (velocity, tokens) = model(0.5 * image, time: 0.5, taps: "seen")
  tap far = repa(tokens, encoded(), 6) @repa
  return mean(square(velocity - image), axis: all) + share * far
}
optimizer descent(rate: Float) { output weight = weight - rate * gradient }
model M() {
  input noisy: image(4x4)
  input time:  time(noise: 0, data: 1)
  tap seen = silu(linear(rearrange(noisy, "c h w -> (h w) c"), 4) @in + linear(stack(time, 1 - time), 4) @time)
  output velocity: image(4x4) = rearrange(linear(seen, 3) @out, "(h w) c -> c h w", h: 4)
}
train aligned of M {
  data      = mnist()
  objective = plain
  align     = repa(at: seen, teacher: "encoder.onnx", hidden: 6, weight: 0.25, width: 5, tokens: 4)
  optimizer = descent(rate: 0.1)
  clip      = norm(1.0)
  batch     = 2
  steps     = 10
}
train written of M {
  data      = mnist()
  objective = with_teacher(share: 0.25)
  align     = features(teacher: "encoder.onnx", tokens: 4, width: 5)
  optimizer = descent(rate: 0.1)
  clip      = norm(1.0)
  batch     = 2
  steps     = 10
}`;

it('gives the loss and the step of `align = repa(…)`', () => {
  const file = checkFile('m.weft', (path) => (path === 'm.weft' ? spec : readSpec(path)));
  expect(renderText(file.diagnostics, { colors: false })).toBe('');
  const { model } = file.elaborate('M');
  const [aligned, written] = file.recipes.map((recipe) => trainStep(model!, recipe));
  const weights = aligned.updates.map(({ variable }) => variable).filter((v) => v.leaf.role === 'weight');
  expect(weights.map((w) => w.leaf.name)).toEqual(expect.arrayContaining(['repa.0.weight', 'repa.4.bias']));
  const variables: Arrays = {
    ...Object.fromEntries(weights.map((w, i) => [w.leaf.name, normal(w.shape.map(Number), 20 + i)])),
    step: array([], 3),
  };
  const inputs: Arrays = {
    x0: normal([2, 3, 4, 4], 5),
    teacher: normal([2, 4, 5], 6),
    seed: array([], 11),
    rate: array([], 0.1),
    clip: array([], Infinity),
  };
  const [one, other] = [aligned, written].map((program) =>
    evaluate(program, { inputs, variables, bindings: { batch: 2 } }),
  );
  expect(other.outputs['part/far'].data[0]).toBeCloseTo(one.outputs.align_loss.data[0], 12);
  expect(other.outputs.loss.data[0]).toBeCloseTo(one.outputs.loss.data[0], 12);
  for (const { leaf } of weights) {
    const before = variables[leaf.name].data;
    const moved = one.updates[leaf.name].data;
    expect(moved.some((x, i) => Math.abs(x - before[i]) > 1e-6)).toBe(true);
    moved.forEach((x, i) => expect(other.updates[leaf.name].data[i]).toBeCloseTo(x, 12));
  }
});
