/** Random orders and coin tosses that depend only on a seed and a number, so that training can resume at any step. */
import { philox4x32 } from '../compiler/ops/philox';

/** The purpose of a counter, so that orders and coin tosses share no draws. */
const orderStream = 1;
const coinStream = 2;
const pickStream = 3;

/** The order in which epoch `epoch` shows `count` images (Fisher–Yates). */
export function epochOrder(count: number, seed: number, epoch: number): Uint32Array {
  const order = Uint32Array.from({ length: count }, (_, i) => i);
  let words: Uint32Array = new Uint32Array(4);
  for (let i = count - 1, drawn = 0; i > 0; i--, drawn++) {
    if (drawn % 4 === 0) words = philox4x32([drawn / 4, epoch, orderStream, 0], keyOf(seed));
    const j = Math.floor((words[drawn % 4] / 2 ** 32) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
  return order;
}

/** `count` numbers below `count`, drawn with replacement: the resample number `draw` of a bootstrap. */
export function picks(count: number, seed: number, draw: number): Uint32Array {
  const picked = new Uint32Array(count);
  let words: Uint32Array = new Uint32Array(4);
  for (let i = 0; i < count; i++) {
    if (i % 4 === 0) words = philox4x32([i / 4, draw, pickStream, 0], keyOf(seed));
    picked[i] = Math.floor((words[i % 4] / 2 ** 32) * count);
  }
  return picked;
}

/** A fair coin toss for the `index`-th image shown since training began. */
export function coin(seed: number, index: number): boolean {
  return philox4x32([index % 2 ** 32, Math.floor(index / 2 ** 32), coinStream, 0], keyOf(seed))[0] % 2 === 1;
}

function keyOf(seed: number): readonly [number, number] {
  return [seed % 2 ** 32, Math.floor(seed / 2 ** 32)];
}
