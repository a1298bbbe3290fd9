/** Guidance over conditions that training leaves out: two calls of the model combined by hand are what every door draws. */
import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import { initialValue } from '../../src/backends/initial-values';
import { toNdArray } from '../../src/backends/host';
import { evaluate } from '../../src/compiler/ir/evaluate';
import { variable, type NdArray } from '../../src/compiler/ir/graph';
import { withLeftOut } from '../../src/compiler/lower/left-out';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { denoise } from '../../src/compiler/programs/denoise';
import { normalDraws } from '../../src/compiler/ops/philox';
import { writeSafetensors } from '../../src/data/safetensors';
import { exportOnnx, loadWeights, openOnnx, sample, train, verifyOnnx } from '../../src/index';
import { readMetadata } from '../../src/backends/onnx/metadata';
import { isNativeAvailable } from '../../src/setup/native';
import { compiledText } from '../support/compile';
import { shortRecipe } from '../support/recipe';
import { suiteFolder } from '../support/folder';

const folder = suiteFolder();
const classes = 3;

/** Everything that guidance may or may not lead over: a class, a text, an image, a number and a class that is given. */
const text = `model M() {
  input noisy:  image(4)
  input time:   time(noise: 0, data: 1)
  input label:  class(${classes})
  input prompt: text(width: 2, length: 2)
  input low:    image(2)
  input hint:   scalar
  input style:  class(2)
  let mixed = embed(label, 3) @label + embed(style, 3) @style + hint + linear(mean(rearrange(prompt, "n w -> w n")), 3) @text
  let seen = concat(noisy, upsample(low, 2), axis: 0)
  let out = linear(silu(linear(rearrange(seen, "c h w -> (h w) c"), 3) @in + mixed) , 3) @out
  output velocity: image(4) = rearrange(out, "(h w) c -> c h w", h: 4) * (1 + time)
}`;
const model = compiledText(text);

const weights: HostTensors = Object.fromEntries(
  model.weights.map(({ leaf, shape }) => [
    leaf.name,
    initialValue(variable(leaf.name, shape, { kind: 'normal', std: 0.7 }, 'weight'), 1),
  ]),
);

const normal = (shape: readonly number[], stream: number): HostTensor => {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, dtype: 'f32', data: Float32Array.from(normalDraws([3, 4], stream, size)) };
};
const whole = (...numbers: number[]): HostTensor => ({
  shape: [numbers.length],
  dtype: 'i32',
  data: Int32Array.from(numbers),
});
const zeros = ({ shape, dtype, data }: HostTensor): HostTensor => ({ shape, dtype, data: data.map(() => 0) });

const [count, steps, scale] = [2, 3, 2.5];
const conditions: HostTensors = {
  y: whole(0, 2),
  text: normal([count, 2, 2], 1),
  low: normal([count, 3, 2, 2], 2),
  hint: normal([count], 3),
  style: whole(1, 0),
};
const noise = normal([count, 3, 4, 4], 5);
const emptyPrompt = normal([count, 2, 2], 6);

/** What stands in the place of each condition that is left out. */
const nothing: HostTensors = {
  y: whole(classes, classes),
  text: emptyPrompt,
  low: zeros(conditions.low),
  hint: zeros(conditions.hint),
  style: whole(2, 2),
};

/** Euler's steps with both branches in float64; guidance acts after the very beginning. */
function byHand(without: readonly string[]): Float64Array {
  const variables = Object.fromEntries(Object.entries(weights).map(([name, w]) => [name, toNdArray(w)]));
  const weak = { ...conditions, ...Object.fromEntries(without.map((name) => [name, nothing[name]])) };
  let x: NdArray = toNdArray(noise);
  for (let step = 0; step < steps; step++) {
    const t: NdArray = { shape: [count], data: new Float64Array(count).fill(step / steps) };
    const [strong, poor] = [conditions, weak].map((own) => {
      const fed = Object.fromEntries(Object.entries(own).map(([name, tensor]) => [name, toNdArray(tensor)]));
      return evaluate(denoise(model), { inputs: { x_t: x, t, ...fed }, variables }).outputs.velocity.data;
    });
    const data = x.data.map((v, i) => v + (step === 0 ? strong[i] : poor[i] + scale * (strong[i] - poor[i])) / steps);
    x = { shape: x.shape, data };
  }
  return x.data;
}

const furthest = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Math.max(...Array.from(a, (v, i) => Math.abs(v - b[i])));

const { y, text: prompts, ...given } = conditions;
const settings = { solver: 'euler', steps, shift: 1, guidance: { scale, from: 0, to: 1 } } as const;
const request = { labels: [...y.data], text: { text: prompts, text_none: emptyPrompt }, given, noise, count, settings };

async function drawn(of: ModelGraph, backend: 'reference' | 'tfjs' | 'tensorflow'): Promise<HostTensor['data']> {
  return (await sample(of, { ...request, weights, backend })).data;
}

const cases: readonly (readonly string[])[] = [
  ['low'],
  ['low', 'hint'],
  ['style'],
  ['y', 'low'],
  ['text', 'low'],
  ['y', 'text', 'low', 'hint', 'style'],
];
const ways = ['reference', 'tfjs', ...(isNativeAvailable() ? (['tensorflow'] as const) : [])] as const;

it.each(cases.map((c) => [c] as const))('leads away from the model without %j, whatever draws', async (without) => {
  const trained = withLeftOut(model, without);
  const want = byHand(without);
  // Samples are float32 from step to step.
  for (const backend of ways) expect(furthest(await drawn(trained, backend), want)).toBeLessThan(2e-5);
  const path = join(folder, `${without.join('-')}.onnx`);
  const own = join(folder, 'weights.safetensors');
  await writeSafetensors(own, weights);
  await exportOnnx(trained, { weights: own, path, program: 'sample', sampling: settings });
  const onnx = await openOnnx(path);
  const fed = without.includes('text') ? { ...conditions, text_none: emptyPrompt } : conditions;
  expect(onnx.inputs.map((i) => i.name).sort()).toEqual(['noise', ...Object.keys(fed)].sort());
  const { image } = await onnx.run({ noise, ...fed });
  await onnx.dispose();
  expect(furthest(image.data, want)).toBeLessThan(2e-5);
  // The file says what it leads over, so the model need not.
  expect(JSON.parse((await readMetadata(path)).conventions)).toMatchObject({ leftOut: without });
  expect((await verifyOnnx(path, model, { weights: own, backend: 'tfjs' })).passed).toBe(true);
});

it('keeps the class and the text in both branches of a model that was never without them', () => {
  expect(furthest(byHand(['low']), byHand(['y', 'text', 'low']))).toBeGreaterThan(0.01);
});

const recipe = shortRecipe({
  given: { low: 'downsample(image, 2)' },
  givenDrop: { low: 0.5 },
  checkpoint: 3,
});
const small = (section = ''): ModelGraph =>
  compiledText(`model M() {
  input noisy: image(4)
  input time:  time(noise: 0, data: 1)
  input low:   image(2)
  let seen = concat(noisy, upsample(low, 2), axis: 0)
  let out = linear(rearrange(seen, "c h w -> (h w) c"), 3) @out
  output velocity: image(4) = rearrange(out, "(h w) c -> c h w", h: 4) + time
}
${section}`);

it('knows from the weights of a run what it leads over, and from the recipe where they do not say', async () => {
  const x0 = normal([4, 3, 4, 4], 7);
  const out = join(folder, 'run');
  const data = { classes: [], count: 4, batch: async () => ({ x0 }) };
  for await (const _ of train(small(), recipe, { data, out, backend: 'tfjs' }));
  const path = join(out, 'weights.safetensors');
  const bare = small();
  const read = await loadWeights(path, bare);
  const low = normal([2, 3, 2, 2], 2);
  const own = { given: { low }, noise, count, settings, backend: 'tfjs' } as const;
  const images = await sample(bare, { ...own, weights: read });
  const plain = await sample(bare, { ...own, weights: read, settings: { ...settings, guidance: null } });
  expect(furthest(images.data, plain.data)).toBeGreaterThan(0.001);
  // Other weights have no file that tells.
  const unsaid = { ...read };
  await expect(sample(bare, { ...own, weights: unsaid })).rejects.toThrow('M has no condition to be guided by');
  const told = small(`train s of M {
  data      = mnist()
  given low = downsample(image, 2)
  drop      = low(0.1)
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-3)
  batch     = 4
  steps     = 10
}`);
  expect((await sample(told, { ...own, weights: unsaid })).data).toEqual(images.data);
});
