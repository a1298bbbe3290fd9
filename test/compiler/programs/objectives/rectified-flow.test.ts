import { expect, it } from '@jest/globals';
import { evaluateValues } from '../../../../src/compiler/ir/evaluate';
import { constant, type NdArray, type Value } from '../../../../src/compiler/ir/graph';
import { sigmoid } from '../../../../src/compiler/ops/elementwise';
import {
  dropLabels,
  dropTexts,
  noisyAt,
  rectifiedFlow,
  replaceBelow,
  shiftTimes,
} from '../../../../src/compiler/programs/objectives/rectified-flow';
import { goldenCase, relMax } from '../../../support/golden';
import { array, normal } from '../../../support/tiny-model';

const valueOf = (v: Value): NdArray => evaluateValues([v], new Map())[0];
const seedOf = (run: number, step: number): Value => constant(array([2], run, step), 'i32');
const x0 = constant(normal([4, 3, 2, 2], 5));
const logitNormal = { kind: 'logit_normal', mean: 0, std: 1, shift: 1 } as const;

it.each([1, 2, 3])('shifts times as the reference does with shift %d', (shift) => {
  const golden = goldenCase('time_grids');
  const draws = golden.tensors['in/normal'];
  const even = sigmoid(constant({ shape: draws.shape, data: Float64Array.from(draws.data) }));
  const want = golden.tensors[`out/c2i_train_t_shift${shift}.0`].data;
  expect(relMax(valueOf(shiftTimes(even, shift, { noise: 0, data: 1 })).data, want)).toBeLessThanOrEqual(
    golden.tolerance.out,
  );
});

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

it('walks from noise at 0 to data at 1 along the target', () => {
  const noise = constant(normal([4, 3, 2, 2], 6));
  const { noisy, target } = noisyAt(x0, noise, constant(array([4], 0, 1, 0.25, 0.5)), { noise: 0, data: 1 });
  const [x, v, start, end] = [noisy, target, noise, x0].map((value) => valueOf(value).data);
  for (let i = 0; i < 12; i++) expect(x[i]).toBe(start[i]);
  for (let i = 12; i < 24; i++) expect(x[i]).toBe(end[i]);
  for (let i = 24; i < 36; i++) expect(x[i] + 0.75 * v[i]).toBeCloseTo(end[i], 12);
});

it('turns the path round where noise is at one, and shows the model a thousandfold time', () => {
  const noise = constant(normal([4, 3, 2, 2], 6));
  const { noisy, target, time } = noisyAt(x0, noise, constant(array([4], 1, 0, 0.25, 0.5)), { noise: 1000, data: 0 });
  const [x, v, start, end] = [noisy, target, noise, x0].map((value) => valueOf(value).data);
  for (let i = 0; i < 12; i++) expect(x[i]).toBe(start[i]);
  for (let i = 24; i < 36; i++) expect(x[i] - 0.25 * v[i]).toBeCloseTo(end[i], 12);
  expect([...valueOf(time).data]).toEqual([1000, 0, 250, 500]);
});

it('draws afresh at every step, and time apart from noise', () => {
  const draw = (step: number): Float64Array[] => {
    const { noisy, target, time } = rectifiedFlow(x0, seedOf(3, step), logitNormal, { noise: 0, data: 1 });
    return [noisy, target, time].map((v) => valueOf(v).data);
  };
  const [first, again, second] = [draw(0), draw(0), draw(1)];
  expect(first).toEqual(again);
  first.forEach((data, i) => expect(data).not.toEqual(second[i]));
  const logits = first[2].map((t) => Math.log(t / (1 - t)));
  const noise = valueOf(x0).data.map((x, i) => x - first[1][i]);
  expect(logits[0]).not.toBeCloseTo(noise[0], 6);
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
