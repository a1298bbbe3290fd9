/** A picture of four numbers, its noise, and a velocity in closed form, for edits along a path. */
import type { Draw, EditVelocity } from '../../src/edit/velocity';
import { normal } from './tiny-model';

export const image = Float32Array.of(0.5, -0.25, 1, 0);

export const draw: Draw = (number) => Float32Array.from(normal([4], number).data);

/** The velocity that leads to the one picture `to`, from anywhere. */
export const towards =
  (...to: number[]): EditVelocity =>
  async (x, time) =>
    x.map((at, i) => (to[i] - at) / (1 - time));
