import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import { evaluate, type Arrays } from '../../../src/compiler/ir/evaluate';
import { drawName, type NdArray, type Program } from '../../../src/compiler/ir/graph';
import { trainStepGiven, type TrainSettings } from '../../../src/compiler/programs/train-step';
import type { Optimizer } from '../../../src/compiler/recipe/index';
import { requireRecipe } from '../../../src/train/run-schema';
import { readSpec } from '../../support/compile';
import { failureOf } from '../../support/failure';
import { array, normal, tinyModel, weightValues } from '../../support/tiny-model';

function open(optimizer: string) {
  const text = `import { lion } from "std/optimizers"
/// Shrinks weights, whatever \`decays\` says.
optimizer plain(rate: Float, decay: Float = 0) {
  output weight = weight * (1 - rate * decay) - rate * gradient
}
model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  let moved = noisy * linear(broadcast(time, [1]), 1) @shift
  output velocity: image(8) = moved * param([1]) @rest
}
train a of M {
  data = mnist()
  objective = rectified_flow(time: uniform)
  optimizer = ${optimizer}
  batch = 2
  steps = 10
}`;
  return checkFile('a.weft', (path) => (path === 'a.weft' ? text : readSpec(path)));
}

/** The optimiser that a recipe reads; it must be right. */
function read(optimizer: string): Optimizer {
  const { recipes, diagnostics } = open(optimizer);
  expect(diagnostics.filter((d) => d.severity === 'error').map((d) => d.message)).toEqual([]);
  requireRecipe(recipes[0]);
  return recipes[0].optimizer;
}

const problems = (optimizer: string): string[] =>
  open(optimizer).diagnostics.flatMap((d) => (d.severity === 'error' ? [`${d.code}: ${d.message}`] : []));

it.each(['"*.bias"', '["*.bias"]', '" *.bias ,*.bias"'])('reads the labels %s', (except) => {
  const { decayExcept, ...rest } = read(`adamw(rate: 1e-3, decay: decay(0.1, except: ${except}))`);
  expect(new Set(decayExcept)).toEqual(new Set(['*.bias']));
  expect(rest).toEqual(read('adamw(rate: 1e-3, decay: 0.1)'));
});

it('keeps the call of a declared optimiser as it is without the group', () => {
  const { decayExcept, ...rest } = read('lion(rate: 1e-3, decay: decay(0.1, except: "shift"))');
  expect(decayExcept).toEqual(['shift']);
  expect(rest).toEqual(read('lion(rate: 1e-3, decay: 0.1)'));
});

it.each<[string, RegExp]>([
  ['adamw(rate: 1e-3, decay: decay(0.1, except: "shift.gain"))', /^weight-pattern: M has no weight .*`shift\.gain`/],
  ['adamw(rate: 1e-3, decay: decay(0.1, except: "*.bias, gain"))', /^weight-pattern: M has no weight .*`gain`/],
  ['lion(rate: 1e-3, decay: decay(0.1, except: "gain"))', /^weight-pattern: /],
  ['adamw(rate: 1e-3, decay: decay(-0.1, except: "shift"))', /^out-of-range: .*-0\.1/],
  ['adamw(rate: 1e-3, decay: decay(0.1))', /except/],
  ['adamw(rate: 1e-3, decay: decay(except: "shift"))', /decay/],
  ['adamw(rate: 1e-3, decay: decay(0.1, without: "shift"))', /without/],
  ['adamw(1e-3, (0.9, 0.99), decay(0.1, except: "shift"))', /^setting-kind: .*a number/],
  ['lion(rate: 1e-3, decay: decay(0.1, except: shift))', /a list of strings/],
])('refuses %s', (optimizer, message) => {
  expect(problems(optimizer)[0]).toMatch(message);
});

const model = tinyModel();
const settings: TrainSettings = {
  objective: { kind: 'rectified_flow', time: { kind: 'uniform', shift: 1 } },
  optimizer: read('adamw(rate: 1e-3)'),
  ema: null,
  labelDrop: 0,
  precision: 'f32',
};

/** The weights after one step. */
function stepped(optimizer: Optimizer): Arrays {
  const program: Program = trainStepGiven(model, { ...settings, optimizer });
  const weights = weightValues(model);
  const variables = Object.fromEntries(
    program.updates.map(({ variable: v }): [string, NdArray] => {
      const size = (v.shape as number[]).reduce((a, b) => a * b, 1);
      const start = v.leaf.init.kind === 'constant' ? v.leaf.init.value : 0;
      const zeros = { shape: v.shape as number[], data: new Float64Array(size).fill(start) };
      return [v.leaf.name, weights[drawName(v)] ?? zeros];
    }),
  );
  const inputs = {
    x_t: normal([2, 3, 4, 4], 1),
    t: array([2], 0.2, 0.7),
    y: array([2], 1, 5),
    v_target: normal([2, 3, 4, 4], 2),
    rate: array([], 0.01),
    clip: array([], 1),
  };
  const { updates } = evaluate(program, { inputs, variables });
  return Object.fromEntries(model.weights.map((w) => [w.leaf.name, updates[w.leaf.name]]));
}

it.each(['adamw', 'came', 'muon', 'lion', 'plain'])('%s lets all weights decay but the excepted ones', (name) => {
  const [none, all] = [stepped(read(`${name}(rate: 1e-3)`)), stepped(read(`${name}(rate: 1e-3, decay: 0.5)`))];
  const optimizer = read(`${name}(rate: 1e-3, decay: decay(0.5, except: "shift"))`);
  const some = stepped({ ...optimizer, decayExcept: ['*.bias', 'block.q', '*table*'] });
  const spared = model.weights.map((w) => w.leaf.name).filter((l) => /\.bias$|^block\.q\.|table/.test(l));
  expect(spared).toContain('block.q.weight');
  for (const label of Object.keys(some)) expect(some[label]).toEqual((spared.includes(label) ? none : all)[label]);
  expect(none['block.q.weight']).not.toEqual(all['block.q.weight']);
});

it('refuses labels that a program gives and the model has not', async () => {
  const optimizer = { ...settings.optimizer, decayExcept: ['blocks'] };
  const failure = await failureOf(() => void trainStepGiven(model, { ...settings, optimizer }));
  expect(failure).toMatch(/Tiny has no weight `blocks` to leave out of the decay\.[^]*Did you mean block/);
});
