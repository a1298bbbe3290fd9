import { expect, it } from '@jest/globals';
import { checkFile, type Spec } from '../../../src/compiler/compile';
import { renderText } from '../../../src/compiler/diagnostics/render';
import { keptModel } from '../../../src/compiler/programs/kept-model';
import { readWritten } from '../../../src/compiler/sections/written';
import { elaborateModel, exportSettingsFor, sampleSettingsFor } from '../../../src/spec/open';
import { exportingWith, samplingWith } from '../../../src/spec/settings';
import type { SettingEntry } from '../../../src/compiler/syntax/ast';

const model = `
import { lion } from "std/optimizers"
model M(width: Int = 64, classes: Int = 10, mirrored: Bool = true, size: Size = 8x8) {
  input noisy: image(size, channels: 3)
  input time: scalar
  input label: class(classes)
  let seen = linear(rearrange(noisy, "c h w -> h w c"), width) @seen
  output velocity: image(size, channels: 3) = rearrange(linear(seen + embed(label, width) @label, 3) @out, "h w c -> c h w") * time
}
model Wide = M(width: 256)
`;

const standard: { readonly [name: string]: string } = {
  data: 'mnist()',
  objective: 'rectified_flow(time: uniform())',
  optimizer: 'adamw(rate: 1e-4)',
  batch: '4',
  steps: '10',
};

/** A file with a train section of `of` that has these settings besides what every recipe needs. */
function withSettings(settings: { readonly [name: string]: string }, of = 'M', more = ''): string {
  const lines = Object.entries({ ...standard, ...settings }).map(([name, value]) => `  ${name} = ${value}`);
  return `${model}${more}\ntrain t of ${of} {\n${lines.join('\n')}\n}\n`;
}

function open(text: string, set: { readonly [key: string]: string } = {}): Spec {
  const read = (path: string): string | null => (path === 't.weft' ? text : readStd(path));
  return checkFile('t.weft', read, { set });
}

function readStd(path: string): string | null {
  return path === 'std/optimizers'
    ? 'optimizer lion(rate: Float, beta: Float = 0.9) { input m: moment\n output m = beta * m + gradient\n output weight = weight - rate * sign(m) }\n'
    : null;
}

const told = ({ diagnostics }: Spec): string =>
  renderText(
    diagnostics.filter((d) => d.severity === 'error'),
    { colors: false },
  );

function entry(key: string, text: string): SettingEntry {
  const { entry: found } = readWritten(key, text);
  if (!found) throw new Error(`${key}=${text}`);
  return found;
}

it.each([
  ['M', { width: 64, batch: 64, drop: 0.001 }],
  ['Wide', { width: 256, batch: 16, drop: 0.001 }],
])('computes settings of %s from its hyper-parameters', (of, { width, batch, drop }) => {
  const spec = open(
    withSettings(
      {
        batch: '4096 / width',
        drop: 'label(0.1 * classes / 1000)',
        optimizer: 'adamw(rate: 0.1 / width, betas: (0.9, 1 - 1 / width))',
        steps: '2 * size.height',
        schedule: '1 / (1 + step / width)',
      },
      of,
    ),
  );
  expect(told(spec)).toBe('');
  expect(spec.recipes[0]).toMatchObject({
    batch,
    steps: 16,
    labelDrop: drop,
    optimizer: { rate: 0.1 / width, betas: [0.9, 1 - 1 / width] },
    schedule: `1 / (1 + step / ${width})`,
  });
});

it('gives them to phases, flags, blocks, and arguments of a declared method', () => {
  const text = withSettings({
    optimizer: 'lion(rate: 0.1 / width, beta: 1 - 1 / width)',
    data: 'folder("pictures", flip: mirrored)',
    validate: 'held_out(every: width, data: mnist(), images: 10 * classes)',
  }).replace('steps = 10', 'steps = 10 * width\n  phase at 5 * width { optimizer.rate = 0.01 / width }');
  const spec = open(text);
  expect(told(spec)).toBe('');
  expect(spec.recipes[0]).toMatchObject({
    optimizer: { kind: 'declared', rate: 0.1 / 64, call: 'lion(rate: rate, beta: 1 - 1 / 64)' },
    data: { flip: true },
    validate: { every: 64, images: 100 },
    steps: 640,
    phases: [{ at: 320, rate: 0.01 / 64 }],
  });
});

it('computes them again for hyper-parameters and settings given by hand', () => {
  const text = withSettings({ batch: '4096 / width', schedule: '64 / width' });
  expect(open(text, { width: '32' }).recipes[0]).toMatchObject({ batch: 128, schedule: '64 / 32' });
  const spec = open(text);
  const set = [entry('optimizer.rate', '1 / width'), entry('steps', '2 * width')];
  const { recipe, diagnostics } = spec.recipeWith('t', set, { set: { width: '32' } });
  expect(diagnostics).toEqual([]);
  expect(recipe).toMatchObject({ batch: 128, steps: 64, schedule: '64 / 32', optimizer: { rate: 1 / 32 } });
  const inexact = spec.recipeWith('t', [], { set: { width: '96' } });
  expect(inexact.recipe).toBeNull();
  expect(renderText(inexact.diagnostics, { colors: false })).toContain('42.666');
});

const sweep = 'sweep widths of M { width in [32, 64, 96] }';

it('has a recipe for each case of a study', () => {
  const spec = open(withSettings({ optimizer: 'adamw(rate: 0.1 / width)' }, 'widths', sweep));
  expect(told(spec)).toBe('');
  const rateOf = (name?: string, set = {}): unknown => spec.recipeWith('t', [], { case: name, set }).recipe?.optimizer;
  expect(spec.recipes[0].optimizer).toMatchObject({ rate: 0.1 / 32 });
  expect(['width 32', 'width 64', 'width 96'].map((name) => rateOf(name))).toMatchObject([
    { rate: 0.1 / 32 },
    { rate: 0.1 / 64 },
    { rate: 0.1 / 96 },
  ]);
  expect(rateOf('width 64', { width: '8' })).toMatchObject({ rate: 0.1 / 8 });
});

it('names the case whose setting cannot be computed', () => {
  expect(told(open(withSettings({ batch: '4096 / width' }, 'widths', sweep)))).toMatchInlineSnapshot(`
    "t.weft:16:11  error out-of-range: A number is out of range
      16 |   batch = 4096 / width
         |           ^^^^^^^^^^^^ \`batch\` is 42.666666666666664, but must be a whole number of at least 1.
      in case "width 96" of widths, called at t.weft:11:7
    "
  `);
});

it('says which names have no number, and why', () => {
  const wrong = withSettings({
    batch: '4096 / widht',
    steps: 'size',
    drop: 'label(mirrored)',
    optimizer: 'lion(rate: 1 / widht)',
    clip: 'norm(many)',
  });
  expect(told(open(wrong))).toMatchInlineSnapshot(`
    "t.weft:15:30  error setting-name: A name without a number
      15 |   optimizer = lion(rate: 1 / widht)
         |                              ^^^^^ \`lion.rate\` takes a number, and M has no hyper-parameter \`widht\`.
      hint: Did you mean width?

    t.weft:16:18  error setting-name: A name without a number
      16 |   batch = 4096 / widht
         |                  ^^^^^ \`batch\` takes an Int, and M has no hyper-parameter \`widht\`.
      hint: Did you mean width?

    t.weft:17:11  error setting-name: A name without a number
      17 |   steps = size
         |           ^^^^ \`steps\` takes an Int, but \`size\` of M has the value the Size 8x8.
      hint: Its sides are \`size.height\` and \`size.width\`.

    t.weft:18:16  error setting-name: A name without a number
      18 |   drop = label(mirrored)
         |                ^^^^^^^^ \`label.probability\` takes a number, but \`mirrored\` of M has the value the Bool true.

    t.weft:19:15  error setting-name: A name without a number
      19 |   clip = norm(many)
         |               ^^^^ \`norm.max\` takes a number, and M has no hyper-parameter \`many\`.
      hint: It has width, classes, mirrored, size.
    "
  `);
  const needed = withSettings({ batch: '4096 / width' }).replace('width: Int = 64', 'width: Int');
  expect(told(open(needed))).toMatchInlineSnapshot(`
    "t.weft:3:9  error missing-hyperparameter: A hyper-parameter has no value
      3 | model M(width: Int, classes: Int = 10, mirrored: Bool = true, size: Size = 8x8) {
        |         ^^^^^^^^^^ M needs a value for \`width\`.
      hint: Give it a default, or pass it: \`--set width=…\`.

    t.weft:16:18  error setting-name: A name without a number
      16 |   batch = 4096 / width
         |                  ^^^^^ \`batch\` takes an Int, but \`width\` of M has no value.
      hint: Give it a default in the model: \`width = …\`.
    "
  `);
  const homeless = withSettings({ batch: '4096 / width' }).replace('train t of M', 'train t');
  expect(told(open(homeless))).toMatchInlineSnapshot(`
    "t.weft:12:1  error section-without-model: A section does not say which model it is about
      12 | train t {
         | ^^^^^^^^^ Write \`train name of Model { … }\`.

    t.weft:16:18  error setting-name: A name without a number
      16 |   batch = 4096 / width
         |                  ^^^^^ \`batch\` takes an Int, and hyper-parameters such as \`width\` have values only in a section \`of\` a model, or in a train section of a study.
      hint: Write the number, or name the model: \`train quick of Model { … }\`.
    "
  `);
});

const walks = `
solver halves(steps: Int, share: Float) { output noisy = noisy + share * velocity(noisy, index / steps) / steps }
`;

/** A file whose sample and export sections use hyper-parameters. */
const drawn = (of = 'M'): string => `${model}${walks}
sample s of ${of} {
  solver = halves(steps: width / 8, share: 1 - 1 / width)
  guidance = cfg(1 + 32 / width, from: 1 / size.height)
}
sample b of ${of} { solver = euler(steps: size.area, shift: width / 64) }
export e of ${of} { format = onnx(opset: 13 + classes) }
`;

it.each(['M', 'Wide'])('computes the settings of samples and exports of %s', (of) => {
  const width = of === 'M' ? 64 : 256;
  const spec = open(drawn(of));
  expect(told(spec)).toBe('');
  expect(spec.samples).toMatchObject([
    {
      steps: width / 8,
      solver: { kind: 'declared', call: `halves(steps: steps, share: 1 - 1 / ${width})` },
      guidance: { scale: 1 + 32 / width, from: 1 / 8 },
    },
    { solver: 'euler', steps: 64, shift: width / 64 },
  ]);
  expect(spec.exports).toMatchObject([{ opset: 23 }]);
});

it('computes them again for hyper-parameters given by hand', () => {
  const spec = open(drawn());
  expect(sampleSettingsFor(spec, { model: 'M', set: { width: '32' } })).toMatchObject({
    steps: 4,
    guidance: { scale: 2 },
  });
  expect(sampleSettingsFor(spec, { model: 'M', name: 'b', set: { width: '32' } })).toMatchObject({ shift: 0.5 });
  expect(exportSettingsFor(spec, { model: 'M', set: { classes: '7' } })).toMatchObject({ opset: 20 });
  expect(() => sampleSettingsFor(spec, { model: 'M', set: { width: '36' } })).toThrow('4.5');
  expect(open(drawn(), { width: '32' }).samples[0]).toMatchObject({ steps: 4 });
});

it('gives them to settings of samples and exports that are set by hand', () => {
  const spec = open(drawn());
  const model = elaborateModel(spec, 'M', { width: '32' });
  const samplingBy = (name: string, ...set: [key: string, value: string][]): unknown => {
    const written = sampleSettingsFor(spec, { model: 'M', name });
    if (!written) throw new Error(name);
    return samplingWith(
      spec,
      written,
      set.map(([key, value]) => entry(key, value)),
      model,
    );
  };
  expect(samplingBy('b', ['solver.steps', '2 * width'], ['guidance', 'cfg(1 + 32 / width)'])).toMatchObject({
    steps: 64,
    guidance: { scale: 2 },
  });
  expect(samplingBy('s', ['solver.share', '1 / width'], ['guidance.to', '1 - 1 / size.width'])).toMatchObject({
    steps: 8,
    solver: { kind: 'declared', call: 'halves(steps: steps, share: 1 / 32)' },
    guidance: { from: 1 / 8, to: 7 / 8 },
  });
  expect(() => samplingBy('b', ['solver.steps', '2 * widht'])).toThrow('`euler.steps` takes an Int');
  expect(() => samplingBy('b', ['solver.shift', 'mirrored'])).toThrow('has the value the Bool true');
  const written = exportSettingsFor(spec, { model: 'M' });
  if (!written) throw new Error('the file has an export section');
  expect(exportingWith(written, [entry('format.opset', 'width / 2 + 5')], model)).toMatchObject({ opset: 21 });
});

it('gives them to the model of a teacher, and to what a sample section gives', () => {
  const taught = `
objective taught() {
  let t = uniform(0, 1)
  let noisy = t * image
  return mean(square(model(noisy, time: t) - teacher(noisy, time: t)), axis: all)
}`;
  const text = withSettings({ objective: 'taught', teacher: 'frozen(M(width: 2 * width), weights: "w")' }, 'M', taught);
  const spec = open(text);
  expect(told(spec)).toBe('');
  expect(spec.recipes[0].teacher?.model.call).toBe('M(width: 2 * 64)');
  expect(keptModel(spec.recipes[0].teacher!.model).hyperparameters.width).toBe(128);
  expect(spec.recipeWith('t', [], { set: { width: '8' } }).recipe?.teacher?.model.call).toBe('M(width: 2 * 8)');
  expect(told(open(text.replace('2 * width', '2 * widht')))).toContain('Did you mean width?');

  const given = `${model.replace('input label', 'input level: scalar\n  input label').replace('* time', '* time * level')}
sample s of M {
  solver = euler(steps: 4)
  given level = 1 / width
}`;
  const sampled = open(given);
  expect(told(sampled)).toBe('');
  expect(sampled.samples[0].given).toEqual({ level: { values: ['0.015625'] } });
});

it('has none for a sample section of a study, whose cases share it', () => {
  const text = withSettings({}, 'widths', `${sweep}\nsample s of widths { solver = euler(steps: width) }`);
  expect(told(open(text))).toContain('`euler.steps` takes an Int');
});
