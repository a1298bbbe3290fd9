/** The sampling loop: walks a solver's time grid from noise to an image, with guidance inside an interval of times. */
import type { Guidance } from '../../recipe/index';
import type { Combination, Solver } from './solver';

/** The model as samplers call it: the velocity of latents `x` at time `t`, with guidance or with the conditions alone. */
export type Velocity = (x: Float32Array, t: number, guided: boolean) => Promise<Float32Array>;

/** The state after one step, for progress, previews and tests. */
export interface StepReport {
  readonly index: number;
  /** Latents at the end of the step. */
  readonly x: Float32Array;
}

export interface SampleRun {
  readonly solver: Solver;
  readonly steps: number;
  /** Shift of the time grid, 1 for none. */
  readonly shift: number;
  /** Width of the last step before the shift; `1 / steps` if absent. */
  readonly lastStep?: number;
  readonly guidance: Guidance | null;
  /** Initial latents, drawn from a standard normal distribution. */
  readonly noise: Float32Array;
  readonly velocity: Velocity;
  readonly onStep?: (report: StepReport) => void | Promise<void>;
}

/** The latents at the end of the walk, in the units of the training data. */
export async function runSolver(run: SampleRun): Promise<Float32Array> {
  const evaluations = run.solver.evaluations(run.solver.times(run.steps, run.shift, run.lastStep));
  let latents = run.noise;
  let kept = run.noise;
  let index = 0;
  for (const evaluation of evaluations) {
    const velocity = await run.velocity(latents, evaluation.time, isGuided(run.guidance, evaluation.time));
    const seen = { latents, velocity, kept };
    const next = { latents: combined(evaluation.latents, seen), kept: combined(evaluation.kept, seen) };
    ({ latents, kept } = next);
    for (const end of evaluation.reached) await run.onStep?.({ index: index++, x: next[end] });
  }
  return latents;
}

/** The sum of a combination, rounded to float32 once. */
function combined(
  { latents = 0, velocity = 0, kept = 0 }: Combination,
  seen: { readonly [K in keyof Required<Combination>]: Float32Array },
): Float32Array {
  return seen.latents.map((x, i) => latents * x + velocity * seen.velocity[i] + kept * seen.kept[i]);
}

/** Whether guidance acts at time `t`: strictly inside its interval, with the bounds rounded to float32 like `t`. */
export function isGuided(guidance: Guidance | null, t: number): boolean {
  if (!guidance || guidance.scale === 1) return false;
  return Math.fround(guidance.from) < t && t < Math.fround(guidance.to);
}

/** `uncond + scale · (cond - uncond)` in float32, for backends that compute the branches separately. */
export function guide(uncond: Float32Array, cond: Float32Array, scale: number): Float32Array {
  const s = Math.fround(scale);
  return uncond.map((u, i) => u + Math.fround(s * Math.fround(cond[i] - u)));
}
