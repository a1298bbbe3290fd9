import { expect, it } from '@jest/globals';
import { evaluateValues } from '../../../../src/compiler/ir/evaluate';
import { constant, scalar } from '../../../../src/compiler/ir/graph';
import { clipFactor, globalNorm } from '../../../../src/compiler/programs/optimizers/clip';
import { array } from '../../../support/tiny-model';

it('takes the norm of all gradients as one vector', () => {
  const gradients = [array([2], 1, 2), array([1, 1], 2), array([], 4)].map((g) => constant(g));
  expect(evaluateValues([globalNorm(gradients)], new Map())[0].data[0]).toBe(5);
});

it.each([
  [5, 1, 1 / (5 + 1e-6)],
  [0.5, 1, 1],
  [5, Infinity, 1],
])('scales a norm of %f to a limit of %f by %f', (norm, limit, factor) => {
  expect(evaluateValues([clipFactor(scalar(norm), scalar(limit))], new Map())[0].data[0]).toBeCloseTo(factor, 15);
});
