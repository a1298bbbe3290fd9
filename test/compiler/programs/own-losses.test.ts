/** Weights of an objective's own that are trained by a loss of their own, in float64. */
import { expect, it } from '@jest/globals';
import { gradients } from '../../../src/compiler/autodiff/gradients';
import { checkFile } from '../../../src/compiler/compile';
import { renderText } from '../../../src/compiler/diagnostics/render';
import { evaluate, type Arrays } from '../../../src/compiler/ir/evaluate';
import { topological, type Value, type Variable } from '../../../src/compiler/ir/graph';
import { stepCounter, trainForward, trainStep } from '../../../src/compiler/programs/train-step';
import type { Selection } from '../../../src/compiler/programs/freeze';
import { asTrained } from '../../../src/compiler/programs/trained';
import { readSpec } from '../../support/compile';
import { array, normal } from '../../support/tiny-model';

const spec = (clip: string): string => `
block Judge(x: [c, h, w]) -> [] {
  return mean(linear(silu(linear(rearrange(x, "c h w -> (h w) c"), 5) @in), 1) @out, axis: all)
}
objective own(share: Float = 0.5) {
  let judge = shared(x => Judge(x))
  let made = 0.3 * image + model(0.5 * image, time: 0)
  let scale = param([], init: zero) @scale
  output judge = square(judge(image) - 1) + square(judge(made) + 1)
  return mean(square(made - scale * image), axis: all) - share * judge(made)
}
optimizer descent(rate: Float) { output weight = weight - rate * gradient }
model M() {
  input noisy: image(4x4)
  input time:  time(noise: 0, data: 1)
  let c = linear(stack(time, 1 - time), 4) @time
  let x = silu(linear(rearrange(noisy, "c h w -> (h w) c"), 4) @in + c)
  output velocity: image(4x4) = rearrange(linear(x, 3) @out, "(h w) c -> c h w", h: 4)
}
train a of M {
  data      = mnist()
  objective = own(share: 0.25)
  optimizer = descent(rate: 0.1)
  ${clip}
  batch     = 2
  steps     = 10
}`;

function checked(text: string): ReturnType<typeof checkFile> {
  const file = checkFile('m.weft', (path) => (path === 'm.weft' ? text : readSpec(path)));
  const errors = file.diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) throw new Error(renderText(errors, { colors: false }));
  return file;
}

const x0 = normal([2, 3, 4, 4], 5);
const seed = array([], 11);

it.each([
  ['without clipping', Infinity],
  ['each loss clipped by its own norm', 0.05],
])('trains what is under the name of an output by it, and all else by what is returned: %s', (_, limit) => {
  const file = checked(spec('clip      = norm(1.0)'));
  const { model } = file.elaborate('M');
  const settings = { ...file.recipes[0], ema: null, labelDrop: 0, precision: 'f32' } as const;
  const forward = trainForward(asTrained(model!, {}), settings, stepCounter());
  const [judge] = forward.ownLosses;
  expect(forward.ownLosses).toHaveLength(1);
  expect(judge.weights.map((w) => w.leaf.name)).toEqual([
    'judge.in.weight',
    'judge.in.bias',
    'judge.out.weight',
    'judge.out.bias',
  ]);
  expect(forward.extraWeights.map((w) => w.leaf.name)).toEqual(['scale']);

  const others = [...model!.weights, ...forward.extraWeights];
  const all = [...others, ...judge.weights];
  const variables: Arrays = {
    ...Object.fromEntries(all.map((w, i) => [w.leaf.name, normal(w.shape.map(Number), 20 + i)])),
    step: array([], 3),
  };
  const gradientOf = (loss: Value, weights: readonly Variable[]): Map<string, Float64Array> => {
    const outputs = Object.fromEntries(gradients(loss, weights).map((g, i) => [weights[i].leaf.name, g]));
    const inputs = topological(Object.values(outputs)).filter((v) => v.leaf?.kind === 'input');
    const found = evaluate({ name: 'g', inputs, outputs, updates: [] }, { inputs: { x0, seed }, variables }).outputs;
    const norm = Math.sqrt(Object.values(found).reduce((s, { data }) => s + data.reduce((a, g) => a + g * g, 0), 0));
    const factor = Math.min(1, limit / (norm + 1e-6));
    if (limit < 1) expect(factor).toBeLessThan(1);
    return new Map(Object.entries(found).map(([name, { data }]) => [name, Float64Array.from(data, (g) => g * factor)]));
  };
  const expected = new Map([...gradientOf(forward.loss, others), ...gradientOf(judge.loss, judge.weights)]);

  const inputs = { x0, seed, rate: array([], 0.1), clip: array([], limit) };
  const { updates, outputs } = evaluate(trainStep(model!, settings), { inputs, variables });
  for (const { leaf } of all) {
    const before = variables[leaf.name].data;
    updates[leaf.name].data.forEach((x, i) => expect(x).toBeCloseTo(before[i] - 0.1 * expected.get(leaf.name)![i], 10));
  }
  expect(outputs['part/judge'].data[0]).toBeGreaterThan(0);
});

it.each<[string, Selection, readonly string[], readonly string[]]>([
  ['all by default', {}, ['scale'], ['in.weight', 'in.bias', 'out.weight', 'out.bias']],
  ['none that `freeze` names', { freeze: ['judge.in', 'scale'] }, [], ['out.weight', 'out.bias']],
  [
    'all beside what `train` names of the model',
    { train: ['out'] },
    ['scale'],
    ['in.weight', 'in.bias', 'out.weight', 'out.bias'],
  ],
  ['those that `train` names', { train: ['out', 'judge.*.bias'] }, [], ['in.bias', 'out.bias']],
  ['no judge at all', { freeze: ['judge'] }, ['scale'], []],
])('trains of the weights of an objective: %s', (_, selection, extra, judged) => {
  const file = checked(spec(''));
  const { model } = file.elaborate('M');
  const settings = { ...file.recipes[0], ...selection, ema: null, labelDrop: 0, precision: 'f32' } as const;
  const { updates } = trainStep(model!, settings);
  const names = updates.map((u) => u.variable.leaf.name);
  expect(names.filter((name) => name === 'scale')).toEqual(extra);
  expect(names.filter((name) => name.startsWith('judge.'))).toEqual(judged.map((name) => `judge.${name}`));
});

it.each([
  ['freeze = "judge.in"', []],
  ['train = ("in", "judge.out")', []],
  ['train = "in"\n  freeze = "judge"', []],
  ['freeze = "jugde"', ['weight-pattern']],
  ['train = ("in", "judge.in")\n  freeze = "judge.out"', ['selection-idle']],
])('checks patterns against the weights of the objective: %s', (lines, codes) => {
  const text = spec(`clip = norm(1.0)\n  ${lines}`);
  const { diagnostics } = checkFile('m.weft', (path) => (path === 'm.weft' ? text : readSpec(path)));
  expect(diagnostics.map((d) => d.code)).toEqual(codes);
});

it('leaves weights of the objective out of the decay, and says if none is left', () => {
  const written = (except: string): string =>
    spec('clip = norm(1.0)').replace('descent(rate: 0.1)', `adamw(rate: 1e-3, decay: decay(0.1, except: ${except}))`);
  const codes = (except: string): string[] => {
    const text = written(except);
    return checkFile('m.weft', (path) => (path === 'm.weft' ? text : readSpec(path))).diagnostics.map((d) => d.code);
  };
  expect(codes('"judge"')).toEqual([]);
  expect(codes('("in", "out", "time")')).toEqual([]);
  expect(codes('("in", "out", "time", "judge", "scale")')).toEqual(['decay-all']);
  const file = checked(written('("judge", "in")'));
  const settings = { ...file.recipes[0], ema: null, labelDrop: 0, precision: 'f32' } as const;
  expect(() => trainStep(file.elaborate('M').model!, settings)).not.toThrow();
});

it('refuses an output that names no weights of the objective, one that none of them changes, and two of one name', () => {
  const codes = (change: (text: string) => string): string[] => {
    const text = change(spec('clip      = norm(1.0)'));
    return checkFile('m.weft', (path) => (path === 'm.weft' ? text : readSpec(path))).diagnostics.map((d) => d.code);
  };
  expect(codes((t) => t)).toEqual([]);
  expect(codes((t) => t.replace('output judge', 'output critic'))).toEqual(['objective-output']);
  expect(
    codes((t) =>
      t
        .replace('output judge = square(judge(image) - 1)', 'output judge = mean(image, axis: all)')
        .replace(' + square(judge(made) + 1)', ''),
    ),
  ).toEqual(['objective-derivative']);
  expect(
    codes((t) => t.replace('  return mean(square(made', '  output judge = judge(image)\n  return mean(square(made')),
  ).toEqual(['duplicate-name']);
  expect(codes((t) => t.replace('output judge = square(', 'output judge = image + square('))).toEqual([
    'objective-loss',
  ]);
});
