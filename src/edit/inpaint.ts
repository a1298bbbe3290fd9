/** Draws a part of a picture again: pixels that are kept follow the path from their noise, the others the model's velocity. */
import { moved } from './integrate';
import { onPath, type Draw, type EditVelocity } from './velocity';

export interface Inpaint {
  readonly image: Float32Array;
  /** For each number of the batch, how much of it is drawn again: 1 in the hole, 0 where it is kept. */
  readonly mask: Float32Array;
  readonly velocity: EditVelocity;
  /** Rising from the noise at which drawing begins to 1. */
  readonly times: readonly number[];
  /** How often each step is taken: before each repetition the noise that the step removed is added again (RePaint, arXiv 2201.09865). */
  readonly repeats: number;
  readonly draw: Draw;
}

/** The batch with its hole drawn again. What is kept is exactly as it was. */
export async function inpaint({ image, mask, velocity, times, ...options }: Inpaint): Promise<Float32Array> {
  const { repeats, draw } = options;
  const noise = draw(0);
  const kept = (x: Float32Array, time: number): Float32Array => {
    const known = onPath(image, noise, time);
    // A weight of 0 would turn what is infinite into not-a-number.
    return x.map((at, i) => (mask[i] === 0 ? known[i] : mask[i] * at + (1 - mask[i]) * known[i]));
  };
  let x = onPath(image, noise, times[0]);
  let draws = 1;
  for (const [i, to] of times.slice(1).entries()) {
    const from = times[i];
    for (let turn = 0; turn < repeats; turn++) {
      if (turn > 0) x = kept(noisedAgain(x, draw(draws++), { from, to }), from);
      x = kept(moved(x, await velocity(x, from), to - from), to);
    }
  }
  return x;
}

/** Goes back on the straight path, from time `to` to the earlier `from`: what is kept is scaled, and noise fills up the variance. */
function noisedAgain(
  x: Float32Array,
  noise: Float32Array,
  { from, to }: { readonly from: number; readonly to: number },
): Float32Array {
  const scale = from / to;
  const spread = Math.sqrt(Math.max(0, (1 - from) ** 2 - (scale * (1 - to)) ** 2));
  return x.map((at, i) => scale * at + spread * noise[i]);
}
