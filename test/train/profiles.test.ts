import { expect, it } from '@jest/globals';
import { exponentOf } from '../../src/compiler/programs/optimizers/ema';
import { approximate, type Profile } from '../../src/train/profiles';

function every(interval: number, steps: number, widths: readonly number[]): Profile[] {
  const times = Array.from({ length: steps / interval }, (_, i) => (i + 1) * interval);
  return widths.flatMap((width) => times.map((t) => ({ exponent: exponentOf(width), steps: t })));
}

/** The average of numbers after each step, as training keeps it. */
function averageOf(numbers: readonly number[], { exponent, steps }: Profile): number {
  let average = 0;
  for (let t = 1; t <= steps; t++) average += (1 - (1 - 1 / t) ** (exponent + 1)) * (numbers[t - 1] - average);
  return average;
}

it('finds a kept average again', () => {
  const kept = every(100, 1000, [0.05, 0.1]);
  const { shares, error } = approximate(kept, kept[7]);
  expect(error).toBeLessThan(1e-6);
  kept.forEach((_, i) => expect(shares[i]).toBeCloseTo(i === 7 ? 1 : 0, 5));
});

it('has the distance and the sum that it says, by adding over thin slices of time', () => {
  const kept = every(250, 1000, [0.05, 0.1]);
  const wanted = { exponent: exponentOf(0.2), steps: 1000 };
  const { shares, error } = approximate(kept, wanted);
  expect(shares.reduce((sum, x) => sum + x, 0)).toBeCloseTo(1, 9);
  const at = (p: Profile, t: number): number =>
    t > p.steps ? 0 : ((p.exponent + 1) * (t / p.steps) ** p.exponent) / p.steps;
  let [apart, size] = [0, 0];
  for (let t = 0.05; t < 1000; t += 0.1) {
    const sum = kept.reduce((all, p, i) => all + shares[i] * at(p, t), 0);
    apart += (sum - at(wanted, t)) ** 2;
    size += at(wanted, t) ** 2;
  }
  expect(error / Math.sqrt(apart / size)).toBeCloseTo(1, 2);
  // No other shares with this sum are nearer.
  const distanceOf = (x: ArrayLike<number>): number => {
    let sum = 0;
    for (let t = 0.5; t < 1000; t++) sum += (kept.reduce((all, p, i) => all + x[i] * at(p, t), 0) - at(wanted, t)) ** 2;
    return sum;
  };
  const least = distanceOf(shares);
  for (const [i, j] of [
    [0, 1],
    [3, 7],
    [2, 6],
  ])
    for (const by of [-0.01, 0.01]) {
      const moved = shares.map((x, k) => x + (k === i ? by : k === j ? -by : 0));
      expect(distanceOf(moved)).toBeGreaterThan(least);
    }
});

it.each([0.03, 0.07, 0.15, 0.25])('makes the average of width %d of a walk that was averaged with others', (width) => {
  let [place, state] = [0, 7];
  const walk = Array.from({ length: 4000 }, () => {
    state = (state * 48271) % 2147483647;
    return (place += state / 2147483647 - 0.45);
  });
  const kept = every(100, 4000, [0.05, 0.1]);
  const wanted = { exponent: exponentOf(width), steps: 4000 };
  const { shares, error } = approximate(kept, wanted);
  const made = kept.reduce((sum, p, i) => sum + shares[i] * averageOf(walk, p), 0);
  const [want, other] = [wanted, kept[39]].map((p) => averageOf(walk, p));
  expect(error).toBeLessThan(0.03);
  expect(Math.abs(made - want)).toBeLessThan(0.02 * Math.abs(other - want));
});

it('uses one average of several that are all but equal', () => {
  const near = [0, 1e-13, 2e-13].map((more) => ({ exponent: 10 + more, steps: 100 }));
  const { shares, error } = approximate(near, near[0]);
  expect(error).toBeLessThan(1e-6);
  expect(Math.max(...shares.map(Math.abs))).toBeLessThan(1.001);
});

it('makes widths from 0.03 to 0.2 within 2 % of thirty copies', () => {
  for (const width of [0.03, 0.05, 0.07, 0.1, 0.15, 0.2])
    expect(approximate(every(100, 3000, [0.05, 0.1]), { exponent: exponentOf(width), steps: 3000 }).error).toBeLessThan(
      0.02,
    );
});
