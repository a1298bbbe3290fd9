/** `--set` reaches hyper-parameters and settings, and drops nothing. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import type { Spec } from '../../../src/compiler/compile';
import { divideSettings } from '../../../src/compiler/sections/keys';
import { exportWith } from '../../../src/compiler/sections/export';
import { sampleWith } from '../../../src/compiler/sections/sample';
import { recipeChanges, settingsFor } from '../../../src/spec/settings';
import { readSpec } from '../../support/compile';

const text = `
model M(size: Size = 8x8, depth: Int = 2, steps: Int = 3) {
  input noisy: image(size)
  input time: scalar
  input label: class(2)
  let bias = mean(embed(label, 4) @classes)
  output velocity: image(size) = noisy * time * (depth + steps) + bias |> repeat(depth) conv2d(3) @c
}
model Deep = M(depth: 4)
train t of M {
  data = folder("pics")
  objective = rectified_flow(time: logit_normal(0, 1))
  optimizer = adamw(1e-3)
  clip = norm(1)
  drop = label(0.1)
  batch = 4
  steps = 200
}
sample s of M { solver = euler(steps: 20) guidance = cfg(3) }
export e of M { format = onnx(opset: 20) }
`.replace(' guidance', '\n  guidance');

function spec(set: { readonly [key: string]: string } = {}): Spec {
  return checkFile('m.weft', (path) => (path === 'm.weft' ? text : readSpec(path)), { set });
}
const all = { reason: 'none is read', sections: ['train', 'sample', 'export'] } as const;

/** The spec's recipe, sampling and export with one setting in place of its own. */
function withKey(key: string, value: string): unknown {
  const own = spec();
  const { model, sections, diagnostics } = divideSettings({ [key]: value }, ['size', 'depth', 'steps'], all);
  const recipe = own.recipeWith('t', sections.train);
  const sample = sampleWith(own.samples[0], sections.sample);
  const exported = exportWith(own.exports[0], sections.export);
  const found = [recipe, sample, exported].flatMap((r) => r.diagnostics);
  return {
    model,
    recipe: recipe.recipe,
    sample: sample.settings,
    exported: exported.settings,
    codes: [...diagnostics, ...found].map((d) => `${d.code} ${d.span.source.path}`),
  };
}

it.each([
  ['depth', '5', { model: { depth: '5' } }],
  ['steps', '5', { model: { steps: '5' } }],
  ['train.steps', '5', { recipe: { steps: 5 } }],
  ['batch', '1k', { recipe: { batch: 1000 } }],
  ['ema', '0.99', { recipe: { ema: 0.99 } }],
  ['optimizer.rate', '3e-4', { recipe: { optimizer: { kind: 'adamw', rate: 3e-4 } } }],
  ['optimizer.decay', '0.1', { recipe: { optimizer: { rate: 1e-3, decay: 0.1 } } }],
  ['optimizer', 'muon(rate: 3e-3)', { recipe: { optimizer: { kind: 'muon', rate: 3e-3 } } }],
  ['objective.time.mean', '-0.4', { recipe: { objective: { time: { mean: -0.4, std: 1 } } } }],
  ['clip.max', '0.5', { recipe: { clip: 0.5 } }],
  ['data.flip', 'true', { recipe: { data: { path: 'pics', flip: true } } }],
  ['sample.solver', 'heun(steps: 9)', { sample: { solver: 'heun', steps: 9, guidance: { scale: 3 } } }],
  ['sample.solver.steps', '9', { sample: { solver: 'euler', steps: 9 } }],
  ['sample.guidance.from', '0.1', { sample: { guidance: { scale: 3, from: 0.1 } } }],
  ['export.format.opset', '23', { exported: { opset: 23, dynamic: ['batch'] } }],
  ['export.dynamic', '(batch, size)', { exported: { opset: 20, dynamic: ['batch', 'size'] } }],
])('%s=%s', (key, value, expected) => {
  expect(withKey(key, value)).toMatchObject({ codes: [], ...expected });
});

it.each([
  ['foo.bar', '3', 'unknown-key'],
  ['depht', '3', 'unknown-key'],
  ['optimizer.rat', '3', 'unexpected-argument'],
  ['optimizer.rate', '-1', 'out-of-range'],
  ['optimizer.rate', 'fast', 'setting-name'],
  ['optimizer', 'lion(rate: 1)', 'setting-kind'],
  ['ema.decay', '0.9', 'set-without-place'],
  ['drop.label', '0.1', 'set-without-place'],
  ['warmup.steps', '5', 'set-without-place'],
  ['size.height', '5', 'unknown-key'],
  ['train.foo', '5', 'unknown-setting'],
  ['train.steps', '0', 'out-of-range'],
  ['batch', '1.5', 'out-of-range'],
  ['batch', '4 steps = 5', 'unreadable-setting'],
  ['batch', '4\nsteps = 5', 'unreadable-setting'],
  ['batch', '', 'unreadable-setting'],
  ['sample.solver.steps', '0', 'out-of-range'],
  ['sample.guidance.from', '1', 'out-of-range'],
  ['export.format.opset', '16', 'out-of-range'],
  ['export.format.level', '16', 'unexpected-argument'],
])('refuses %s=%s', (key, value, code) => {
  const { codes } = withKey(key, value) as { codes: string[] };
  expect(codes).toContain(`${code} --set`);
});

it('refuses one setting under two keys', () => {
  const { diagnostics } = divideSettings({ batch: '3', 'train.batch': '4' }, [], all);
  expect(diagnostics.map((d) => d.code)).toEqual(['duplicate-setting']);
});

it('says that a section means nothing to who does not read it', () => {
  const none = { reason: 'weft run reads none', sections: [] };
  expect(() => settingsFor(spec(), 'M', { 'optimizer.rate': '1e-4' }, none)).toThrow(
    '`optimizer.rate` is about train sections, and weft run reads none.',
  );
});

it('knows the hyper-parameters of a variant, and their values', () => {
  expect(spec().hyperparameters('Deep')).toMatchObject({ depth: 4, steps: 3 });
});

it('checks every model and section with what is set', () => {
  const codes = (set: { readonly [key: string]: string }): string[] => spec(set).diagnostics.map((d) => d.code);
  expect(codes({ depth: '3', 'train.steps': '9', 'sample.solver.steps': '4', 'export.dynamic': 'batch' })).toEqual([]);
  expect(spec({ 'train.steps': '9' }).recipes[0].steps).toBe(9);
  expect(spec({ depth: '3' }).elaborate('Deep').model?.hyperparameters.depth).toBe(3);
  expect(codes({ depth: '-1' })).toContain('repeat-count');
  expect(codes({ depth: 'abc' })).toContain('unknown-name');
  expect(codes({ depth: '1.5' })).toContain('not-an-integer');
  expect(codes({ foo: '1' })).toEqual(['unknown-key']);
});

it('finds what settings change of a recipe', () => {
  const own = spec();
  const { sections } = divideSettings({ 'optimizer.rate': '1e-3', ema: '0.9' }, [], all);
  expect(recipeChanges(own, 't', sections.train)).toEqual({ ema: 0.9 });
});

it.each([
  ['ema', '99%', 'ends too early', 'A share is a number: 0.99.'],
  ['optimizer.rate', '1e-4%', 'ends too early', 'A share is a number: 0.000001.'],
  ['batch', '/* four */', 'ends too early', 'Values are like'],
  ['ema', 'if', 'ends too early', 'Values are like'],
  ['ema', '0,99', 'goes on after the value', 'Write decimals with a point: 0.99.'],
  ['train.steps', '1,000,000', 'goes on after the value', 'Write it without commas: 1000000.'],
  ['ema', '0.9 batch=3', 'goes on after the value', 'Write each setting'],
  ['ema', '0.9 0.8', 'goes on after the value', 'Write each setting'],
  ['optimizer.', '3', '`optimizer.` is not the name', 'Names are like'],
  ['.steps', '3', '`.steps` is not the name', 'Names are like'],
  ['phase at 3 { ema', '3 }', '`phase at 3 { ema` is not the name', 'Names are like'],
  ['ema', '{0.9}', 'Expected a value in this setting, but found `{`', ''],
  ['ema', '(0.9', 'A `)` is missing before this', ''],
])('says of --set %s=%s, once and of what is written, what is wrong', (key, value, message, hint) => {
  const { diagnostics } = divideSettings({ [key]: value }, ['size'], all);
  expect(diagnostics.map((d) => d.message)).toEqual([expect.stringContaining(message)]);
  expect(diagnostics[0].hint ?? '').toContain(hint);
  expect(diagnostics[0].message).not.toMatch(/`}`|the file/);
});
