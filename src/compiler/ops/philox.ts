/** Counter-based random numbers: Philox4x32 with ten rounds (Salmon et al., SC 2011), and draws made of it. */

// Bound once: in a realm of its own, as in jest, each access to a global costs far more than the product.
const { imul } = Math;

/** One block: four 32-bit words from a counter of four words and a key of two. */
export function philox4x32(counter: readonly number[], key: readonly number[]): Uint32Array {
  let [c0, c1, c2, c3] = counter;
  let [k0, k1] = key;
  for (let round = 0; round < 10; round++) {
    const high0 = multiplyHigh(0xd2511f53, c0);
    const low0 = imul(0xd2511f53, c0);
    const high1 = multiplyHigh(0xcd9e8d57, c2);
    const low1 = imul(0xcd9e8d57, c2);
    c0 = high1 ^ c1 ^ k0;
    c1 = low1;
    c2 = high0 ^ c3 ^ k1;
    c3 = low0;
    k0 = (k0 + 0x9e3779b9) | 0;
    k1 = (k1 + 0xbb67ae85) | 0;
  }
  return Uint32Array.of(c0, c1, c2, c3);
}

/** `count` numbers uniform in [0, 1), multiples of 2⁻²⁴, so that float32 holds them exactly. */
export function uniformDraws(seed: ArrayLike<number>, stream: number, count: number): Float64Array {
  const out = new Float64Array(count);
  forEachBlock(seed, stream, count, (words, at) => {
    for (let j = 0; j < 4 && at + j < count; j++) out[at + j] = (words[j] >>> 8) * 2 ** -24;
  });
  return out;
}

/** `count` standard normal numbers by Box–Muller, two from each pair of words. */
export function normalDraws(seed: ArrayLike<number>, stream: number, count: number): Float64Array {
  const out = new Float64Array(count);
  forEachBlock(seed, stream, count, (words, at) => {
    for (let j = 0; j < 4 && at + j < count; j += 2) {
      // The first number lies in (0, 1], so its logarithm is finite.
      const radius = Math.sqrt(-2 * Math.log(((words[j] >>> 8) + 1) * 2 ** -24));
      const angle = 2 * Math.PI * (words[j + 1] >>> 8) * 2 ** -24;
      out[at + j] = radius * Math.cos(angle);
      if (at + j + 1 < count) out[at + j + 1] = radius * Math.sin(angle);
    }
  });
  return out;
}

/** The key is the seed; the counter is (block, block's high word, stream, 0). */
function forEachBlock(
  seed: ArrayLike<number>,
  stream: number,
  count: number,
  use: (words: Uint32Array, at: number) => void,
): void {
  const key = [seed[0], seed[1]];
  for (let at = 0, block = 0; at < count; at += 4, block++) {
    use(philox4x32([block, Math.floor(block / 2 ** 32), stream, 0], key), at);
  }
}

/** The upper 32 bits of a 64-bit product of two unsigned words, from 16-bit halves. */
function multiplyHigh(a: number, b: number): number {
  const [a0, a1] = [a & 0xffff, a >>> 16];
  const [b0, b1] = [b & 0xffff, b >>> 16];
  // Each sum is below 2³².
  const middle = a1 * b0 + ((a0 * b0) >>> 16);
  const middle2 = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + (middle >>> 16) + (middle2 >>> 16)) | 0;
}
