/** The velocity that edits follow, and the times at which they ask for it: 0 at the noise, 1 at the data, whatever the model counts. */
// Tested by test/edit/times.test.ts.

/** The velocity from noise to data of a batch `x`, flat, at a time from 0 (noise) to 1 (data). */
export type EditVelocity = (x: Float32Array, time: number) => Promise<Float32Array>;

/** Standard normal numbers for a batch. Draws of different numbers are independent. */
export type Draw = (number: number) => Float32Array;

/** A batch at a time on the straight path from its noise: `time · image + (1 - time) · noise`. */
export function onPath(image: Float32Array, noise: Float32Array, time: number): Float32Array {
  return image.map((x, i) => time * x + (1 - time) * noise[i]);
}
