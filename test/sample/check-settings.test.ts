import { expect, it } from '@jest/globals';
import { checkSampling, type SamplingNumbers } from '../../src/sample/check-settings';

const right: SamplingNumbers = {
  solver: 'dpm_solver_pp',
  steps: 10,
  shift: 1,
  guidance: { scale: 3, from: 0, to: 1 },
  count: 2,
  seed: 0,
};
const guided = (change: object): Partial<SamplingNumbers> => ({ guidance: { ...right.guidance!, ...change } });

it.each<[Partial<SamplingNumbers>, string]>([
  [{ steps: 0 }, 'steps is 0'],
  [{ steps: 1.5 }, 'steps is 1.5'],
  [{ steps: NaN }, 'steps is NaN'],
  [{ shift: 0 }, 'shift is 0, but must be above 0'],
  [{ shift: NaN }, 'shift is NaN'],
  [{ shift: Infinity }, 'shift is Infinity'],
  [{ lastStep: 0.1 }, 'dpm_solver_pp takes no last step'],
  [{ solver: 'euler', lastStep: 0 }, 'lastStep is 0, but must be above 0 and below 1'],
  [{ solver: 'heun', lastStep: NaN }, 'lastStep is NaN'],
  [{ count: -1 }, 'count is -1'],
  [{ seed: -1 }, 'seed is -1'],
  [guided({ scale: -1 }), 'guidance.scale is -1'],
  [guided({ from: 2 }), 'guidance.from is 2'],
  [guided({ from: 0.5, to: 0.5 }), 'is empty'],
  [guided({ rescale: 2 }), 'guidance.rescale is 2'],
])('refuses %j', (change, message) => {
  expect(() => checkSampling({ ...right, ...change })).toThrow(message);
});

it('lets right numbers pass', () => {
  expect(() => checkSampling(right)).not.toThrow();
  expect(() => checkSampling({ ...right, guidance: null })).not.toThrow();
});
