/** Objectives of the language against references, finite differences and closed forms, in float64. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../../src/compiler/compile';
import { gradients } from '../../../../src/compiler/autodiff/gradients';
import { recomputeBlocks } from '../../../../src/compiler/autodiff/recompute';
import { bind } from '../../../../src/compiler/bind/bind';
import { renderText } from '../../../../src/compiler/diagnostics/render';
import { evaluate, evaluateValues, type Arrays } from '../../../../src/compiler/ir/evaluate';
import {
  constant,
  input,
  topological,
  type NdArray,
  type Program,
  type Value,
} from '../../../../src/compiler/ir/graph';
import { substitute } from '../../../../src/compiler/ir/substitute';
import { loadSpec } from '../../../../src/compiler/link/load';
import type { ModelGraph } from '../../../../src/compiler/lower/model';
import { elaborateObjective, type ElaboratedObjective } from '../../../../src/compiler/lower/objective/elaborate';
import { words } from '../../../../src/compiler/lower/words/index';
import { randomNormal } from '../../../../src/compiler/ops/creation';
import { is } from '../../../../src/compiler/ops/define';
import { reduceMean } from '../../../../src/compiler/ops/reduction';
import { averageOf, startOf } from '../../../../src/compiler/programs/optimizers/ema';
import { trainForward, stepCounter } from '../../../../src/compiler/programs/train-step';
import { asTrained } from '../../../../src/compiler/programs/trained';
import type { TimeSampling } from '../../../../src/compiler/recipe/index';
import { readSpec } from '../../../support/compile';
import { goldenCase, relMax } from '../../../support/golden';
import { straightLoss } from '../../../support/straight-flow';
import { array, normal, weightValues } from '../../../support/tiny-model';

/** A network with attention, norms, a convolution and two repeated blocks, on images of 4 by 4. */
function network(output: string, time: string): string {
  return `
block Layer(x: [n, d], c: [d]) -> [n, d] {
  let h = rms_norm(x) @norm * (1 + c)
  let heads = rearrange(linear(h, 3 * d) @qkv, "n (three h e) -> three h n e", three: 3, h: 2)
  let (q, k, v) = split(heads, 3, axis: 0)
  let mixed = attend(rearrange(q, "a h n e -> (a h) n e"), rearrange(k, "a h n e -> (a h) n e"), rearrange(v, "a h n e -> (a h) n e"))
  return x + gelu(linear(rearrange(mixed, "h n e -> n (h e)"), d) @out)
}
model Net() {
  input noisy: image(4x4)
  input time:  ${time}
  input until: scalar
  let c = silu(linear(stack(time, until), 8) @time)
  tap tokens = rearrange(conv2d(noisy, 8, kernel: 3) @conv, "d h w -> (h w) d") |> repeat(2) Layer(c) @blocks
  output ${output}: image(4x4) = rearrange(layer_norm(linear(tokens, 3) @final, affine: false), "(h w) c -> c h w", h: 4)
}
`;
}

const forward = 'time(noise: 0, data: 1)';

interface Made {
  readonly model: ModelGraph;
  readonly made: ElaboratedObjective;
  readonly loss: Value;
}

/** The objective that the recipe of a spec names, with draws of the streams given. */
function elaborated(spec: string, call: string, streams: readonly number[] = [1, 2, 3, 4, 5]): Made {
  const text = `${spec}
train own of Net {
  data = mnist()
  ema = 0.5
  given until = 0
  objective = ${call}
  optimizer = adamw(rate: 1e-3)
  batch = 2
  steps = 10
}`;
  const read = (path: string): string | null => (path === 'net.weft' ? text : readSpec(path));
  const errors = checkFile('net.weft', read).diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) throw new Error(renderText(errors, { colors: false }));
  const { model } = checkFile('net.weft', read).elaborate('Net');
  const { files, locate } = loadSpec('net.weft', read);
  const bound = bind(files, words, locate);
  const section = files[0].file.declarations.find((d) => d.kind === 'section')!;
  const setting =
    section.kind === 'section'
      ? section.entries.find((e) => e.kind === 'setting' && e.path[0].name === 'objective')
      : null;
  const value = setting?.kind === 'setting' ? setting.value : null;
  const callee = value?.kind === 'call' ? value.callee : value;
  const declaration = callee?.kind === 'name' ? files[0].visible.get(callee.name)?.declaration : null;
  if (!model || !value || declaration?.kind !== 'objective') throw new Error('no objective');
  const draws = [...streams];
  const made = elaborateObjective(
    model,
    { declaration, call: value, names: bound.names },
    {
      x0: input('x0', model.inputs[0].value.shape),
      seed: input('seed', [2], 'i32'),
      nextStream: () => draws.shift() ?? 99,
      conditions: new Map(),
      averageOf,
      startOf,
      teacher: null,
      encoded: null,
      batchParts: 1,
    },
  );
  if (!made.loss) throw new Error(renderText([...made.diagnostics], { colors: false }));
  return { model, made, loss: reduceMean(made.loss, { axes: [0] }) };
}

const x0 = normal([2, 3, 4, 4], 5);
const seed = array([2], 11, 3);

/** Outputs of values, with the inputs that they need. */
function values(outputs: { readonly [name: string]: Value }, variables: Arrays): Arrays {
  const inputs: { readonly [name: string]: NdArray } = { x0, seed, until: array([2], 0, 0), y: array([2], 0, 1) };
  const leaves = topological(Object.values(outputs)).filter((v) => v.leaf?.kind === 'input');
  const needed = leaves.map((v) => (v.leaf?.kind === 'input' ? v.leaf.name : ''));
  const program: Program = { name: 'objective', inputs: leaves, outputs, updates: [] };
  const given = Object.fromEntries(needed.map((name) => [name, inputs[name]]));
  return evaluate(program, { inputs: given, variables, bindings: { batch: 2 } }).outputs;
}

const imports = 'import { straight_flow, mean_flow, noise_min_snr } from "std/objectives"\n';

it.each([
  ['velocity', 'time(noise: 0, data: 1)'],
  ['velocity', 'time(noise: 1, data: 0)'],
  ['x0', 'time(noise: 0, data: 1)'],
  ['x0', 'time(noise: 1, data: 0)'],
  ['noise', 'time(noise: 0, data: 1)'],
  ['noise', 'time(noise: 1000, data: 0)'],
])('straight_flow is rectified flow, for %s and %s', (output, time) => {
  const spec = imports.replace(', mean_flow, noise_min_snr', '') + network(output, time);
  // Times are drawn first, then the noise.
  const { model, loss } = elaborated(spec, 'straight_flow(logit_mean: 0.3, logit_std: 0.8, shift: 2.0)', [0, 2 ** 28]);
  const sampling = { kind: 'logit_normal', mean: 0.3, std: 0.8, shift: 2 } as const;
  const wanted = straightLoss(model, input('x0', model.inputs[0].value.shape), input('seed', [2], 'i32'), sampling);
  const all = (l: Value): { readonly [name: string]: Value } => ({
    loss: l,
    ...Object.fromEntries(gradients(l, model.weights).map((g, i) => [model.weights[i].leaf.name, g])),
  });
  const [own, theirs] = [loss, wanted].map((l) => values(all(l), weightValues(model)));
  expect(own.loss.data[0]).toBeGreaterThan(0.1);
  for (const [name, { data }] of Object.entries(theirs))
    data.forEach((x, i) => expect(own[name].data[i]).toBeCloseTo(x, 10));
});

it.each<TimeSampling>([
  { kind: 'logit_normal', mean: -0.3, std: 0.8, shift: 3 },
  { kind: 'logit_normal', mean: 0, std: 1, shift: 1 },
  { kind: 'uniform', shift: 1 },
  { kind: 'uniform', shift: 2.5 },
])('the word rectified_flow draws times by %j', (time) => {
  const { model } = elaborated(
    imports.replace(', mean_flow, noise_min_snr', '') + network('x0', forward),
    'straight_flow',
  );
  const x0s = input('x0', model.inputs[0].value.shape);
  const loss = (step: number): number[] => {
    const wanted = straightLoss(model, x0s, constant(array([2], 11, step), 'i32'), time);
    const own = trainForward(
      asTrained(model, {}),
      {
        objective: { kind: 'rectified_flow', time },
        optimizer: { kind: 'adamw', rate: 1e-3, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
        ema: null,
        labelDrop: 0,
      },
      stepCounter(),
    ).loss;
    const outputs = { own, wanted };
    const leaves = topological(Object.values(outputs)).filter((v) => v.leaf?.kind === 'input');
    const inputs = { x0, seed: array([], 11), until: array([2], 0, 0) };
    const variables = { ...weightValues(model), step: array([], step) };
    const found = evaluate(
      { name: 'both', inputs: leaves, outputs, updates: [] },
      { inputs, variables, bindings: { batch: 2 } },
    );
    return [found.outputs.own.data[0], found.outputs.wanted.data[0]];
  };
  const [first, second] = [loss(3), loss(4)];
  for (const [own, wanted] of [first, second]) expect(own).toBeCloseTo(wanted, 10);
  expect(first[0]).not.toBeCloseTo(second[0], 4);
});

it.each([
  ['time(noise: 0, data: 1)', (t: number) => t],
  ['time(noise: 1000, data: 0)', (t: number) => 1 - t / 1000],
])('straight_flow shows points of the straight way from noise to data, for %s', (time, shareOfData) => {
  const spec = imports.replace(', mean_flow, noise_min_snr', '') + network('velocity', time);
  const { model, made } = elaborated(spec, 'straight_flow');
  const [noisy, seen] = ['image', 'time'].map((kind) => {
    return made.replaced.get(model.inputs.find((i) => i.kind === kind)!.value)!;
  });
  const noise = topological([noisy]).find((v) => is(v, randomNormal) && v.shape.length === 4)!;
  const found = values({ noisy, seen, noise }, weightValues(model));
  found.noisy.data.forEach((x, i) => {
    const share = shareOfData(found.seen.data[Math.floor(i / 48)]);
    expect(share).toBeGreaterThan(0);
    expect(share).toBeLessThan(1);
    expect(x).toBeCloseTo((1 - share) * found.noise.data[i] + share * x0.data[i], 12);
  });
});

it.each([1, 2, 3])('times are shifted as the reference does with shift %d', (shift) => {
  const golden = goldenCase('time_grids');
  const { shape, data } = golden.tensors['in/normal'];
  const { model, made } = elaborated(
    imports.replace(', mean_flow, noise_min_snr', '') + network('velocity', forward),
    `straight_flow(shift: ${shift})`,
  );
  const time = made.replaced.get(model.inputs.find((i) => i.kind === 'time')!.value)!;
  const drawn = topological([time]).find((v) => is(v, randomNormal))!;
  const normals = constant({ shape, data: Float64Array.from(data) });
  const [found] = evaluateValues(substitute([time], new Map([[drawn, normals]])), new Map());
  const want = golden.tensors[`out/c2i_train_t_shift${shift}.0`].data;
  expect(relMax(found.data, want)).toBeLessThanOrEqual(golden.tolerance.out);
});

it('jvp is the derivative along a direction, through attention, norms and convolutions', () => {
  const objective = (body: string): string => `objective probe(step: Float = 0) {
  let t = uniform(0.2, 0.8)
  let direction = normal(like: image)
${body}
}
`;
  const exact =
    objective(`  let (value, slope) = jvp((x, s) => model(x, time: s, until: s * s), at: (image, t), along: (direction, 0.5))
  return sum(slope * slope + 0 * value, axis: all)`);
  const shifted =
    objective(`  return sum(square((model(image + step * direction, time: t + 0.5 * step, until: (t + 0.5 * step) * (t + 0.5 * step))
    - model(image - step * direction, time: t - 0.5 * step, until: (t - 0.5 * step) * (t - 0.5 * step))) / (2 * max(step, 1e-9))), axis: all)`);
  const one = elaborated(exact + network('velocity', forward), 'probe');
  const variables = weightValues(one.model);
  const other = elaborated(shifted + network('velocity', forward), 'probe(step: 1e-4)');
  const [a, b] = [one, other].map(({ loss }) => values({ loss }, variables).loss.data[0]);
  expect(a).toBeGreaterThan(1e-3);
  expect(a / b).toBeCloseTo(1, 6);
});

it('jvp goes through a function that makes weights, such as a discriminator with a penalised slope', () => {
  const objective = (slope: string): string => `
block Judge(x: [c, h, w]) -> [] { return mean(silu(conv2d(x, 4, kernel: 3) @one), axis: all) }
objective probe(step: Float = 1e-4) {
  let judge = shared(x => Judge(x))
  let t = uniform(0.2, 0.8)
  let direction = normal(like: image)
  ${slope}
  output judge = square(slope)
  return mean(square(model(image, time: t)), axis: all)
}
`;
  const losses = [
    '  let (_value, slope) = jvp(x => judge(x), at: image, along: direction)',
    '  let (_value, slope) = jvp(x => Judge(x), at: image, along: direction) @judge',
    '  let slope = (judge(image + step * direction) - judge(image - step * direction)) / (2 * step)',
  ].map((slope) => {
    const text = slope.includes('@judge') ? objective(slope).replace(/  let judge.*\n/, '') : objective(slope);
    const [{ loss, weights }] = elaborated(text + network('velocity', forward), 'probe').made.ownLosses;
    expect(weights.map((w) => w.leaf.name)).toEqual(['judge.one.weight', 'judge.one.bias']);
    return values({ loss }, weightValues({ weights })).loss.data[0];
  });
  expect(losses[2]).toBeGreaterThan(1e-6);
  // The error of central differences with a step of 1e-4 is about 1e-8 of the slope.
  for (const loss of losses) expect(loss / losses[2]).toBeCloseTo(1, 6);
});

it('drops and draws in what an objective itself computes, and not only in the model', () => {
  const objective = `objective probe() {
  tap kept = mean(dropout(1 + 0 * image, 0.25), axis: all)
  tap drawn = mean(square(noise(like: image)), axis: all)
  return mean(model(image, time: 0.5), axis: all)
}
`;
  const { model, made } = elaborated(objective + network('velocity', forward), 'probe');
  const { kept, drawn } = values(made.parts, weightValues(model));
  // Of 48 elements a multiple of 1 / 0.75, and as many draws.
  kept.data.forEach((v) => expect(v * 48 * 0.75).toBeCloseTo(Math.round(v * 48 * 0.75), 10));
  expect(new Set(kept.data).size).toBe(2);
  drawn.data.forEach((v) => expect(Math.abs(v - 1)).toBeLessThan(4 * Math.sqrt(2 / 48)));
});

it('derivatives of a loss go through jvp', () => {
  const objective = `objective probe() {
  let t = uniform(0.2, 0.8)
  let (value, slope) = jvp((x, s) => model(x, time: s, until: s), at: (image, t), along: (normal(like: image), 1))
  return mean(square(slope - value), axis: all)
}
`;
  const { model, loss } = elaborated(objective + network('velocity', forward), 'probe');
  const variables = weightValues(model);
  const found = gradients(loss, model.weights);
  const all = values(Object.fromEntries(found.map((g, i) => [model.weights[i].leaf.name, g])), variables);
  const at = (scale: number): number => {
    const moved = Object.fromEntries(
      Object.entries(variables).map(([name, { shape, data }]) => [
        name,
        { shape, data: data.map((w, i) => w + scale * Math.sin(1 + i)) },
      ]),
    );
    return values({ loss }, moved).loss.data[0];
  };
  const slope = Object.values(all).reduce((s, { data }) => s + data.reduce((r, g, i) => r + g * Math.sin(1 + i), 0), 0);
  const step = 1e-5;
  expect(Math.abs(slope)).toBeGreaterThan(1e-2);
  expect((at(step) - at(-step)) / (2 * step) / slope).toBeCloseTo(1, 6);
});

it('the identity of MeanFlow holds for the mean velocity of a Gaussian, in both directions of time', () => {
  // Of data N(0, s²) the noise at time t has the spread r(t) = √(((1-t)s)² + t²), and paths keep z / r(t).
  const model = (time: string, noiseTime: string, untilNoise: string): string => `
block spread(t: scalar, s: Float) { return sqrt(square((1 - t) * s) + square(t)) }
model Net(s: Float = 0.7) {
  input noisy: image(4x4)
  input time:  ${time}
  input until: scalar
  let t = ${noiseTime}
  let u = ${untilNoise}
  output velocity: image(4x4) = noisy * (1 - spread(u, s) / spread(t, s)) / (time - until)
}
`;
  for (const [time, noiseTime, untilNoise] of [
    ['time(noise: 1, data: 0)', 'time', 'until'],
    ['time(noise: 0, data: 1)', '1 - time', '1 - until'],
  ]) {
    const objective = `objective identity(s: Float = 0.7) {
  let start = uniform(0.3, 0.9)
  let (t, r) = (start, start * 0.5)
  let noise = if noise_time > data_time { t } else { 1 - t }
  let (_unused, marginal) = jvp((x, q) => x * spread(if noise_time > data_time { q } else { 1 - q }, s) / stop(spread(noise, s)), at: (image, t), along: (0, 1))
  let (average, change) = jvp((x, q, e) => model(x, time: q, until: e), at: (image, t, r), along: (marginal, 1, 0))
  return mean(square(average - (marginal - (t - r) * change)), axis: all)
}
`;
    const { model: net, loss } = elaborated(objective + model(time, noiseTime, untilNoise), 'identity');
    expect(values({ loss }, weightValues(net)).loss.data[0]).toBeLessThan(1e-20);
  }
});

it.each([
  ['time(noise: 1, data: 0)', '(noisy - scale * mean) / time'],
  ['time(noise: 0, data: 1)', '(scale * mean - noisy) / (1 - time)'],
])('mean_flow learns guided velocities, which for single images are those to %s of their means', (time, velocity) => {
  // A class whose only image is m has the velocity (z - m) / t, without a class it is z / t: guidance by w leads to w m.
  const model = `
import { mean_flow } from "std/objectives"
model Net(scale: Float) {
  input noisy: image(4x4)
  input time:  ${time}
  input until: scalar
  input label: class(2)
  let mean = rearrange(embed(label, 48) @mean, "(c h w) -> c h w", c: 3, h: 4)
  output velocity: image(4x4) = ${velocity} + 0 * until
}
`;
  const lossOf = (scale: number, call: string): number => {
    const { model: net, made, loss } = elaborated(model.replace('scale: Float', `scale: Float = ${scale}`), call);
    const [{ leaf, shape }] = net.weights;
    expect(shape).toEqual([3, 48]);
    const table = array([3, 48], ...x0.data, ...new Array<number>(48).fill(0));
    const { raw } = values({ raw: made.parts.raw, loss }, { [leaf.name]: table });
    return Math.max(...raw.data);
  };
  expect(lossOf(1, 'mean_flow(equal: 0.5)')).toBeLessThan(1e-20);
  for (const call of ['mean_flow(guidance: 2.5)', 'mean_flow(equal: 0, guidance: 2.5, mix: 0.6)']) {
    expect(lossOf(2.5, call)).toBeLessThan(1e-20);
    expect(lossOf(2, call)).toBeGreaterThan(1e-3);
  }
  expect(lossOf(0.5, 'mean_flow(guidance: 0.5, mix: 0.25)')).toBeLessThan(1e-20);
});

it('a part that is computed again changes no number, however often the model is called', () => {
  const spec = imports.replace('straight_flow, ', '').replace(', noise_min_snr', '') + network('velocity', forward);
  const { model, made, loss } = elaborated(spec, 'mean_flow(equal: 0)');
  const variables = weightValues(model);
  const kept = gradients(loss, model.weights);
  const again = recomputeBlocks(loss, kept, made.turns);
  const named = (found: readonly Value[]): { [name: string]: Value } =>
    Object.fromEntries(found.map((g, i) => [model.weights[i].leaf.name, g]));
  expect(topological(again).length).toBeGreaterThan(topological(kept).length);
  const [a, b] = [kept, again].map((found) => values(named(found), variables));
  for (const [name, { data }] of Object.entries(a)) data.forEach((x, i) => expect(b[name].data[i]).toBeCloseTo(x, 12));
});

it('dispersed adds how near the images of a batch are to each other, and its gradient', () => {
  const spec = 'import { dispersed } from "std/objectives"\n' + network('velocity', forward);
  const { model, made, loss } = elaborated(spec, 'dispersed("tokens", strength: 0.7, temperature: 0.4)', [0, 2 ** 28]);
  const tokens = made.replaced.get(model.taps.tokens)!;
  const weights = weightValues(model);
  const wanted = straightLoss(model, input('x0', model.inputs[0].value.shape), input('seed', [2], 'i32'), {
    kind: 'logit_normal',
    mean: 0,
    std: 1,
    shift: 1,
  });
  const [name] = model.weights.filter((w) => w.leaf.name.includes('conv')).map((w) => w.leaf.name);
  const slope = gradients(loss, [model.weights.find((w) => w.leaf.name === name)!])[0];
  const found = values({ loss, tokens, wanted, slope }, weights);
  const [a, b] = [
    found.tokens.data.slice(0, found.tokens.data.length / 2),
    found.tokens.data.slice(found.tokens.data.length / 2),
  ];
  const distance = a.reduce((sum, x, i) => sum + (x - b[i]) ** 2, 0) / a.length;
  const near = Math.log((2 + 2 * Math.exp(-distance / 0.4)) / 4);
  expect(found.loss.data[0]).toBeCloseTo(found.wanted.data[0] + 0.7 * near, 10);
  const moved = (by: number): number => {
    const { shape, data } = weights[name];
    return values({ loss }, { ...weights, [name]: { shape, data: data.map((x, i) => (i === 2 ? x + by : x)) } }).loss
      .data[0];
  };
  // Central differences with a step of 1e-5 are exact to its square, and to rounding over the step.
  expect(found.slope.data[2]).toBeCloseTo((moved(1e-5) - moved(-1e-5)) / 2e-5, 7);
});

it('averages are read from their own variables, and no derivative flows through them', () => {
  const objective = `objective distil() {
  let t = uniform(0.2, 0.8)
  return mean(square(model(image, time: t, until: 1) - average(image, time: t, until: 1)), axis: all)
}
`;
  const { model, loss } = elaborated(objective + network('velocity', forward), 'distil');
  const weights = weightValues(model);
  const averages = Object.fromEntries(Object.entries(weights).map(([name, v]) => [`ema/${name}`, v]));
  const found = gradients(loss, model.weights);
  const zero = values({ loss, g: found[0] }, { ...weights, ...averages });
  expect([zero.loss.data[0], ...zero.g.data].every((x) => x === 0)).toBe(true);
  const other = Object.fromEntries(
    Object.entries(averages).map(([name, v]) => [name, { ...v, data: v.data.map((x) => x * 1.5) }]),
  );
  expect(values({ loss }, { ...weights, ...other }).loss.data[0]).toBeGreaterThan(1e-3);
});

it('the weights that a run began with are read from their own variables', () => {
  const objective = `objective held() {
  let t = uniform(0.2, 0.8)
  return mean(square(model(image, time: t, until: 1) - start(image, time: t, until: 1)), axis: all)
}
`;
  const { model, loss } = elaborated(objective + network('velocity', forward), 'held');
  const weights = weightValues(model);
  const began = Object.fromEntries(Object.entries(weights).map(([name, v]) => [`start/${name}`, v]));
  expect(values({ loss }, { ...weights, ...began }).loss.data[0]).toBe(0);
});

/** A model without weights, of whose velocity the loss is known. */
function known(velocity: string, time = forward): string {
  return `model Net() {
  input noisy: image(4x4)
  input time:  ${time}
  input until: scalar
  output velocity: image(4x4) = 0 * noisy + ${velocity}
}
`;
}

it.each([
  [forward, 1],
  ['time(noise: 1000, data: 0)', 1000],
])('halved_steps asks for the mean of two half steps, for %s', (time, scale) => {
  const spec = 'import { halved_steps } from "std/objectives"\n';
  const at = (velocity: string): number =>
    values({ loss: elaborated(spec + known(velocity, time), 'halved_steps(steps: 4)').loss }, {}).loss.data[0];
  expect(at('0.7')).toBeLessThan(1e-28);
  // A velocity that is the time: the second half step sees it an eighth later.
  expect(at('time')).toBeCloseTo(((scale * 0.125) / 2) ** 2, 8);
  const ofImages = (clean: string): number =>
    values(
      { loss: elaborated(spec + known(clean, time).replace('output velocity', 'output x0'), 'halved_steps').loss },
      {},
    ).loss.data[0];
  // All ways lead to one image, straight; or to images further on, the later they are asked for.
  expect(ofImages('0.3')).toBeLessThan(1e-28);
  expect(ofImages('time')).toBeGreaterThan(1e-3);
  expect(() =>
    elaborated(spec + known('0.3', time).replace('output velocity', 'output noise'), 'halved_steps(steps: 4)'),
  ).toThrow('says nothing of the image');
});

it.each([
  ['cosine', (place: number) => Math.cos((Math.PI / 2) * place)],
  ['linear_beta', (place: number) => Math.exp(-(9.95 * place ** 2 + 0.1 * place) / 2)],
])('diffusion shows points of the path %s, and no others', (path, shareOf) => {
  const spec = 'import { diffusion } from "std/objectives"\n';
  const { model, made } = elaborated(
    spec + network('noise', `time(noise: 1000, data: 0, path: ${path})`),
    'diffusion(most: 5)',
  );
  const [noisy, seen] = ['image', 'time'].map((kind) =>
    made.replaced.get(model.inputs.find((i) => i.kind === kind)!.value)!,
  );
  const noise = topological([noisy]).find((v) => is(v, randomNormal) && v.shape.length === 4)!;
  const found = values({ noisy, seen, noise }, weightValues(model));
  found.noisy.data.forEach((x, i) => {
    const a = shareOf(found.seen.data[Math.floor(i / 48)] / 1000);
    expect(a).toBeGreaterThan(0);
    expect(x).toBeCloseTo(a * x0.data[i] + Math.sqrt(1 - a * a) * found.noise.data[i], 12);
  });
  expect(() => elaborated(spec + network('noise', forward), 'diffusion')).toThrow('which straight_flow trains');
});

it('consistent is nothing where every place of a path leads to one image', () => {
  const spec = 'import { consistent } from "std/objectives"\n';
  const at = (velocity: string): number =>
    values({ loss: elaborated(spec + known(velocity), 'consistent(apart: 0.2)').loss }, {}).loss.data[0];
  expect(at('(0.3 - noisy) / (1 - time)')).toBeLessThan(1e-12);
  expect(at('0')).toBeGreaterThan(0.1);
});

it('noise_min_snr weighs by the signal to noise ratio, up to a bound', () => {
  const spec = 'import { noise_min_snr } from "std/objectives"\n';
  const net = known('0').replace('output velocity', 'output noise');
  const at = (most: string): number =>
    values({ loss: elaborated(spec + net, `noise_min_snr(logit_mean: 2.0, logit_std: 0.0, most: ${most})`).loss }, {})
      .loss.data[0];
  // Odds e² and so a ratio of e⁴: the whole, or its fifth of five.
  expect(at('100.0') / at('5.0')).toBeCloseTo(Math.exp(4) / 5, 10);
});

it('what an objective names by tap is told by name', () => {
  const spec = imports.replace('straight_flow, ', '').replace(', noise_min_snr', '') + network('velocity', forward);
  expect(Object.keys(elaborated(spec, 'mean_flow').made.parts)).toEqual(['raw']);
});
