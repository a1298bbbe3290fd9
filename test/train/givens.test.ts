/** Conditions that recipes make: drawn alike whenever a step is run, fed to the model in training, sampling and exported files. */
import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { openSession } from '../../src/backends/open';
import type { HostTensor, HostTensors } from '../../src/backends/session';
import { conditionsOf } from '../../src/compiler/lower/givens/conditions';
import type { ModelGraph } from '../../src/compiler/lower/model';
import { givenProgram } from '../../src/compiler/programs/givens';
import { stepCounter, trainForward } from '../../src/compiler/programs/train-step';
import { asTrained } from '../../src/compiler/programs/trained';
import { normalDraws } from '../../src/compiler/ops/philox';
import { exportOnnx, loadWeights, sample, train, verifyOnnx } from '../../src/index';
import { readConditions } from '../../src/sample/given';
import type { TrainingData } from '../../src/train/batches';
import { scalarTensor } from '../../src/train/tensors';
import { compiledText } from '../support/compile';
import { shortRecipe } from '../support/recipe';
import { suiteFolder } from '../support/folder';
import { isNativeAvailable } from '../../src/setup/native';

const folder = suiteFolder();
const backends = isNativeAvailable() ? (['tfjs', 'tensorflow'] as const) : (['tfjs'] as const);

/** A model with a small image, a mask, a scalar and a vector beside the noisy image. */
const model: ModelGraph = compiledText(`model M(factor: Int = 2) {
  input noisy:    image(8)
  input low:      image(8 / factor)
  input time:     time(noise: 0, data: 1)
  input hole:     image(8, channels: 1)
  input known:    image(8)
  input guidance: scalar
  input style:    [3]
  let seen = concat(noisy, upsample(low, factor), hole, known, axis: 0)
  let out = linear(rearrange(seen, "c h w -> (h w) c"), 3) @out + linear(style, 3) @style + guidance * time
  output velocity: image(8) = rearrange(out, "(h w) c -> c h w", h: 8)
}`);

const given = {
  low: 'downsample(image, factor)',
  hole: 'random_mask(min: 0.2, max: 0.5)',
  known: 'image * (1 - hole)',
  guidance: 'uniform(1, 8)',
  style: 'normal(0, 1, [3])',
};

const recipe = shortRecipe({
  given,
  steps: 6,
  checkpoint: 3,
});

const x0: HostTensor = {
  shape: [4, 3, 8, 8],
  dtype: 'f32',
  data: Float32Array.from(normalDraws([1, 2], 3, 768), (x) => Math.tanh(x)),
};
const data: TrainingData = { classes: [], count: 4, batch: async () => ({ x0 }) };

async function conditionsAt(step: number, backend: (typeof backends)[number]): Promise<HostTensors> {
  const session = await openSession(backend, [givenProgram(model, given)], { bindings: { batch: 4 } });
  try {
    return await session.run('givens', { x0, seed: scalarTensor(1, 'i32'), step: scalarTensor(step, 'i32') });
  } finally {
    await session.dispose();
  }
}

it.each(backends)('makes each condition as the recipe says, on %s', async (backend) => {
  const [first, again, second] = [
    await conditionsAt(0, backend),
    await conditionsAt(0, backend),
    await conditionsAt(1, backend),
  ];
  expect(first).toEqual(again);
  for (const name of ['hole', 'guidance', 'style']) expect(first[name].data).not.toEqual(second[name].data);
  expect(first.low).toEqual(second.low);
  const at = (c: number, y: number, x: number): number => x0.data[(c * 8 + y) * 8 + x];
  expect(first.low.data[0]).toBeCloseTo((at(0, 0, 0) + at(0, 0, 1) + at(0, 1, 0) + at(0, 1, 1)) / 4, 5);
  for (let image = 0; image < 4; image++) {
    const hole = Float32Array.from(first.hole.data.slice(64 * image, 64 * (image + 1)));
    expect([...hole].every((x) => x === 0 || x === 1)).toBe(true);
    // A side of 8 pixels is met to half a pixel at either end.
    const share = hole.reduce((a, b) => a + b, 0) / 64;
    expect(share).toBeGreaterThan(0.08);
    expect(share).toBeLessThan(0.7);
    for (let c = 0; c < 3; c++)
      for (let i = 0; i < 64; i++) {
        const place = (3 * image + c) * 64 + i;
        expect(first.known.data[place]).toBeCloseTo(x0.data[place] * (1 - hole[i]), 6);
      }
  }
  expect(first.guidance.shape).toEqual([4]);
  expect([...first.guidance.data].every((g) => g >= 1 && g <= 8)).toBe(true);
  expect(new Set(first.guidance.data).size).toBe(4);
  expect(first.style.shape).toEqual([4, 3]);
});

const watched = ['low', 'hole', 'known', 'guidance', 'style'] as const;

/** What the model is fed in some steps of training, and what the recipe makes. */
async function fedAt(steps: readonly number[], backend: (typeof backends)[number]): Promise<HostTensors[][]> {
  const counter = stepCounter();
  const values = watched.map((name) => model.inputs.find((i) => i.name === name)!.value);
  const givenDrop = { low: 0.5, guidance: 0.5, hole: 1 };
  const forward = trainForward(asTrained(model, {}), { ...recipe, givenDrop }, counter, { watch: values });
  const outputs = Object.fromEntries(watched.map((name, i) => [name, forward.watched[i]]));
  const fed = { name: 'fed', inputs: forward.inputs, outputs, updates: [] };
  const session = await openSession(backend, [fed, givenProgram(model, given)], { bindings: { batch: 4 } });
  const both: HostTensors[][] = [];
  try {
    for (const step of steps) {
      const inputs = { x0, seed: scalarTensor(1, 'i32') };
      const at = scalarTensor(step, 'i32');
      await session.set({ step: at });
      both.push([await session.run('fed', inputs), await session.run('givens', { ...inputs, step: at })]);
    }
    return both;
  } finally {
    await session.dispose();
  }
}

it.each(backends)('leaves conditions out as zeros, each image by its own draw, on %s', async (backend) => {
  const [again, ...steps] = await fedAt([0, 0, 1, 2, 3, 4, 5, 6, 7], backend);
  expect(steps[0]).toEqual(again);
  const dropped: { [name: string]: boolean[] } = { low: [], guidance: [] };
  for (const [fed, made] of steps) {
    expect(fed.hole.data.every((v) => v === 0)).toBe(true);
    // What is made of a condition sees it as it was.
    expect([fed.known, fed.style]).toEqual([made.known, made.style]);
    for (const name of ['low', 'guidance']) {
      const size = made[name].data.length / 4;
      for (let row = 0; row < 4; row++) {
        const [own, whole] = [fed, made].map((from) => from[name].data.slice(row * size, (row + 1) * size));
        const isOut = own.every((v) => v === 0);
        if (!isOut) expect(own).toEqual(whole);
        dropped[name].push(isOut);
      }
    }
  }
  // Of 32 images about half, and not the same ones of both.
  for (const rows of Object.values(dropped)) {
    const out = rows.filter(Boolean).length;
    expect(out).toBeGreaterThan(6);
    expect(out).toBeLessThan(26);
  }
  expect(dropped.low).not.toEqual(dropped.guidance);
});

it('leaves a class out as no class, which no image has', async () => {
  const classed = compiledText(`model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  input label: class(3)
  input style: class(5)
  output velocity: image(8) = noisy * time + embed(label, 1) @label + embed(style, 1) @style
}`);
  const y: HostTensor = { shape: [4], dtype: 'i32', data: new Int32Array(4) };
  const fedWith = async (drop: number): Promise<number[]> => {
    const style = classed.inputs.find((i) => i.name === 'style')!.value;
    const settings = { ...recipe, given: { style: '3' }, givenDrop: { style: drop } };
    const forward = trainForward(asTrained(classed, {}), settings, stepCounter(), { watch: [style] });
    const fed = { name: 'fed', inputs: forward.inputs, outputs: { style: forward.watched[0] }, updates: [] };
    const session = await openSession('reference', [fed], { bindings: { batch: 4 } });
    const { style: seen } = await session.run('fed', { x0, y, seed: scalarTensor(1, 'i32') });
    await session.dispose();
    return [...seen.data];
  };
  expect(await fedWith(1)).toEqual([5, 5, 5, 5]);
  expect(await fedWith(0)).toEqual([3, 3, 3, 3]);
});

it.each(backends)('trains, resumes to the bit, samples, exports and verifies on %s', async (backend) => {
  const losses = async (out: string, steps: number, resume = false): Promise<number[]> => {
    const found: number[] = [];
    const run = train(model, { ...recipe, givenDrop: { low: 0.5, style: 0.3 }, steps }, { data, out, resume, backend });
    for await (const { loss } of run) found.push(loss);
    return found;
  };
  const whole = await losses(join(folder, `${backend}-whole`), 6);
  const parts = [
    ...(await losses(join(folder, `${backend}-parts`), 3)),
    ...(await losses(join(folder, `${backend}-parts`), 6, true)),
  ];
  expect(parts).toEqual(whole);
  const path = join(folder, `${backend}-whole`, 'weights.safetensors');
  const weights = await loadWeights(path, model);
  const conditions = await readConditions(model, {
    low: { values: ['0.5'] },
    hole: { values: ['0'] },
    known: { values: ['0'] },
    guidance: { values: ['2', '4'] },
    style: { values: ['1,0,-1'] },
  });
  const settings = { solver: 'euler', steps: 3 } as const;
  const images = await sample(model, { weights, given: conditions, count: 2, settings, backend });
  expect(images.shape).toEqual([2, 3, 8, 8]);
  const other = await sample(model, {
    weights,
    given: { ...conditions, low: { ...conditions.low, data: conditions.low.data.map((x) => -x) } },
    count: 2,
    settings,
    backend,
  });
  expect(other.data).not.toEqual(images.data);
  const file = join(folder, `${backend}.onnx`);
  for (const program of ['denoise', 'sample'] as const) {
    await exportOnnx(model, { weights: path, path: file, program });
    expect((await verifyOnnx(file, model, { weights: path, backend })).passed).toBe(true);
  }
});

it.each([
  [{ low: { values: ['0'] } }, 'conditioned on `hole`, `known`, `guidance`, `style`'],
  [{ lwo: { values: ['0'] } }, 'has no condition `lwo`'],
  [{ style: { values: ['1,2'] } }, '`style` takes 3 numbers, not 2'],
  [{ guidance: { values: ['1,2'] } }, '`guidance` takes 1 number, not 2'],
  [{ guidance: { values: ['photo.png'] } }, '`guidance` takes a number'],
  [{ low: { values: ['none.png'] } }, 'none.png does not exist'],
])('refuses %j for drawing', async (written, message) => {
  const drawn = async (): Promise<unknown> =>
    sample(model, { weights: {}, given: await readConditions(model, written), backend: 'tfjs' });
  await expect(drawn()).rejects.toThrow(message);
});

it('takes the image that is called noisy for the noisy one, wherever it stands', () => {
  const { inputs } = compiledText(`model M() {
  input low:   image(4)
  input hint:  scalar
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  output velocity: image(8) = noisy * time + upsample(low, 2) * hint
}`);
  expect(inputs.map((i) => i.name)).toEqual(['low', 'hint', 'x_t', 't']);
  expect(conditionsOf({ inputs }).map((i) => i.name)).toEqual(['low', 'hint']);
});
