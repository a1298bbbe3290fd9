/** FlowEdit (Kulikov et al. 2024, arXiv 2412.08629): an edit along the difference of two velocities, without inversion. */
import { moved } from './integrate';
import { finishFrom } from './times';
import { onPath, type Draw, type EditVelocity } from './velocity';

export interface FlowEdit {
  /** The batch to be edited. */
  readonly image: Float32Array;
  /** The velocity by what the batch shows. */
  readonly source: EditVelocity;
  /** The velocity by what it is to show. */
  readonly target: EditVelocity;
  /** Rising from the noise at which the edit begins to 1 (the paper's n_max). */
  readonly times: readonly number[];
  /** From this share of noise on, the target alone is followed (the paper's n_min); 0 for never. */
  readonly finish: number;
  /** Draws of noise over which each difference is averaged (the paper's n_avg). */
  readonly average: number;
  readonly draw: Draw;
}

/**
 * Moves the batch by `target(source point + change) - source(source point)`, where source points are the batch with new noise in every
 * step, and the change is what the edit has done so far. With equal velocities the change stays exactly 0.
 */
export async function flowEdit({ image, source, target, times, ...options }: FlowEdit): Promise<Float32Array> {
  const { finish, average, draw } = options;
  const end = finishFrom(times, finish);
  let change: Float32Array = new Float32Array(image.length);
  let draws = 0;
  for (const [i, time] of times.slice(0, end).entries()) {
    const sum = new Float64Array(image.length);
    for (let k = 0; k < average; k++) {
      const from = onPath(image, draw(draws++), time);
      const [there, here] = [await target(added(from, change), time), await source(from, time)];
      there.forEach((v, at) => (sum[at] += v - here[at]));
    }
    const step = (times[i + 1] - time) / average;
    change = change.map((c, at) => c + step * sum[at]);
  }
  if (end === times.length - 1) return added(image, change);
  let x = added(onPath(image, draw(draws), times[end]), change);
  for (const [i, time] of times.slice(end, -1).entries())
    x = moved(x, await target(x, time), times[end + i + 1] - time);
  return x;
}

function added(x: Float32Array, change: Float32Array): Float32Array {
  return x.map((at, i) => at + change[i]);
}
