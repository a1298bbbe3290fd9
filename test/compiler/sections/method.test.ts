/** Objectives and optimisers that a file declares, as recipes keep them. */
import { expect, it } from '@jest/globals';
import { checkFile } from '../../../src/compiler/compile';
import { readWritten } from '../../../src/compiler/sections/written';
import { readSpec } from '../../support/compile';

const spec = (optimizer: string, comment = ''): string => `import { lion as small_steps } from "std/optimizers"
${comment}
block near(x: [...]) { return square(x) }
/// What is learnt.
objective own(share: Float = 1, far: Int = 2) {
  let t = uniform(0, 1) // a time
  return share * far * mean(near(model(image, time: t)), axis: all)
}
model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  output velocity: image(8) = noisy * linear(broadcast(time, [1]), 1)
}
train a of M {
  data = mnist()
  objective = own(far: 3, share: 0.5)
  optimizer = ${optimizer}
  batch = 2
  steps = 10
}`;

const open = (text: string) => checkFile('a.weft', (path) => (path === 'a.weft' ? text : readSpec(path)));

it('keeps the text of a declaration and of what it uses, and nothing else of the file', () => {
  const [{ objective }] = open(spec('small_steps(1e-4)')).recipes;
  expect(objective).toEqual({
    kind: 'declared',
    call: 'own(share: 0.5, far: 3)',
    text: `block near(x: [...]) {
  return square(x)
}

objective own(share: Float = 1, far: Int = 2) {
  let t = uniform(0, 1)
  return share * far * mean(near(model(image, time: t)), axis: all)
}
`,
  });
  const [other] = open(spec('small_steps(1e-4)', '// Another comment.\nblock unused(x: [n]) { return x }')).recipes;
  expect(other.objective).toEqual(objective);
});

it.each([
  ['small_steps(1e-4, 0.8)', 1e-4, 'lion(rate: rate, keep: 0.8)'],
  ['small_steps(keep: 0.8, rate: 2e-4)', 2e-4, 'lion(rate: rate, keep: 0.8)'],
])('keeps %s under its own name, with the rate apart', (written, rate, call) => {
  const [{ optimizer }] = open(spec(written)).recipes;
  expect(optimizer).toMatchObject({ kind: 'declared', rate, call });
});

it('takes settings given by hand into such a call', () => {
  const opened = open(spec('small_steps(1e-4)'));
  const set = (key: string, text: string) => {
    const { entry } = readWritten(key, text);
    return opened.recipeWith('a', entry ? [entry] : []);
  };
  expect(set('optimizer.rate', '3e-4').recipe?.optimizer).toMatchObject({ rate: 3e-4, call: 'lion(rate: rate)' });
  expect(set('optimizer.keep', '0.7').recipe?.optimizer).toMatchObject({
    rate: 1e-4,
    call: 'lion(rate: rate, keep: 0.7)',
  });
  expect(set('objective.far', '4').recipe?.objective).toMatchObject({ call: 'own(share: 0.5, far: 4)' });
});
