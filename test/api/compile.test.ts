import { expect, it } from '@jest/globals';
import { check, compile, costsOf, SpecError } from '../../src/index';

const text = `import { PixelDiT } from "../specs/pixeldit"
model Small = PixelDiT(size: 16x16, classes: 3, patch: 4, width: 32, heads: 2, depth: 1, pixel_depth: 1)
model Large = Small(depth: 2)
train fast of Large {
  data = mnist()
  objective = rectified_flow(time: uniform())
  optimizer = adamw(rate: 1e-3)
  batch = 4
  steps = 10
}
sample nice of Large { solver = euler(steps: 9) }
`;

it('compiles the first model of a file, or the one that is named', () => {
  expect(compile('test/x.weft', { text }).model.name).toBe('Small');
  expect(compile('test/x.weft#Large', { text }).model.hyperparameters.depth).toBe(2);
});

it('takes the model, the recipe and the sampling that a recipe is about', () => {
  const { model, recipe, sampling } = compile('test/x.weft#fast', { text });
  expect([model.name, recipe?.steps, sampling?.steps]).toEqual(['Large', 10, 9]);
  expect(compile('test/x.weft#Small', { text }).recipe).toBeNull();
});

it('sets hyper-parameters of any kind', () => {
  const set = { depth: 3, size: '8x8', pixel_position: false };
  const { model } = compile('test/x.weft', { text, set });
  expect(model.hyperparameters).toMatchObject({ depth: 3, size: { size: [8, 8] }, pixel_position: false });
  expect(costsOf(model).blocks.filter((b) => b.callee === 'DiT')).toHaveLength(3);
});

it('sets what the recipe and the sampling say', () => {
  const set = { 'optimizer.rate': 3e-4, steps: 20, 'sample.solver.steps': 5 };
  const { recipe, sampling } = compile('test/x.weft#fast', { text, set });
  expect(recipe).toMatchObject({ steps: 20, optimizer: { kind: 'adamw', rate: 3e-4 } });
  expect(sampling).toMatchObject({ solver: 'euler', steps: 5 });
  const wrong = [
    ['foo', 1],
    ['optimizer.rate', -1],
    ['optimizer.rate', NaN],
    ['steps', 1.5],
    ['depth', 'x'],
  ] as const;
  for (const [key, value] of wrong)
    expect(() => compile('test/x.weft#fast', { text, set: { [key]: value } })).toThrow(SpecError);
  expect(check('test/x.weft', { text, set: { steps: 0 } }).diagnostics.map((d) => d.code)).toEqual(['out-of-range']);
});

it('throws everything that is wrong in one error, rendered', () => {
  const wrong = text.replace('patch: 4', 'patch: 5').replace('depth: 2', 'dept: 2');
  expect(() => compile('test/x.weft#Large', { text: wrong })).toThrow(SpecError);
  expect(() => compile('test/x.weft#Large', { text: wrong })).toThrow('Did you mean depth?');
  expect(
    check('test/x.weft', { text: wrong })
      .diagnostics.map((d) => d.code)
      .sort(),
  ).toEqual(['require-failed', 'unknown-hyperparameter']);
});
