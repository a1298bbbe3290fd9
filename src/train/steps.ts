/** The bare training loop: one session, one batch after the other, no files. */
// Tested by test/train/train.test.ts.
import type { HostTensors, Session } from '../backends/session';
import type { Bindings } from '../compiler/ir/dims';
import { partPrefix } from '../compiler/programs/train-step';
import { scalarTensor } from './tensors';
import type { TrainRecipe } from '../compiler/recipe/index';
import type { TrainingData } from './batches';
import { SpeedMeter, type TrainMetrics } from './metrics';
import { clipAt, rateAt } from './schedule';

/** A step whose loss or gradients are not finite; no variable has changed in it. */
export class NonFiniteStep extends Error {
  override readonly name = 'NonFiniteStep';
  constructor(
    /** Steps done before it. */
    readonly step: number,
    readonly loss: number,
    readonly gradNorm: number,
  ) {
    super(`step ${step + 1} gave a loss of ${loss} and a gradient norm of ${gradNorm}`);
  }
}

/** A step that the backend gave up: what the variables are now, nobody knows. */
export class BrokenStep extends Error {
  override readonly name = 'BrokenStep';
  constructor(override readonly cause: unknown) {
    super('the backend gave up a step');
  }
}

/**
 * Trains from step `from` (steps done before) to the recipe's last, reporting after each step. It ends early, after a
 * whole step, once `signal` is aborted.
 */
export async function* trainSteps(
  session: Session,
  recipe: TrainRecipe,
  data: TrainingData,
  { from = 0, signal }: { from?: number; signal?: AbortSignal } = {},
): AsyncGenerator<TrainMetrics, void> {
  const speed = new SpeedMeter(recipe.batch);
  let ahead: ReturnType<TrainingData['batch']> | null = null;
  for (let step = from; step < recipe.steps && !signal?.aborted; step++) {
    const started = performance.now();
    const inputs = { ...(await (ahead ?? data.batch(step))), ...controls(recipe, step) };
    // The next images are prepared while the backend computes.
    ahead = step + 1 < recipe.steps ? data.batch(step + 1) : null;
    ahead?.catch(() => {});
    const outputs = await session.run('train_step', inputs).catch((error: unknown) => {
      throw new BrokenStep(error);
    });
    const [loss, gradNorm] = [outputs.loss.data[0], outputs.grad_norm.data[0]];
    if (!outputs.finite.data[0]) throw new NonFiniteStep(step, loss, gradNorm);
    const seconds = (performance.now() - started) / 1000;
    // A backend may compute without ever yielding; signals and timers get their turn here.
    await new Promise((resume) => setImmediate(resume));
    const imagesPerSecond = speed.next(seconds);
    yield { step: step + 1, loss, ...partsOf(outputs), gradNorm, rate: rateAt(recipe, step), imagesPerSecond, seconds };
  }
}

/** What a loss is made of, where there is an alignment, and what an objective names. */
function partsOf(outputs: HostTensors): Pick<TrainMetrics, 'velocityLoss' | 'alignLoss' | 'parts'> {
  const { velocity_loss, align_loss } = outputs;
  const named = Object.keys(outputs).filter((name) => name.startsWith(partPrefix));
  return {
    ...(align_loss && { velocityLoss: velocity_loss.data[0], alignLoss: align_loss.data[0] }),
    ...(named.length > 0 && {
      parts: Object.fromEntries(named.map((name) => [name.slice(partPrefix.length), outputs[name].data[0]])),
    }),
  };
}

/** The scalars of the train step that change from step to step. */
export function controls(recipe: TrainRecipe, step: number): { [name: string]: ReturnType<typeof scalarTensor> } {
  return {
    rate: scalarTensor(rateAt(recipe, step)),
    clip: scalarTensor(clipAt(recipe, step) ?? Infinity),
    seed: scalarTensor(recipe.seed, 'i32'),
  };
}

/** The sizes of a train step that the graph leaves open: how many images, and how many tokens a text. */
export function stepSizes({ batch, text }: TrainRecipe): Bindings {
  return { batch, ...(text && { text: text.length }) };
}
