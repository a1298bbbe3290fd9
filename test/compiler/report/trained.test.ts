import { expect, it } from '@jest/globals';
import { memoryOf } from '../../../src/compiler/report/memory';
import { renderTrained, trainedParameters } from '../../../src/compiler/report/trained';
import { tinyModel } from '../../support/tiny-model';

it('counts what a recipe trains and what it leaves', () => {
  const model = tinyModel();
  expect(trainedParameters(model, {})).toBeNull();
  // final: a weight [12, 8] and a bias [12]; all: 96 + 8 + 48 + 8 + 4 · 64 + 96 + 12.
  const counted = trainedParameters(model, { train: ['final'] });
  expect(counted).toEqual({ trained: 108, frozen: 416 });
  expect(counted && renderTrained(counted)).toBe('Trained: 108 parameters (20.6 %); frozen: 416.');
  expect(trainedParameters(model, { freeze: ['final'] })).toEqual({ trained: 416, frozen: 108 });
});

it('counts gradients and optimiser state of trained weights alone', () => {
  const model = tinyModel();
  const [all, some] = [{}, { train: ['final'] }].map((how) => memoryOf(model, { ...how, labelDrop: 0 }));
  expect([all.gradients, all.optimizer, all.ema]).toEqual([524 * 4, 2 * 524 * 4, 524 * 4]);
  expect([some.weights, some.gradients, some.optimizer, some.ema]).toEqual([524 * 4, 432, 864, 432]);
});
