import { expect, it } from '@jest/globals';
import { coin, epochOrder, picks } from '../../src/data/shuffle';

it('orders hold every image once', () => {
  for (const count of [1, 2, 7, 100]) {
    expect([...epochOrder(count, 3, 5)].sort((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, i) => i));
  }
});

it('orders depend on seed and epoch alone', () => {
  expect(epochOrder(50, 1, 2)).toEqual(epochOrder(50, 1, 2));
  expect(epochOrder(50, 1, 2)).not.toEqual(epochOrder(50, 1, 3));
  expect(epochOrder(50, 1, 2)).not.toEqual(epochOrder(50, 2, 2));
});

it('every order of three images is about as frequent', () => {
  const seen = new Map<string, number>();
  const epochs = 6000;
  for (let epoch = 0; epoch < epochs; epoch++) {
    const key = epochOrder(3, 0, epoch).join();
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  // 1000 of each are expected with a standard deviation of 29; five of these are allowed.
  expect(seen.size).toBe(6);
  for (const n of seen.values()) expect(Math.abs(n - epochs / 6)).toBeLessThan(145);
});

it('coins are fair and repeatable', () => {
  const heads = Array.from({ length: 4000 }, (_, i) => Number(coin(9, i))).reduce((a, b) => a + b);
  // 2000 are expected with a standard deviation of 32.
  expect(Math.abs(heads - 2000)).toBeLessThan(160);
  expect(coin(9, 2 ** 33)).toBe(coin(9, 2 ** 33));
});

it('picks with replacement, and every number about as often', () => {
  const counts = new Array<number>(4).fill(0);
  for (let draw = 0; draw < 1000; draw++) for (const i of picks(4, 5, draw)) counts[i]++;
  // 1000 of each are expected with a standard deviation of 27.
  for (const n of counts) expect(Math.abs(n - 1000)).toBeLessThan(135);
  expect(picks(9, 1, 2)).toEqual(picks(9, 1, 2));
  expect(picks(9, 1, 2)).not.toEqual(picks(9, 1, 3));
});
