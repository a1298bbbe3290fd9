import { expect, it } from '@jest/globals';
import { evaluateValues } from '../../../src/compiler/ir/evaluate';
import { constant, type NdArray, type Value } from '../../../src/compiler/ir/graph';
import { dropLabels, dropTexts, replaceBelow } from '../../../src/compiler/programs/drops';
import { goldenCase } from '../../support/golden';
import { array } from '../../support/tiny-model';

const valueOf = (v: Value): NdArray => evaluateValues([v], new Map())[0];
const seedOf = (run: number, step: number): Value => constant(array([2], run, step), 'i32');

it('replaces the labels the reference replaces', () => {
  const golden = goldenCase('label_dropout');
  const [draws, labels] = ['in/uniform', 'in/y'].map((k) => golden.tensors[k]);
  const dropped = replaceBelow(
    constant({ shape: labels.shape, data: Float64Array.from(labels.data) }, 'i32'),
    constant({ shape: draws.shape, data: Float64Array.from(draws.data) }),
    0.1,
    10,
  );
  expect([...valueOf(dropped).data]).toEqual([...golden.tensors['out/y'].data]);
});

it('drops about the asked share of labels', () => {
  const labels = constant({ shape: [4000], data: new Float64Array(4000).fill(2) }, 'i32');
  const dropped = valueOf(dropLabels(labels, seedOf(1, 1), 0.1, 7)).data.filter((y) => y === 7).length;
  // 400 expected, standard deviation 19.
  expect(Math.abs(dropped - 400)).toBeLessThan(95);
});

it('replaces whole texts by the empty prompt, together with their masks, as often as it should', () => {
  const count = 4000;
  const texts = constant({ shape: [count, 2, 3], data: new Float64Array(count * 6).fill(1) });
  const masks = constant({ shape: [count, 2], data: new Float64Array(count * 2).fill(1) });
  const none = constant(array([1, 2, 3], 5, 6, 7, 8, 9, 10));
  const noMask = constant(array([1, 2], 1, 0));
  const seed = seedOf(3, 8);
  const [text, mask] = [dropTexts(texts, none, seed, 0.2), dropTexts(masks, noMask, seed, 0.2)].map(
    (v) => valueOf(v).data,
  );
  let dropped = 0;
  for (let i = 0; i < count; i++) {
    const isDropped = text[6 * i] === 5;
    if (isDropped) dropped++;
    expect([...text.slice(6 * i, 6 * i + 6)]).toEqual(isDropped ? [5, 6, 7, 8, 9, 10] : [1, 1, 1, 1, 1, 1]);
    expect([...mask.slice(2 * i, 2 * i + 2)]).toEqual(isDropped ? [1, 0] : [1, 1]);
  }
  // Five standard deviations of a share of 0.2 among 4,000.
  expect(Math.abs(dropped / count - 0.2)).toBeLessThan(5 * Math.sqrt((0.2 * 0.8) / count));
});
