/** What a solver of the flow's ordinary differential equation is: a time grid, and a way to make one step of it. */

/** The velocity at latents `x` (flat, any shape) and time `t`; each call is one evaluation of the model. */
export type VelocityAt = (x: Float32Array, t: number) => Promise<Float32Array>;

/** One interval of the time grid. */
export interface Interval {
  readonly from: number;
  readonly to: number;
  readonly last: boolean;
}

export interface Stepped {
  /** Latents at the end of the interval. */
  readonly x: Float32Array;
  /** What the model said of this step, before any extrapolation: the velocity (Heun: the average of both ends). */
  readonly velocity: Float32Array;
}

/** Walks from one end of an interval to the other; it may remember earlier steps, so every sample has its own. */
export type Stepper = (x: Float32Array, interval: Interval, velocity: VelocityAt) => Promise<Stepped>;

export interface Solver {
  readonly name: string;
  /** One sentence and the formula. */
  readonly doc: string;
  /** Times at which steps begin and end: `steps + 1` numbers from noise to data. */
  readonly times: (steps: number, shift: number) => Float32Array;
  readonly stepper: () => Stepper;
}

/** The width of an interval, signed, in float32. */
export function widthOf({ from, to }: Interval): number {
  return Math.fround(to - from);
}

/** `x + scale · v` with float32 rounding after each operation. */
export function advance(x: Float32Array, scale: number, v: Float32Array): Float32Array {
  return x.map((xi, i) => xi + Math.fround(scale * v[i]));
}
