/** The steps of DDPM, by its rates of noise: shares, loss, velocity and walks against their formulas, in float64. */
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { exportOnnx } from '../../../../src/backends/onnx/export';
import { loadOnnx } from '../../../../src/backends/onnx/runtime';
import { checkFile } from '../../../../src/compiler/compile';
import { renderText } from '../../../../src/compiler/diagnostics/render';
import { evaluate } from '../../../../src/compiler/ir/evaluate';
import type { Program } from '../../../../src/compiler/ir/graph';
import type { ModelGraph } from '../../../../src/compiler/lower/model';
import { denoise } from '../../../../src/compiler/programs/denoise';
import { declaredWalk } from '../../../../src/compiler/programs/declared-walk';
import { velocityModel } from '../../../../src/compiler/programs/objectives/velocity-model';
import { samplerProgram } from '../../../../src/compiler/programs/sample';
import { trainStep } from '../../../../src/compiler/programs/train-step';
import type { WalkPlan } from '../../../../src/compiler/programs/walk';
import { fromTensors } from '../../../../src/data/weight-source';
import { hosted } from '../../../ops/compare';
import { suiteFolder } from '../../../support/folder';
import { readSpec } from '../../../support/compile';
import { array, normal } from '../../../support/tiny-model';
import { sampleOf, walked } from '../../../support/walk';

const folder = suiteFolder();
const count = 1000;
/** Linear rates (arXiv 2006.11239), those of Stable Diffusion, a list, and a short table. */
const schedules = {
  'linspace(0.0001, 0.02, 1000)': Array.from({ length: count }, (_, k) => 1e-4 + ((0.02 - 1e-4) * k) / 999),
  'square(linspace(sqrt(0.00085), sqrt(0.012), 1000))': Array.from(
    { length: count },
    (_, k) => (Math.sqrt(0.00085) + ((Math.sqrt(0.012) - Math.sqrt(0.00085)) * k) / 999) ** 2,
  ),
  '[0.05, 0.1, 0.2, 0.4, 0.6]': [0.05, 0.1, 0.2, 0.4, 0.6],
  'linspace(0.1, 0.5, 5)': [0.1, 0.2, 0.3, 0.4, 0.5],
} as const;
const written = [
  'linspace(0.0001, 0.02, 1000)',
  'square(linspace(sqrt(0.00085), sqrt(0.012), 1000))',
  '[0.05, 0.1, 0.2, 0.4, 0.6]',
  'linspace(0.1, 0.5, 5)',
] as const;

/** The shares of image and noise in each step. */
function sharesOf(betas: readonly number[]): { a: number; b: number }[] {
  let kept = 1;
  return betas.map((beta) => {
    kept *= 1 - beta;
    return { a: Math.sqrt(kept), b: Math.sqrt(1 - kept) };
  });
}

function read(text: string): ReturnType<typeof checkFile> {
  return checkFile('a.weft', (at) => (at === 'a.weft' ? text : readSpec(at)));
}

/** A model whose output is `answer` of `noisy` and `time`, on whole steps from the noisiest down to 0. */
function built(betas: keyof typeof schedules, answer: string, predicts = 'noise'): ModelGraph {
  const last = schedules[betas].length - 1;
  const spec = read(`model M() {
  input noisy: image(2)
  input time:  time(noise: ${last}, data: 0, betas: ${betas})
  output y: image(2, predicts: ${predicts}) = ${answer}
}`);
  const { model } = spec.elaborate('M', {});
  if (!model) throw new Error(renderText(spec.diagnostics, { colors: false }));
  return model;
}

it.each(written)('a network on %s is asked at the whole step of each level of noise', (betas) => {
  // The answer as noise is the time that the network is told: v = (x - noise) / share, with the clock turned.
  const program = denoise(velocityModel(built(betas, 'noisy * 0 + time')));
  const steps = sharesOf(schedules[betas]);
  const last = steps.length - 1;
  const x = normal([1, 3, 2, 2], 3);
  for (const k of [0, 1, 2, last >> 1, last - 1, last]) {
    const { a, b } = steps[k];
    const share = a / (a + b);
    const { velocity } = evaluate(program, {
      inputs: { x_t: x, t: array([1], last * (1 - share)) },
      variables: {},
    }).outputs;
    x.data.forEach((z, i) => expect(z + share * velocity.data[i]).toBeCloseTo(k, 8));
  }
});

it.each(written)('diffusion on %s draws whole steps, and mixes by their products', (betas) => {
  const last = schedules[betas].length - 1;
  const text = `import { diffusion } from "std/objectives"
model Plain() {
  input noisy: image(2)
  input time:  time(noise: ${last}, data: 0, betas: ${betas})
  output y: image(2, predicts: noise) = noisy * param([1], init: one) @scale + time
}
train a of Plain {
  data      = mnist()
  objective = diffusion
  optimizer = adamw(rate: 1e-4)
  batch     = 2
  steps     = 10
}`;
  const spec = read(text);
  expect(spec.diagnostics.filter((d) => d.severity === 'error')).toEqual([]);
  const { model } = spec.elaborate('Plain', {});
  if (!model) throw new Error('built');
  const program: Program = trainStep(model, { ...spec.recipes[0], ema: null, precision: 'f32' });
  const draws = 20_000;
  const value = 0.6;
  const state = [...program.updates.map((u) => u.variable), ...model.weights].map((v) => {
    const size = (v.shape as number[]).reduce((x, y) => x * y, 1);
    return [
      v.leaf.name,
      { shape: v.shape as number[], data: new Float64Array(size).fill(v.leaf.role === 'weight' ? 1 : 0) },
    ] as const;
  });
  const { outputs } = evaluate(program, {
    inputs: {
      x0: { shape: [draws, 3, 2, 2], data: new Float64Array(draws * 12).fill(value) },
      seed: array([], 5),
      rate: array([], 0),
      clip: array([], 1),
    },
    variables: Object.fromEntries(state),
  });
  // The error is a · image + b · noise + k - noise, for a step k that is drawn evenly.
  const errors = sharesOf(schedules[betas]).map(({ a, b }, k) => (a * value + k) ** 2 + (b - 1) ** 2);
  const mean = errors.reduce((x, y) => x + y) / errors.length;
  const spread = Math.sqrt(errors.reduce((x, y) => x + (y - mean) ** 2, 0) / errors.length);
  // Five standard errors; the noise of an image adds less than the step does.
  expect(Math.abs(outputs.loss.data[0] - mean)).toBeLessThan((5 * 1.5 * spread) / Math.sqrt(draws));
});

/** What knows all about data from N(0.3, 0.2²), by the shares of its step. */
const exact = (betas: string, last: number): string => `import { shares } from "std/objectives"
model M() {
  input noisy: image(2)
  input time:  time(noise: ${last}, data: 0, betas: ${betas})
  let (a, b) = shares(time / ${last}, "betas", ${betas})
  output noise: image(2) = b * (noisy - a * 0.3) / (square(a) * 0.04 + square(b))
}`;

/** The steps of a walk, evenly from the noisiest to the first. */
const taken = (last: number, steps: number): number[] =>
  Array.from({ length: steps }, (_, i) => Math.round(last * (1 - i / Math.max(steps - 1, 1))));

const noise = normal([2, 3, 2, 2], 7);

it.each([
  [written[0], 50],
  [written[0], 1000],
  [written[1], 20],
  [written[3], 5],
  [written[3], 1],
])('DDIM on %s in %d steps is its formula', (betas, steps) => {
  const table = sharesOf(schedules[betas]);
  const last = table.length - 1;
  const plan = planOf(exact(betas, last), `ancestral(steps: ${steps}, eta: 0)`);
  const images = walked(plan, { noise, conditions: {}, variables: {} }).at(-1)!;
  const places = taken(last, steps);
  noise.data.forEach((e, i) => {
    let x = e;
    places.forEach((k, at) => {
      const { a, b } = table[k];
      const eps = (b * (x - a * 0.3)) / (a * a * 0.04 + b * b);
      const clean = (x - b * eps) / a;
      const next = at + 1 < steps ? table[places[at + 1]] : { a: 1, b: 0 };
      x = next.a * clean + next.b * eps;
    });
    expect(images.data[i]).toBeCloseTo(x, 6);
  });
});

it.each([
  // A first-order method in 60 steps, beside where the flow goes.
  ['euler(steps: 60)', 0.03, () => noise.data.map((e) => 0.3 + 0.2 * e)],
  // The same steps in float64.
  [
    'ancestral(steps: 60, eta: 0)',
    1e-4,
    (spec: string) => walked(plannedIn(spec), { noise, conditions: {}, variables: {} }).at(-1)!.data,
  ],
] as const)('an exported sampler follows %s', async (solver, most, expected) => {
  const text = whole(exact(written[0], 999), solver);
  const file = join(folder, `${solver.slice(0, 5)}.onnx`);
  await exportOnnx(samplerProgram(modelOf(text), sampleOf(text, 'M')), { path: file, weights: fromTensors({}) });
  const sampler = await loadOnnx(file);
  const { image } = await sampler.run({ noise: hosted(noise, 'f32') });
  await sampler.dispose();
  const wanted = expected(text);
  noise.data.forEach((_, i) => expect(Math.abs(image.data[i] - wanted[i])).toBeLessThan(most));
});

it('DDPM draws as much noise as its posterior has', () => {
  const betas = written[3];
  const table = sharesOf(schedules[betas]);
  const plan = planOf(exact(betas, 4), 'ancestral(steps: 5)');
  const many = normal([3000, 3, 2, 2], 11);
  const images = walked(plan, {
    noise: many,
    conditions: {},
    variables: {},
    draw: (i) => normal([3000, 3, 2, 2], 100 + i),
  }).at(-1)!;
  // Mean and variance of each step are linear in those before: x ← m · x + c + σ · z.
  let [mean, variance] = [0, 1];
  for (let k = 4; k >= 0; k--) {
    const { a, b } = table[k];
    const next = k > 0 ? table[k - 1] : { a: 1, b: 0 };
    const fresh = (next.b / b) * Math.sqrt(1 - (a / next.a) ** 2);
    const kept = Math.sqrt(Math.max(next.b ** 2 - fresh ** 2, 0));
    const slope = b / (a * a * 0.04 + b * b);
    const factor = (next.a / a) * (1 - b * slope) + kept * slope;
    mean = factor * mean + ((next.a / a) * b - kept) * slope * a * 0.3;
    variance = factor ** 2 * variance + fresh ** 2;
    // The variance of DDPM's posterior, β̃.
    if (k > 0) expect(fresh ** 2).toBeCloseTo((next.b ** 2 / b ** 2) * schedules[betas][k], 12);
  }
  const found = images.data.reduce((x, y) => x + y) / images.data.length;
  const spread = images.data.reduce((x, y) => x + (y - found) ** 2, 0) / images.data.length;
  // Five standard errors of 36,000 draws.
  expect(Math.abs(found - mean)).toBeLessThan((5 * Math.sqrt(variance)) / Math.sqrt(36_000));
  expect(Math.abs(spread / variance - 1)).toBeLessThan(5 * Math.sqrt(2 / 36_000));
});

function planOf(text: string, solver: string): WalkPlan {
  return plannedIn(whole(text, solver));
}

function plannedIn(spec: string): WalkPlan {
  const plan = declaredWalk(modelOf(spec), sampleOf(spec, 'M'));
  if (!plan) throw new Error('no plan');
  return plan;
}

function whole(text: string, solver: string): string {
  const imported = solver.startsWith('ancestral') ? 'import { ancestral } from "std/ddpm"\n' : '';
  return `${imported}${text}\nsample s of M { solver = ${solver} }`;
}

function modelOf(text: string): ModelGraph {
  const { model, diagnostics } = read(text).elaborate('M', {});
  if (!model) throw new Error(renderText(diagnostics, { colors: false }));
  return model;
}
