/** Paths that keep the variance, from the objective to samples, against closed forms for Gaussian data, in float64. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../../src/compiler/compile';
import { join } from 'node:path';
import { exportOnnx } from '../../../../src/backends/onnx/export';
import { loadOnnx } from '../../../../src/backends/onnx/runtime';
import { renderText } from '../../../../src/compiler/diagnostics/render';
import { evaluate } from '../../../../src/compiler/ir/evaluate';
import type { NdArray, Program } from '../../../../src/compiler/ir/graph';
import type { ModelGraph } from '../../../../src/compiler/lower/model';
import { denoise } from '../../../../src/compiler/programs/denoise';
import { velocityModel } from '../../../../src/compiler/programs/objectives/velocity-model';
import { samplerProgram, type Walk } from '../../../../src/compiler/programs/sample';
import { trainStep } from '../../../../src/compiler/programs/train-step';
import { fromTensors } from '../../../../src/data/weight-source';
import { hosted } from '../../../ops/compare';
import { suiteFolder } from '../../../support/folder';
import { readSpec } from '../../../support/compile';
import { planOf, walked } from '../../../support/walk';
import { array, normal } from '../../../support/tiny-model';

const folder = suiteFolder();
const [mean, deviation] = [0.3, 0.2];
const paths = ['cosine', 'linear_beta'] as const;
const predictions = ['noise', 'x0', 'velocity'] as const;
const cases = paths.flatMap((path) => predictions.map((prediction) => [path, prediction] as const));

/** What a model predicts that knows all about data from N(mean, deviation²), on a clock from 999 at the noise to 0 at the data. */
function exact(path: string, prediction: string): ModelGraph {
  const text = `import { shares } from "std/objectives"
model Exact() {
  input noisy: image(4)
  input time:  time(noise: 999, data: 0, path: ${path})
  let (a, b) = shares(time / 999, "${path}")
  let whole = square(a) * ${deviation ** 2} + square(b)
  let noise = b * (noisy - a * ${mean}) / whole
  let clean = ${mean} + a * ${deviation ** 2} * (noisy - a * ${mean}) / whole
  output y: image(4, predicts: ${prediction}) = ${{ noise: 'noise', x0: 'clean', velocity: 'a * noise - b * clean' }[prediction]}
}`;
  return built(text, 'Exact');
}

function built(text: string, name: string): ModelGraph {
  const spec = checkFile('a.weft', (at) => (at === 'a.weft' ? text : readSpec(at)), { elaborateModels: false });
  const { model, diagnostics } = spec.elaborate(name, {});
  if (!model) throw new Error(diagnostics.map((d) => d.message).join('\n'));
  return model;
}

it.each(cases)(
  'the velocity of a model on %s that predicts the %s is that of the straight path',
  (path, prediction) => {
    const program = denoise(velocityModel(exact(path, prediction)));
    const x = normal([1, 3, 4, 4], 3);
    for (const share of [0.01, 0.1, 0.4, 0.7, 0.9]) {
      const { velocity } = evaluate(program, {
        inputs: { x_t: x, t: array([1], 999 * (1 - share)) },
        variables: {},
      }).outputs;
      const slope = (share * deviation ** 2 - (1 - share)) / ((share * deviation) ** 2 + (1 - share) ** 2);
      // The clock is larger at the noise, so that velocities of the model point to it.
      x.data.forEach((z, i) => expect(-velocity.data[i]).toBeCloseTo(mean + slope * (z - share * mean), 9));
    }
  },
);

const noise = normal([2, 3, 4, 4], 7);
const wanted = noise.data.map((e) => mean + deviation * e);
const farthest = (x: ArrayLike<number>): number => wanted.reduce((most, w, i) => Math.max(most, Math.abs(x[i] - w)), 0);

it.each(cases)('solvers go to the data where the model is on %s and predicts the %s', (path, prediction) => {
  const model = exact(path, prediction);
  const at = (call: string): number =>
    farthest(walked(planOf(model, { solver: call }), { noise, conditions: {}, variables: {} }).at(-1)!.data);
  const [few, many] = [at('heun_exact(steps: 20)'), at('heun_exact(steps: 80)')];
  expect(many).toBeLessThan(0.01);
  expect(many).toBeLessThan(few);
  expect(at('dpm_solver_pp(steps: 40)')).toBeLessThan(0.01);
});

it.each(cases)('an exported sampler goes there too, on %s with the %s', async (path, prediction) => {
  const file = join(folder, `${path}-${prediction}.onnx`);
  const walk: Walk = { solver: 'heun', steps: 40, shift: 1, guidance: null };
  await exportOnnx(samplerProgram(exact(path, prediction), walk), { path: file, weights: fromTensors({}) });
  const sampler = await loadOnnx(file);
  const { image } = await sampler.run({ noise: hosted(noise, 'f32') });
  await sampler.dispose();
  expect(farthest(image.data)).toBeLessThan(0.02);
});

it('times that are converted cannot be rounded before', () => {
  const model = exact('cosine', 'noise');
  expect(() => planOf(model, { solver: 'euler(steps: 4, whole_times: true)' })).toThrow('whose times are converted');
  const walk: Walk = { solver: 'heun', steps: 4, shift: 1, guidance: null, wholeTimes: true };
  expect(() => samplerProgram(model, walk)).toThrow('cannot be rounded');
});

const draws = 4000;

it.each(cases)(
  'the loss of diffusion on %s has its expected value where the model predicts the %s',
  (path, prediction) => {
    const { model, program } = trainedOn(path, prediction, 'diffusion(most: 5)');
    // A clean image of one value, and a model that answers with the noisy image, whatever it is to predict.
    const value = 0.6;
    const pixels = Float64Array.from({ length: draws * 3 * 16 }, () => value);
    const { outputs } = evaluate(program, {
      inputs: {
        x0: { shape: [draws, 3, 4, 4], data: pixels },
        seed: array([], 5),
        rate: array([], 0),
        clip: array([], 1),
      },
      variables: Object.fromEntries(
        [...program.updates.map((u) => u.variable), ...model.weights].map((v) => [
          v.leaf.name,
          ones(v.shape as number[], v.leaf.role),
        ]),
      ),
    });
    let expected = 0;
    const cells = 20_000;
    for (let i = 0; i < cells; i++) {
      const place = 0.001 + (0.999 * (i + 0.5)) / cells;
      const lost = 9.95 * place ** 2 + 0.1 * place;
      const a = path === 'cosine' ? Math.cos((Math.PI / 2) * place) : Math.exp(-lost / 2);
      const b = Math.sqrt(1 - a * a);
      const ratio = (a / b) ** 2;
      // What is predicted minus what was asked for: shares of the image and of the noise.
      const [image, fresh, weight] = {
        noise: [a, b - 1, Math.min(1, 5 / ratio)],
        x0: [a - 1, b, Math.min(ratio, 5)],
        velocity: [a + b, b - a, Math.min(ratio, 5) * b * b],
      }[prediction];
      expected += (weight * ((image * value) ** 2 + fresh ** 2)) / cells;
    }
    // The mean of 4000 draws of the place, each of 48 pixels: five standard errors of a loss that spreads about as wide as its mean.
    expect(Math.abs(outputs.loss.data[0] - expected)).toBeLessThan((5 * expected) / Math.sqrt(draws));
  },
);

it('objectives for straight paths refuse other paths', () => {
  expect(() => trainedOn('cosine', 'noise', 'straight_flow')).toThrow('never reads `path`');
});

function trainedOn(path: string, prediction: string, objective: string): { model: ModelGraph; program: Program } {
  const text = `import { ${/^\w+/.exec(objective)![0]} } from "std/objectives"
model Plain() {
  input noisy: image(4)
  input time:  time(noise: 1, data: 0, path: ${path})
  output y: image(4, predicts: ${prediction}) = noisy * param([1], init: one) @scale
}
train a of Plain {
  data      = mnist()
  objective = ${objective}
  optimizer = adamw(rate: 1e-4)
  batch     = 2
  steps     = 10
}`;
  const spec = checkFile('a.weft', (at) => (at === 'a.weft' ? text : readSpec(at)));
  const errors = spec.diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) throw new Error(renderText(errors, { colors: false }));
  const model = built(text, 'Plain');
  return { model, program: trainStep(model, { ...spec.recipes[0], ema: null, precision: 'f32' }) };
}

function ones(shape: readonly number[], role: string): NdArray {
  const size = shape.reduce((a, b) => a * b, 1);
  return { shape, data: new Float64Array(size).fill(role === 'weight' ? 1 : 0) };
}
