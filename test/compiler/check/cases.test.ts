import { expect, it } from '@jest/globals';
import { readdirSync } from 'node:fs';
import { checkFile } from '../../../src/compiler/compile';
import { renderText } from '../../../src/compiler/diagnostics/render';
import { check } from '../../diagnostics/check';
import { readSpec } from '../../support/compile';

const model = `model M(width: Int = 8, heads: Int = 2) {
  require width % heads == 0, "{width} channels cannot be shared by {heads} heads"
  input x: image(8x8)
  input time: scalar
  output velocity: image(8x8) = x * time |> repeat(3) Layer(width) @layers
}
block Layer(x: [c, h, w], width: Int) -> [c, h, w] { return linear(linear(x, width) @a, w) @b }
`;

function found(text: string): string[] {
  return check('study.weft', { 'study.weft': model + text }).map((d) => `${d.code}: ${d.message}`);
}

it.each([
  ['ablation a { case "x" = M(widht: 8) }', 'unknown-hyperparameter: M has no hyper-parameter `widht`.'],
  ['ablation a { widht = 8 case "x" = M }', 'unknown-hyperparameter: M has no hyper-parameter `widht`.'],
  ['ablation a { case "x" = M(width: "8") }', 'wrong-kind: `width` of M should be an Int, but this is the String "8".'],
  ['sweep s of M { width in [8, true] }', 'wrong-kind: `width` of M should be an Int, but this is the Bool true.'],
  ['ablation a { case "x" = M(width: 9) }', 'require-failed: 9 channels cannot be shared by 2 heads.'],
  ['sweep s of M { width in [8, 9] }', 'require-failed: 9 channels cannot be shared by 2 heads.'],
])('builds the cases of %s', (study, expected) => {
  expect(found(study)).toEqual([expected]);
});

it('names the cases in which a model cannot be built, once for each reason', () => {
  const diagnostics = check('study.weft', {
    'study.weft': `${model}sweep s of M { width in [8, 9, 11] heads in [2, 8] }`,
  });
  expect(diagnostics.map((d) => d.message)).toEqual([
    '9 channels cannot be shared by 2 heads.',
    '11 channels cannot be shared by 2 heads.',
    '9 channels cannot be shared by 8 heads.',
    '11 channels cannot be shared by 8 heads.',
  ]);
  expect(renderText(diagnostics)).toContain('in case "width 9, heads 2" of s, called at study.weft:8:7');
});

it('leaves out combinations of a sweep that its model rules out, with a warning', () => {
  const severities = (text: string): string[] =>
    check('study.weft', { 'study.weft': model + text }).map((d) => d.severity);
  expect(severities('sweep s of M { width in [8, 9] }')).toEqual(['warning']);
  expect(severities('sweep s of M { width in [8, true] }')).toEqual(['error']);
  expect(severities('ablation a { case "x" = M(width: 9) }')).toEqual(['error']);
});

it('says nothing of cases again that is wrong with their model', () => {
  const broken = model.replace('x * time', 'x * tme');
  const diagnostics = check('study.weft', { 'study.weft': `${broken}sweep s of M { width in [8, 16] }` });
  expect(diagnostics.map((d) => d.code)).toEqual(['unknown-name']);
});

it('holds the recipe of a study to the model of each case', () => {
  const recipe = `ablation a { case "x" = M case "y" = M(width: 16) }
train a of a { data = folder("x")  objective = rectified_flow(time: uniform)  optimizer = adamw(rate: 1e-3)
  batch = 4  steps = 10  clip = norm(1.0)  drop = label(0.1) }`;
  expect(found(recipe)).toEqual(['unread-condition: x reads no class, so this would have no effect.']);
});

it('finds in models without their further turns what it finds in whole ones', () => {
  for (const name of readdirSync('specs/peers').filter((n) => n.endsWith('.weft'))) {
    const spec = checkFile(`specs/peers/${name}`, readSpec, { elaborateModels: false });
    for (const m of spec.models) {
      const { model: none, diagnostics } = spec.elaborate(m, {}, { brief: true });
      expect({ m, none, diagnostics }).toEqual({ m, none: null, diagnostics: [] });
    }
  }
  const grows = model.replace('linear(linear(x, width) @a, w) @b', 'concat(x, x, axis: 0)').replace('-> [c, h, w]', '');
  const spec = checkFile('study.weft', (path) => (path === 'study.weft' ? grows : readSpec(path)), {
    elaborateModels: false,
  });
  const [whole, brief] = [false, true].map((b) => spec.elaborate('M', {}, { brief: b }).diagnostics);
  expect(whole.map((d) => d.message)).toEqual([
    'Output velocity is declared image(8x8) = [3, 8, 8], but the value has [24, 8, 8].',
  ]);
  expect(brief.map((d) => d.message)).toEqual(whole.map((d) => d.message));
});

it('builds a second turn that differs from the first', () => {
  const shared = `model M() {
  input x: image(8x8)
  input time: scalar
  let same = shared(linear)
  let wide = x |> repeat(4) z => concat(same(z, 8), z, axis: 2) @layers
  output velocity: image(8x8) = linear(wide, 8) @out * time
}`;
  const diagnostics = check('study.weft', { 'study.weft': shared });
  expect(diagnostics.map((d) => d.message)).toEqual([
    '`same.weight` was made [8, 8] when this was first called, and would be [8, 16] now.',
  ]);
});
