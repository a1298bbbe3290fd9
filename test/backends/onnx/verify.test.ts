import { expect, it } from '@jest/globals';
import { describeVerification, randomInputs } from '../../../src/backends/onnx/verify';
import { symbol } from '../../../src/compiler/ir/dims';
import { input, variable, type Program } from '../../../src/compiler/ir/graph';
import { concat } from '../../../src/compiler/ops/movement';
import { gather } from '../../../src/compiler/ops/indexing';

const batch = symbol('batch');
const label = input('y', [batch], 'i32');
const mask = input('text_mask', [batch, 6], 'bool');
const time = input('t', [batch]);
const table = variable('table', [5, 3], { kind: 'zeros' }, 'weight');
const program: Program = {
  name: 'denoise',
  inputs: [label, mask, time],
  outputs: { rows: gather(table, label), mask, time },
  updates: [],
};

it('draws labels below the size of the table they index, and all of them', () => {
  const { y } = randomInputs(program, { batch: 200 }, 3);
  expect(new Set(y.data)).toEqual(new Set([0, 1, 2, 3, 4]));
});

it('draws them so where the index stands beside another, as in guidance', () => {
  const none = input('y_none', [batch], 'i32');
  const both = {
    ...program,
    inputs: [label, none],
    outputs: { rows: gather(table, concat([none, label], { axis: 0 })) },
  };
  const { y, y_none } = randomInputs(both, { batch: 200 }, 3);
  expect([y, y_none].map(({ data }) => new Set(data).size)).toEqual([5, 5]);
});

it('draws times in [0, 1) and masks of leading tokens, at least one', () => {
  const { t, text_mask } = randomInputs(program, { batch: 50 }, 3);
  expect(t.data.every((x: number) => x >= 0 && x < 1)).toBe(true);
  expect(text_mask.dtype).toBe('bool');
  for (let row = 0; row < 50; row++) {
    expect(Array.from(text_mask.data.slice(6 * row, 6 * row + 6)).join('')).toMatch(/^1+0*$/);
  }
});

it('draws other inputs for another seed', () => {
  expect(randomInputs(program, { batch: 8 }, 1)).not.toEqual(randomInputs(program, { batch: 8 }, 2));
});

it('says per output how large the worst difference is and where', () => {
  const worst = { index: [0, 2], run: 0, batch: 3 };
  const outputs = [{ output: 'velocity', maxAbs: 0.5, relMax: 0.25, worst }];
  expect(describeVerification({ passed: false, tolerance: 1e-4, outputs })).toBe(
    'velocity: largest difference 5.00e-1 (2.50e-1 of the largest value) at [0, 2] at batch 3\nNOT within the tolerance of 0.0001',
  );
});
