import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import { formatShape } from '../../../src/compiler/ir/dims';
import { readSpec } from '../../support/compile';

/** The one model of a spec with its image size open: units, or the codes and words of what is in the way. */
function open(body: string, parameters = 'size: Size = 32x48, patch: Int = 4') {
  const text = `import { sincos2d } from "std/nn"
    import { rope2d } from "std/attention"
    import { compact } from "std/compact"
    model M(${parameters}) { input x: image(size, channels: 2)
      input time: scalar
      ${body}
    }`;
  const read = (path: string): string | null => (path === 'case.weft' ? text : readSpec(path));
  const { model, diagnostics } = checkFile('case.weft', read, { elaborateModels: false }).elaborate(
    'M',
    {},
    { openSize: true },
  );
  // What is not looked at here is not used.
  const problems = diagnostics.flatMap((d) => (d.code === 'unused-input' ? [] : [`${d.code}: ${d.message}`]));
  return { model, units: model?.openSize?.units, problems };
}
const output = 'output velocity: image(size, channels: 2) = x';

it('leaves both sides of the image open, in pixels where nothing divides them', () => {
  const { model, units, problems } = open(output);
  expect(problems).toEqual([]);
  expect(units).toEqual({ height: 1, width: 1 });
  expect(formatShape(model!.inputs[0].value.shape)).toBe('[batch, 2, height, width]');
  expect(model!.inputs[0]).toMatchObject({ height: 32, width: 48 });
  expect(model!.hyperparameters).toEqual({ patch: 4 });
});

it.each([
  ['a requirement', 'require size.height % patch == 0, "no"', { height: 4, width: 1 }],
  ['a quotient of the size', 'let grid = size / Size(patch, 6)', { height: 4, width: 6 }],
  ['quotients of quotients', 'let grid = size / patch\n let coarse = grid.width / 6', { height: 4, width: 24 }],
  ['several divisors', 'require size % 6 == 0, "no"\n require size % 4 == 0, "no"', { height: 12, width: 12 }],
  ['a pattern', 'let y = rearrange(x, "c (y p) (x q) -> (y x) (c p q)", p: 8, q: 2)', { height: 8, width: 2 }],
  ['a split', 'let (a, b, c) = split(x, 3)', { height: 1, width: 3 }],
  ['strides', 'let y = conv2d(conv2d(x, 4, stride: 2) @a, 4, stride: 3, kernel: 1) @b', { height: 6, width: 6 }],
])('finds the units of the sides from %s', (_, statement, units) => {
  expect(open(`${statement}\n${output}`)).toMatchObject({ problems: [], units });
});

it('opens the size of the image, and no other', () => {
  const { model, problems } = open(output, 'patch: Size = 4x4, size: Size = 32x48');
  expect(problems).toEqual([]);
  expect(model!.openSize!.parameter).toBe('size');
  expect(model!.hyperparameters).toEqual({ patch: { size: [4, 4] } });
});

it('computes tables of positions when the model runs', () => {
  const tables = 'let grid = size / patch\n let angles = rope2d(grid, 8)\n let places = sincos2d(size, 8)';
  const { model, problems } = open(`${tables}
    tap a = angles * 1
    tap b = places * 1
    output velocity: image(size, channels: 2) = x`);
  expect(problems).toEqual([]);
  expect(formatShape(model!.taps.a.shape)).toBe('[height/4*width/4, 4]');
  expect(formatShape(model!.taps.b.shape)).toBe('[height*width, 8]');
});

it('decides conditions that hold for every size, and refuses others', () => {
  expect(open(`require size.area >= 1 and size.height * 2 > size.height, "no"\n${output}`).problems).toEqual([]);
  const { problems } = open(`let y = if size.height == size.width { 1 } else { 2 }\n${output}`);
  expect(problems).toEqual([
    'size-undecided: Whether height == width depends on a size that is known only when the model runs.',
  ]);
});

it('takes fractions of a side as numbers that are known when the model runs', () => {
  const { model, problems } = open(`let scale = 16 / size.height
    tap y = x * scale * sqrt(size.area)
    ${output}`);
  expect(problems).toEqual([]);
  expect(formatShape(model!.taps.y.shape)).toBe('[batch, 2, height, width]');
});

it('names a weight that belongs to one size', () => {
  const places = 'tap places = param([size.height, 2], init: normal(1)) @places';
  expect(open(`${places}\n${output}`).problems).toEqual([
    'weight-size-open: The weight `places` would be [height, 2], but a weight has one shape for all sizes of the input.',
  ]);
  const mixed = 'let y = linear(rearrange(x, "c h w -> c (h w)"), 4) @mix';
  expect(open(`${mixed}\n${output}`).problems).toEqual([
    'weight-size-open: The weight `mix.weight` would be as wide as [2, height*width], but a weight has one shape for all sizes of the input.',
  ]);
});

it('says why windows of several patches cannot be chosen', () => {
  const windows = `let grid = size / patch
    let tokens = rearrange(x, "c (y p) (x q) -> (y x) (p q) c", p: patch, q: patch)
    let z = compact(tokens, 64:1, 8, Size(patch, patch), grid) @z`;
  expect(open(`${windows}\n${output}`).problems[0]).toContain(
    'a Size that is known, as windows of several patches follow its form, but this is the Size height/4 x width/4',
  );
});
