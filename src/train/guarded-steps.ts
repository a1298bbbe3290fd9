/** The steps of a run, which returns to a checkpoint where `on_spike` asks for it. */
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { TrainingData } from './batches';
import { checkpointBefore, dropAfter, restoreCheckpoint, saveCheckpoint, type Checkpoint } from './checkpoints';
import { keptSentence, rateHint, whatIsNotFinite } from './divergence';
import { readMetrics, type TrainMetrics } from './metrics';
import { drawsAfter, Level, type Rewind } from './rewinds';
import type { RunPaths, RunRecord } from './run-folder';
import { NonFiniteStep, trainSteps } from './steps';
import type { Training } from './training';

/** A run that has spiked too often. Its session is in the state after the spike, which is not to be saved. */
export class SpikedRun extends Error {
  override readonly name = 'SpikedRun';
  constructor(override readonly cause: WeftError) {
    super(cause.message);
  }
}

/** The run's files, and what is done at each return. */
export interface Guarded {
  readonly paths: RunPaths;
  readonly record: RunRecord;
  readonly checkpoint: Checkpoint | null;
  /** Called once the state of the checkpoint is back, before the next step. */
  readonly onRewind: (rewind: Rewind) => Promise<void>;
}

/** As `trainSteps`, for the stage of `training`; it ends early if it goes back to an earlier stage. Without a run or without `on_spike`, nothing is judged. */
export async function* guardedSteps(
  training: Training,
  data: TrainingData,
  run: Guarded | null,
  { from: begin, signal }: { readonly from: number; readonly signal?: AbortSignal },
): AsyncGenerator<TrainMetrics, void> {
  const { session, recipe, sharesStep, stage } = training;
  const { onSpike } = recipe;
  const { until } = stage;
  const loop = sharesStep ? { ...recipe, accumulate: 1 } : recipe;
  let from = begin;
  let rewinds = run?.checkpoint?.rewinds ?? [];
  for (;;) {
    const draws = drawsAfter(recipe, rewinds);
    const level = run && onSpike ? new Level(onSpike.above, await readMetrics(run.paths.metrics)) : null;
    let wrong: Pick<Rewind, 'from' | 'because'> | null = null;
    try {
      for await (const step of trainSteps(session, loop, data, { from, until, signal, draws })) {
        const because = level?.next(step) ?? null;
        wrong = because === null ? null : { from: step.step, because };
        if (wrong) break;
        // Returns to a later step are told here too, where the lines that told them are gone.
        const rewound = step.step === from + 1 ? rewinds.filter(({ to }) => to >= from) : [];
        yield rewound.length > 0 ? { ...step, rewound } : step;
      }
    } catch (error) {
      if (!(error instanceof NonFiniteStep) || !onSpike || rewinds.length >= onSpike.times) throw error;
      wrong = { from: error.step + 1, because: await whatIsNotFinite(error, training, data) };
    }
    if (!wrong || !run || !onSpike) return;
    const rewind = await back(training, run, wrong, rewinds);
    rewinds = [...rewinds, rewind];
    from = rewind.to;
    await run.onRewind(rewind);
    if (from < stage.from) return;
  }
}

/** Returns to a checkpoint, which from then on says so; newer ones are removed. Stopped in between, a run goes wrong and returns again. */
async function back(
  { session, recipe }: Training,
  { paths, record }: Guarded,
  wrong: Pick<Rewind, 'from' | 'because'>,
  rewinds: readonly Rewind[],
): Promise<Rewind> {
  const { steps = 0, times = 0 } = recipe.onSpike ?? {};
  const target = await checkpointBefore(paths.checkpoints, wrong.from - steps, record.id);
  if (!target || rewinds.length >= times) {
    const often =
      times === rewinds.length ? ` The run has gone back ${counted(times, 'time')}, as often as on_spike allows.` : '';
    const kept = target && (await checkpointBefore(paths.checkpoints, wrong.from - 1, record.id));
    throw new SpikedRun(
      new WeftError(`Step ${wrong.from}: ${wrong.because}.${often} ${keptSentence(kept?.step ?? null)}`, rateHint),
    );
  }
  await restoreCheckpoint(session, target);
  const rewind = { ...wrong, to: target.step };
  await dropAfter(paths.checkpoints, target.step);
  const { path: _1, isSealed: _2, ...meta } = target;
  await saveCheckpoint(paths.checkpoints, session, { ...meta, rewinds: [...rewinds, rewind] }, record);
  return rewind;
}
