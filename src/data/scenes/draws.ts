/** The random numbers of one synthetic picture, which depend on nothing but its kind, seed and number. */
// Tested by test/data/sources/scenes.test.ts.
import { philox4x32 } from '../../compiler/ops/philox';

/** Uniform numbers in [0, 1), one for each call. `stream` keeps kinds of pictures apart. */
export function draws(stream: number, seed: number, index: number): () => number {
  let [words, at]: [Uint32Array, number] = [new Uint32Array(0), 0];
  return () => {
    if (at % 4 === 0) words = philox4x32([at / 4, index, stream, 0], [seed % 2 ** 32, Math.floor(seed / 2 ** 32)]);
    return words[at++ % 4] / 2 ** 32;
  };
}
