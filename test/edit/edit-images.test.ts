/** Edits by models whose flow is known in closed form, in every convention: one class is the normal distribution around -0.5, the other around 0.5. */
import { expect, it } from '@jest/globals';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import { normalDraws } from '../../src/compiler/ops/philox';
import { edit, type EditCallOptions, type EditResult } from '../../src/index';
import { compiledText } from '../support/compile';

/** The largest absolute difference. */
const apart = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);

const deviation = 0.3;
const means = [-0.5, 0.5];

/** `a` and `e` are the shares of image and noise; the last line is what the model predicts. */
const modelText = (time: string, shares: string, output: string): string => `model M() {
  input noisy: image(4)
  input time:  time(${time})
  input label: class(2)
  let mean = rearrange(embed(label, 1) @mean, "c -> c 1 1")
  ${shares}
  let spread = square(a) * ${deviation ** 2} + square(e)
  let off = noisy - a * mean
  ${output}
}`;

const forward = 'let (a, e) = (time, 1 - time)';
const velocity = `mean + (a * ${deviation ** 2} - e) / spread * off`;
const clean = `mean + a * ${deviation ** 2} / spread * off`;
const conventions: { readonly [name: string]: string } = {
  'the velocity': modelText('noise: 0, data: 1', forward, `output velocity: image(4) = ${velocity}`),
  'the velocity, with time from the data': modelText(
    'noise: 1000, data: 0',
    'let (a, e) = (1 - time / 1000, time / 1000)',
    `output velocity: image(4) = 0 - (${velocity})`,
  ),
  'the clean image': modelText('noise: 0, data: 1', forward, `output x0: image(4) = ${clean}`),
  'the noise': modelText('noise: 0, data: 1', forward, 'output noise: image(4) = e / spread * off'),
  'the clean image, on the cosine path': modelText(
    'noise: 1, data: 0, path: cosine',
    'let angle = 1.5707963267948966 * time\n  let (a, e) = (cos(angle), sin(angle))',
    `output x0: image(4) = ${clean}`,
  ),
};

/** The last row stands for no class: the mean of both means. */
const table: HostTensor = { shape: [3, 1], dtype: 'f32', data: Float32Array.of(...means, 0) };
const weightsOf = (model: ReturnType<typeof compiledText>): HostTensors =>
  Object.fromEntries(model.weights.map(({ leaf }) => [leaf.name, table]));

const count = 3;
const shape = [count, 3, 4, 4];
const normal = Float32Array.from(normalDraws([8, 9], 0, count * 48));
/** Pictures of the first class. */
const images: HostTensor = { shape, dtype: 'f32', data: normal.map((z) => means[0] + deviation * z) };
/** Those of the second that are as many standard deviations away from its mean. */
const others = normal.map((z) => means[1] + deviation * z);

const plain = { steps: 40, shift: 1, guidance: null };
const run = (text: string, options: Partial<EditCallOptions>): Promise<EditResult> => {
  const model = compiledText(text);
  return edit(model, {
    weights: weightsOf(model),
    images,
    settings: plain,
    backend: 'reference',
    onWarning: () => {},
    ...options,
  });
};
const [from, to] = [[{ label: 0 }], [{ label: 1 }]];

it.each(Object.keys(conventions))('moves pictures from class to class with a model that predicts %s', async (name) => {
  const flow = await run(conventions[name], { from, to, strength: 0.9 });
  // From a share of 0.9 of noise on, all but 0.1 · 0.3 / |(0.03, 0.9)| of the distance is gone; 40 steps, and damping near the end, cost the rest.
  const expected = images.data.map((x) => x + 1 - (0.1 * deviation) / Math.hypot(0.1 * deviation, 0.9));
  expect(apart(flow.images.data, expected)).toBeLessThan(0.06);
  expect(flow).toMatchObject({ evaluations: 72, reconstruction: null, method: { kind: 'flowedit' } });

  const inverted = await run(conventions[name], { from, to, method: 'inversion', strength: 0.9 });
  expect(inverted.evaluations).toBe(3 * 71 + 1);
  expect(apart(inverted.reconstruction!.data, images.data)).toBeLessThan(0.01);
  expect(apart(inverted.images.data, others)).toBeLessThan(0.12);
});

it('draws the same for any batch and again, and other noise for another seed', async () => {
  const text = conventions['the velocity'];
  const options = { to, strength: 0.8 };
  const [all, one, other] = [
    await run(text, options),
    await run(text, { ...options, batch: 2 }),
    await run(text, { ...options, seed: 1 }),
  ];
  expect(apart(all.images.data, one.images.data)).toBeLessThan(1e-6);
  expect(apart(all.images.data, other.images.data)).toBeGreaterThan(0.1);
  expect(all.method.kind).toBe('sdedit');
});

it('changes nothing by FlowEdit to the same class, unless only one side is guided, and says so', async () => {
  const text = conventions['the velocity'];
  const told: string[] = [];
  const onWarning = (note: string): void => void told.push(note);
  const same = await run(text, { from, to: from, onWarning });
  expect(apart(same.images.data, images.data)).toBe(0);
  const settings = { ...plain, guidance: { scale: 3, from: 0, to: 1 } };
  const both = await run(text, { from, to: from, settings, fromGuidance: 3, onWarning });
  expect(apart(both.images.data, images.data)).toBe(0);
  await run(text, { from, to, settings, onWarning });
  await run(text, { from, to: from, settings, method: 'sdedit', onWarning });
  expect(told).toEqual([]);
  const guided = await run(text, { from, to: from, settings, onWarning });
  expect(apart(guided.images.data, images.data)).toBeGreaterThan(0.1);
  const begin = '`from` and `to` say the same, but the pictures change: ';
  const alike = 'guide both sides alike: --from-guidance 3 (fromGuidance: 3)';
  expect(told.splice(0)).toEqual([
    `${begin}guidance is 3 towards \`to\` and 1 towards \`from\`. For no change ${alike}.`,
  ]);
  const finished = await run(text, { from, to: from, settings, fromGuidance: 3, finish: 0.3, onWarning });
  expect(apart(finished.images.data, images.data)).toBeGreaterThan(0.01);
  expect(told).toEqual([
    `${begin}from a share of noise of 0.3 on, \`to\` alone is followed, from new noise. For no change leave out --finish (finish).`,
  ]);
});

it('guides where the clock of the solver says', async () => {
  const text = conventions['the velocity'];
  // The interval is near the noise on Euler's clock and near the data on the other.
  const guidance = { scale: 4, from: 0, to: 0.5 };
  const [early, late, none] = await Promise.all([
    run(text, { to, strength: 0.4, settings: { ...plain, solver: 'euler', guidance } }),
    run(text, { to, strength: 0.4, settings: { ...plain, solver: 'dpm_solver_pp', guidance } }),
    run(text, { to, strength: 0.4 }),
  ]);
  expect(apart(early.images.data, none.images.data)).toBe(0);
  expect(apart(late.images.data, none.images.data)).toBeGreaterThan(0.1);
});

it('varies pictures of a model that was trained without its class now and then', async () => {
  const { images: varied, method } = await run(conventions['the velocity'], { strength: 0.2 });
  expect(method).toMatchObject({ kind: 'sdedit', strength: 0.2 });
  expect(apart(varied.data, images.data)).toBeGreaterThan(0.05);
});
