/** An objective can call a frozen model of another size, with its own weights. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../../src/compiler/compile';
import { renderText } from '../../../../src/compiler/diagnostics/render';
import { evaluate, type Arrays } from '../../../../src/compiler/ir/evaluate';
import { variablesOf, type NdArray } from '../../../../src/compiler/ir/graph';
import { denoise } from '../../../../src/compiler/programs/denoise';
import { trainStep } from '../../../../src/compiler/programs/train-step';
import { readSpec } from '../../../support/compile';
import { array, normal } from '../../../support/tiny-model';

const spec = `
objective distilled(share: Float = 1) {
  let (mine, theirs) = (model(0.5 * image, time: 0.5), teacher(0.5 * image, time: 0.5))
  tap without = mean(square(mine - teacher(0.5 * image, time: 0.5, label: none)), axis: all)
  return share * mean(square(mine - theirs), axis: all) + 0 * without
}
optimizer descent(rate: Float) { output weight = weight - rate * gradient }
model M(width: Int = 5) {
  input noisy: image(4x4)
  input time:  time(noise: 0, data: 1)
  input label: class(3)
  let c = linear(stack(time, 1 - time), width) @time + embed(label, width) @label
  let x = silu(linear(rearrange(noisy, "c h w -> (h w) c"), width) @in + c)
  output velocity: image(4x4) = rearrange(linear(x, 3) @out, "(h w) c -> c h w", h: 4)
}
model Small = M(width: 2)
train a of Small {
  data      = mnist()
  objective = distilled
  teacher   = frozen(M(width: 7), weights: "wide.safetensors")
  optimizer = descent(rate: 0.1)
  clip      = norm(1e6)
  batch     = 2
  steps     = 10
}`;

it('calls it with the conditions of the step, and changes nothing of it', () => {
  const file = checkFile('m.weft', (path) => (path === 'm.weft' ? spec : readSpec(path)));
  expect(renderText(file.diagnostics, { colors: false })).toBe('');
  const [recipe] = file.recipes;
  const small = file.elaborate('Small').model!;
  const wide = file.elaborate('M', { width: '7' }).model!;
  const step = trainStep(small, recipe);
  const names = variablesOf(step).map((v) => v.leaf.name);
  expect(names.filter((name) => name.startsWith('teacher/'))).toHaveLength(wide.weights.length);
  expect(step.updates.some(({ variable }) => variable.leaf.name.startsWith('teacher/'))).toBe(false);

  const weights = (model: typeof wide, first: number): Arrays =>
    Object.fromEntries(model.weights.map((w, i) => [w.leaf.name, normal(w.shape.map(Number), first + i)]));
  const [own, theirs] = [weights(small, 20), weights(wide, 60)];
  const taught = Object.fromEntries(Object.entries(theirs).map(([name, value]) => [`teacher/${name}`, value]));
  const x0 = normal([2, 3, 4, 4], 5);
  const y = array([2], 2, 0);
  const { outputs } = evaluate(step, {
    inputs: { x0, y, seed: array([], 11), rate: array([], 0.1), clip: array([], Infinity) },
    variables: { ...own, ...taught, step: array([], 3) },
    bindings: { batch: 2 },
  });

  const noisy: NdArray = { ...x0, data: x0.data.map((x) => 0.5 * x) };
  const velocity = (model: typeof wide, variables: Arrays, label: NdArray): NdArray => {
    const inputs = { x_t: noisy, t: array([2], 0.5, 0.5), y: label };
    return evaluate(denoise(model), { inputs, variables, bindings: { batch: 2 } }).outputs.velocity;
  };
  const mine = velocity(small, own, y).data;
  const far = (other: NdArray): number => mine.reduce((sum, v, i) => sum + (v - other.data[i]) ** 2, 0) / mine.length;
  expect(outputs.loss.data[0]).toBeCloseTo(far(velocity(wide, theirs, y)), 12);
  expect(outputs['part/without'].data[0]).toBeCloseTo(far(velocity(wide, theirs, array([2], 3, 3))), 12);
});
