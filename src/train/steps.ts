/** The bare training loop: one session, one batch after another, no files. */
// Tested by test/train/train.test.ts.
import { inParts } from '../backends/host';
import type { HostTensor, HostTensors, Session } from '../backends/session';
import type { Bindings } from '../compiler/ir/dims';
import { lossByTimeName, timeParts } from '../compiler/programs/loss-by-time';
import { partPrefix } from '../compiler/programs/train-step';
import { scalarTensor } from './tensors';
import type { TrainRecipe } from '../compiler/recipe/index';
import type { TrainingData } from './batches';
import { SpeedMeter, type TrainMetrics } from './metrics';
import { drawsAfter, type Draws } from './rewinds';
import { clipAt, rateAt } from './schedule';

/** A step whose loss or gradients are not finite; it has changed no variable. */
export class NonFiniteStep extends Error {
  override readonly name = 'NonFiniteStep';
  constructor(
    /** Steps done before it. */
    readonly step: number,
    readonly loss: number,
    readonly gradNorm: number,
    readonly draws: Draws,
  ) {
    super(`step ${step + 1} gave a loss of ${loss} and a gradient norm of ${gradNorm}`);
  }
}

/** A step that failed in the backend: the values of the variables are unknown after it. */
export class BrokenStep extends Error {
  override readonly name = 'BrokenStep';
  constructor(override readonly cause: unknown) {
    super('the backend gave up a step');
  }
}

/**
 * Trains from step `from` (steps done before) until so many are done, by default all of the recipe, reporting after each step. If `signal` is aborted, it ends
 * after a whole step.
 */
export async function* trainSteps(
  session: Session,
  recipe: TrainRecipe,
  data: TrainingData,
  {
    from = 0,
    until = recipe.steps,
    signal,
    draws = drawsAfter(recipe, []),
  }: { from?: number; until?: number; signal?: AbortSignal; draws?: Draws } = {},
): AsyncGenerator<TrainMetrics, void> {
  const speed = new SpeedMeter();
  const batchOf = (step: number): ReturnType<TrainingData['batch']> => data.batch(step + draws.skipped);
  let ahead: ReturnType<TrainingData['batch']> | null = null;
  for (let step = from; step < until && !signal?.aborted; step++) {
    const started = performance.now();
    const inputs = await (ahead ?? batchOf(step));
    let waited = performance.now() - started;
    const bucket = data.bucketAt?.(step + draws.skipped) ?? null;
    const images = inputs.x0.shape[0];
    const parts = microBatches({ ...recipe, batch: images }, inputs);
    const { rate, clip, ...others } = controls(recipe, step, draws);
    // The next images are prepared while the backend computes, or right after it if it never yields.
    ahead = step + 1 < until ? nextTurn().then(() => batchOf(step + 1)) : null;
    ahead?.catch(() => {});
    const run = async (): Promise<HostTensors> => {
      for (const part of parts.slice(0, -1))
        await session.run(inBucket('accumulate_step', bucket), { ...part, ...others });
      return session.run(inBucket('train_step', bucket), { ...parts[parts.length - 1], ...others, rate, clip });
    };
    const outputs = await run().catch((error: unknown) => {
      throw new BrokenStep(error);
    });
    const [loss, gradNorm] = [outputs.loss.data[0], outputs.grad_norm.data[0]];
    if (!outputs.finite.data[0]) throw new NonFiniteStep(step, loss, gradNorm, draws);
    const computed = performance.now();
    // A backend may compute without ever yielding, so signals, timers and the next images get their turn here.
    await nextTurn();
    const ended = performance.now();
    waited += ended - computed;
    const [seconds, waiting] = [(ended - started) / 1000, waited / (ended - started)];
    const imagesPerSecond = speed.next(seconds, images);
    yield {
      step: step + 1,
      loss,
      ...partsOf(outputs),
      gradNorm,
      rate: rateAt(recipe, step),
      imagesPerSecond,
      waiting,
      seconds,
    };
  }
}

/** The name of a program of a bucket; null without buckets. */
export function inBucket(program: string, bucket: number | null): string {
  return bucket === null ? program : `${program}_${bucket}`;
}

/** Lets everything else that is ready have its turn. */
function nextTurn(): Promise<void> {
  return new Promise((resume) => setImmediate(resume));
}

/** The parts of a loss with an alignment, and the values that an objective names by `tap`. */
function partsOf(outputs: HostTensors): Pick<TrainMetrics, 'velocityLoss' | 'alignLoss' | 'parts' | 'lossByTime'> {
  const { velocity_loss, align_loss, [lossByTimeName]: byTime } = outputs;
  const named = Object.keys(outputs).filter((name) => name.startsWith(partPrefix));
  return {
    ...(align_loss && { velocityLoss: velocity_loss.data[0], alignLoss: align_loss.data[0] }),
    ...(byTime && { lossByTime: meansByTime(byTime.data) }),
    ...(named.length > 0 && {
      parts: Object.fromEntries(named.map((name) => [name.slice(partPrefix.length), outputs[name].data[0]])),
    }),
  };
}

/** The mean loss in each quarter of the time; null in one without an image. */
function meansByTime(added: HostTensor['data']): (number | null)[] {
  return Array.from({ length: timeParts }, (_, i) => {
    const share = added[timeParts + i];
    return share > 0 ? added[i] / share : null;
  });
}

/** The scalar inputs of the train step that change from step to step. */
export function controls(
  recipe: TrainRecipe,
  step: number,
  { seed }: Pick<Draws, 'seed'> = recipe,
): { [name: string]: ReturnType<typeof scalarTensor> } {
  return {
    rate: scalarTensor(rateAt(recipe, step)),
    clip: scalarTensor(clipAt(recipe, step) ?? Infinity),
    seed: scalarTensor(seed, 'i32'),
  };
}

/** The sizes that a train step leaves open: the number of images, and of tokens per text. */
export function stepSizes({ batch, accumulate = 1, text }: TrainRecipe): Bindings {
  return { batch: Math.ceil(batch / accumulate), ...(text && { text: text.length }) };
}

/** The inputs of each part of a step's batch, in the order they are computed; unchanged if there is one part. */
export function microBatches({ batch, accumulate = 1 }: TrainRecipe, inputs: HostTensors): HostTensors[] {
  if (accumulate === 1) return [inputs];
  return inParts(inputs, batch, accumulate).map((part, at) => ({ ...part, micro: scalarTensor(at, 'i32') }));
}
