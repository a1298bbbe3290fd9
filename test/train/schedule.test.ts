/** The learning rate from step to step, against closed forms. */
import { expect, it } from '@jest/globals';
import { rateAt } from '../../src/train/schedule';
import { shortRecipe } from '../support/recipe';

function rates(schedule: string | undefined, warmup = 0): number[] {
  const recipe = shortRecipe({ steps: 10, warmup, ...(schedule !== undefined && { schedule }) });
  return Array.from({ length: 10 }, (_, step) => rateAt(recipe, step) / 0.02);
}

const steps = Array.from({ length: 10 }, (_, i) => i);
const close = (found: number[], wanted: number[]): void =>
  found.forEach((x, i) => expect(x).toBeCloseTo(wanted[i], 12));

it('is constant without a schedule', () => {
  close(
    rates(undefined),
    steps.map(() => 1),
  );
});

it.each<[string, (i: number) => number]>([
  ['cosine', (i) => (1 + Math.cos((Math.PI * i) / 10)) / 2],
  ['cosine()', (i) => (1 + Math.cos((Math.PI * i) / 10)) / 2],
  ['cosine(end: 0.1)', (i) => 0.1 + (0.9 * (1 + Math.cos((Math.PI * i) / 10))) / 2],
  ['falling(0.2)', (i) => 1 - 0.8 * (i / 10)],
  ['trapezoid(share: 0.4)', (i) => (i <= 6 ? 1 : (10 - i) / 4)],
  ['1 / sqrt(step + 1)', (i) => 1 / Math.sqrt(i + 1)],
  ['if step < 5 { 1 } else { 0.1 }', (i) => (i < 5 ? 1 : 0.1)],
  ['0.1 + 0.9 * (1 - progress) ^ 2', (i) => 0.1 + 0.9 * (1 - i / 10) ** 2],
  ['max(0.25, 1 - step / steps)', (i) => Math.max(0.25, 1 - i / 10)],
  ['cos(pi * step / (2 * steps))', (i) => Math.cos((Math.PI * i) / 20)],
])('%s', (schedule, factor) => {
  close(rates(schedule), steps.map(factor));
});

it('begins after the warm-up, which it is multiplied by', () => {
  const after = (i: number): number => (1 + Math.cos((Math.PI * Math.max(i - 4, 0)) / 6)) / 2;
  close(
    rates('cosine', 4),
    steps.map((i) => (i < 4 ? (i + 1) / 4 : after(i))),
  );
});

it('multiplies the rate of a phase', () => {
  const recipe = shortRecipe({ steps: 10, schedule: 'falling', phases: [{ at: 5, rate: 0.01, clip: null }] });
  expect(rateAt(recipe, 4)).toBeCloseTo(0.02 * 0.6, 12);
  expect(rateAt(recipe, 5)).toBeCloseTo(0.01 * 0.5, 12);
});

it('says at which step it is no factor', () => {
  expect(() => rates('step - 3')).toThrow('At step 0 this is the Int');
  expect(() => rates('lambda')).toThrow('Nothing called `lambda`');
});
