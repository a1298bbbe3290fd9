/** Optimisers of the language against closed forms, in float64. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../../src/compiler/compile';
import { evaluate, type Arrays } from '../../../../src/compiler/ir/evaluate';
import { renderText } from '../../../../src/compiler/diagnostics/render';
import { drawName, type NdArray, type Program } from '../../../../src/compiler/ir/graph';
import { trainStepGiven, type TrainSettings } from '../../../../src/compiler/programs/train-step';
import type { Optimizer } from '../../../../src/compiler/recipe/index';
import { grad } from '../../../../src/compiler/programs/loss';
import { readSpec } from '../../../support/compile';
import { array, normal, tinyModel, weightValues } from '../../../support/tiny-model';

const model = tinyModel();

/** The optimiser that a recipe reads from a setting. */
function read(setting: string): Optimizer {
  const text = `import { ${/^(\w+)/.exec(setting)![1]} } from "std/optimizers"
model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  output velocity: image(8) = noisy * linear(broadcast(time, [1]), 1)
}
train a of M {
  data = mnist()
  objective = rectified_flow(time: uniform)
  optimizer = ${setting}
  batch = 2
  steps = 10
}`;
  const spec = checkFile('a.weft', (path) => (path === 'a.weft' ? text : readSpec(path)));
  const errors = spec.diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) throw new Error(renderText(errors, { colors: false }));
  return spec.recipes[0].optimizer;
}

function programOf(optimizer: Optimizer): Program {
  const settings: TrainSettings = {
    objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
    optimizer,
    ema: null,
    labelDrop: 0,
    precision: 'f32',
  };
  return trainStepGiven(model, settings);
}

function start(program: Program): Arrays {
  const weights = weightValues(model);
  const of = ({ variable }: Program['updates'][number]): NdArray => {
    const { init } = variable.leaf;
    const shape = variable.shape as number[];
    const size = shape.reduce((a, b) => a * b, 1);
    const value = init.kind === 'constant' ? init.value : 0;
    return weights[drawName(variable)] ?? { shape, data: new Float64Array(size).fill(value) };
  };
  return Object.fromEntries(program.updates.map((u) => [u.variable.leaf.name, of(u)]));
}

const inputs = (step: number, bad = false): Arrays => {
  const target = normal([2, 3, 4, 4], 20 + step);
  return {
    x_t: normal([2, 3, 4, 4], 10 + step),
    t: array([2], 0.2, 0.7),
    y: array([2], 1, 5),
    v_target: bad ? { ...target, data: target.data.with(3, NaN) as Float64Array } : target,
    rate: array([], 0.01 / step),
    clip: array([], 0.8),
  };
};

/** The weights after each of some steps, the third of which is not sound. */
function walk(program: Program): Arrays[] {
  let state = start(program);
  return [1, 2, 3, 4].map((step) => {
    const { updates } = evaluate(program, { inputs: inputs(step, step === 3), variables: state });
    state = { ...state, ...updates };
    return Object.fromEntries(model.weights.map((w) => [w.leaf.name, state[w.leaf.name]]));
  });
}

it.each([
  'adamw(rate: 1e-3, decay: 0.1)',
  'came(rate: 1e-3, decay: 0.2, clip: 0.5)',
  'muon(rate: 1e-3, decay: 0.1, steps: 4)',
  'lion(rate: 1e-3, decay: 0.3)',
  'adafactor(rate: 1e-3, decay: 0.1)',
  'schedule_free(rate: 1e-3, decay: 0.1)',
  'soap(rate: 1e-3, decay: 0.1)',
])('%s changes nothing in a step that is not sound', (setting) => {
  const program = programOf(read(setting));
  const first = { ...start(program) };
  const state = { ...first, ...evaluate(program, { inputs: inputs(1), variables: first }).updates };
  for (const variables of [first, state]) {
    const { updates } = evaluate(program, { inputs: inputs(2, true), variables });
    expect(updates).toEqual(Object.fromEntries(Object.keys(updates).map((name) => [name, variables[name]])));
  }
  expect(state).not.toEqual(first);
});

it.each<[string, Optimizer]>([
  ['adamw(1e-3, (0.8, 0.9), 0.1, 1e-7)', { kind: 'adamw', rate: 1e-3, betas: [0.8, 0.9], decay: 0.1, eps: 1e-7 }],
  [
    'came(1e-3, (0.8, 0.9, 0.99), 0.2, (1e-20, 1e-10), 0.5)',
    { kind: 'came', rate: 1e-3, betas: [0.8, 0.9, 0.99], decay: 0.2, eps: [1e-20, 1e-10], clip: 0.5 },
  ],
  [
    'muon(1e-3, 0.9, 0.1, 4, (0.8, 0.9), 1e-7)',
    { kind: 'muon', rate: 1e-3, momentum: 0.9, decay: 0.1, steps: 4, betas: [0.8, 0.9], eps: 1e-7 },
  ],
])('%s is imported or not', (setting, byWord) => {
  const imported = read(setting);
  expect(imported).toMatchObject({ kind: 'declared', rate: 1e-3 });
  // What a later version wrote of it beside is let through.
  const [own, theirs] = [imported, { ...byWord, later: 1 }].map((o) => walk(programOf(o)));
  expect(own).toEqual(theirs);
});

/** Steps in closed form: `next` gives a weight after a clipped gradient, with what it keeps by name. */
function closedForm(
  next: (w: NdArray, g: Float64Array, kept: Map<string, Float64Array>, step: number, decays: boolean) => Float64Array,
): Arrays[] {
  const gradients = grad(model);
  let weights: Arrays = weightValues(model);
  const kept = new Map<string, Map<string, Float64Array>>();
  return [1, 2].map((step) => {
    const given = inputs(step);
    const { outputs } = evaluate(gradients, { inputs: given, variables: weights });
    const all = model.weights.map((w) => outputs[`grad/${w.leaf.name}`].data);
    const norm = Math.sqrt(all.reduce((s, g) => s + g.reduce((r, x) => r + x * x, 0), 0));
    const factor = Math.min(1, 0.8 / (norm + 1e-6));
    weights = Object.fromEntries(
      model.weights.map(({ leaf: { name, role } }, i) => {
        const own = kept.get(name) ?? new Map<string, Float64Array>();
        kept.set(name, own);
        return [
          name,
          {
            ...weights[name],
            data: next(
              weights[name],
              all[i].map((x) => x * factor),
              own,
              step,
              role === 'weight',
            ),
          },
        ];
      }),
    );
    return weights;
  });
}

function expectSteps(setting: string, wanted: Arrays[]): void {
  const found = walk(programOf(read(setting)));
  wanted.forEach((weights, i) => {
    for (const [name, { data }] of Object.entries(weights))
      data.forEach((x, at) => expect(found[i][name].data[at]).toBeCloseTo(x, 11));
  });
}

it.each<[string, { readonly betas: readonly [number, number]; readonly decay: number }]>([
  ['adamw(rate: 1e-3, decay: 0.1)', { betas: [0.9, 0.999], decay: 0.1 }],
  ['adamw(rate: 1e-3, betas: (0, 0.9))', { betas: [0, 0.9], decay: 0 }],
])('%s makes the steps of arXiv 1711.05101', (setting, { betas: [keep, keepSquares], decay }) => {
  const wanted = closedForm(({ data }, g, kept, step, decays) => {
    const [m, v] = ['m', 'v'].map((name) => kept.get(name) ?? new Float64Array(g.length));
    const mean = m.map((x, i) => keep * x + (1 - keep) * g[i]);
    const squares = v.map((x, i) => keepSquares * x + (1 - keepSquares) * g[i] ** 2);
    kept.set('m', mean).set('v', squares);
    const rate = 0.01 / step;
    return data.map((w, i) => {
      const root = Math.sqrt(squares[i] / (1 - keepSquares ** step));
      return w * (1 - (decays ? rate * decay : 0)) - (rate * mean[i]) / (1 - keep ** step) / (root + 1e-8);
    });
  });
  expectSteps(setting, wanted);
});

it('lion makes the steps of arXiv 2302.06675', () => {
  const wanted = closedForm(({ data }, g, kept, step) => {
    const m = kept.get('m') ?? new Float64Array(g.length);
    kept.set(
      'm',
      m.map((x, i) => 0.99 * x + 0.01 * g[i]),
    );
    const rate = 0.01 / step;
    return data.map((w, i) => w * (1 - rate * 0.3) - rate * Math.sign(0.9 * m[i] + 0.1 * g[i]));
  });
  expectSteps('lion(rate: 1e-3, decay: 0.3)', wanted);
});

it('adafactor makes the steps of arXiv 1804.04235', () => {
  const mean = (x: readonly number[]): number => x.reduce((a, b) => a + b, 0) / x.length;
  const wanted = closedForm(({ data, shape }, g, kept, step) => {
    const keep = 1 - step ** -0.8;
    const squares = g.map((x) => x * x + 1e-30);
    const average = (name: string, now: number[]): number[] => {
      const before = kept.get(name) ?? new Float64Array(now.length);
      const after = now.map((x, i) => keep * before[i] + (1 - keep) * x);
      kept.set(name, Float64Array.from(after));
      return after;
    };
    const [rows, columns] = shape;
    let raw: Float64Array;
    if (shape.length === 2) {
      const at = (r: number, c: number): number => squares[r * columns + c];
      const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
      const byRow = average(
        'r',
        range(rows).map((r) => mean(range(columns).map((c) => at(r, c)))),
      );
      const byColumn = average(
        'c',
        range(columns).map((c) => mean(range(rows).map((r) => at(r, c)))),
      );
      raw = g.map((x, i) => x / Math.sqrt((byRow[Math.floor(i / columns)] * byColumn[i % columns]) / mean(byRow)));
    } else {
      const v = average('v', [...squares]);
      raw = g.map((x, i) => x / Math.sqrt(v[i]));
    }
    const size = Math.sqrt(mean([...raw].map((x) => x * x)));
    return data.map((w, i) => w - ((0.01 / step) * raw[i]) / Math.max(1, size));
  });
  expectSteps('adafactor(rate: 1e-3)', wanted);
});

it('schedule_free makes the steps of arXiv 2405.15682', () => {
  const wanted = closedForm(({ data }, g, kept, step) => {
    const of = (name: string, first: Float64Array): Float64Array => kept.get(name) ?? first;
    const [z, x, v] = [of('z', data), of('x', data), of('v', new Float64Array(g.length))];
    const rate = 0.01 / step;
    const sum = [1, 2].slice(0, step).reduce((s, i) => s + (0.01 / i) ** 2, 0);
    const squares = v.map((q, i) => 0.999 * q + 0.001 * g[i] ** 2);
    const next = z.map(
      (p, i) => p - rate * (g[i] / (Math.sqrt(squares[i] / (1 - 0.999 ** step)) + 1e-8) + 0.1 * data[i]),
    );
    const share = rate ** 2 / sum;
    const average = x.map((p, i) => (1 - share) * p + share * next[i]);
    kept.set('z', next).set('x', average).set('v', squares);
    return next.map((p, i) => 0.1 * p + 0.9 * average[i]);
  });
  expectSteps('schedule_free(rate: 1e-3, decay: 0.1)', wanted);
  expect(read('schedule_free(rate: 1e-3)')).toMatchObject({ averages: true });
});
