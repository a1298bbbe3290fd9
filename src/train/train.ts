/** Trains a model by a recipe, with everything a long run needs: a folder, checkpoints, resuming, interruption. */
import { join } from 'node:path';
import { openSession } from '../backends/open';
import type { BackendName, Session } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { countParameters, type ModelGraph } from '../compiler/lower/model';
import type { SampleSettings, TrainRecipe } from '../compiler/lower/recipe';
import { trainStep } from '../compiler/programs/train-step';
import { ensureWritableFolder, writeFileAtomic } from '../files/atomic';
import { version } from '../version';
import type { TrainingData } from './batches';
import { latestCheckpoint, restoreCheckpoint, saveCheckpoint, type Checkpoint } from './checkpoints';
import { explainNonFinite } from './divergence';
import { finishRun, type FinishedFiles } from './finish';
import type { KeptSpec } from './kept-spec';
import { MetricsLog, rewindMetrics, type TrainMetrics } from './metrics';
import {
  findRunRecord,
  runDigest,
  runPaths,
  textFacts,
  writeRunRecord,
  type RunPaths,
  type RunRecord,
} from './run-folder';
import { NonFiniteStep, stepSizes, trainSteps } from './steps';

export interface TrainOptions {
  readonly data: TrainingData;
  /** The run's folder; without one nothing is written and the weights are lost with the session. */
  readonly out?: string;
  /** Goes on from the newest checkpoint in `out`, exactly as if the run had never stopped. */
  readonly resume?: boolean;
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
  /** Aborting it ends the run after the step at work, with a checkpoint. */
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: TrainEvent) => void;
  /** Told of the evaluations of the model that draw the samples at the end. */
  readonly onSampling?: (done: number, total: number) => void;
  /** Kept in `run.json`, so that the run can be sampled from and resumed without its spec. */
  readonly spec?: RunRecord['spec'];
  /** The spec's files, copied into a new run's folder. */
  readonly kept?: KeptSpec | null;
  readonly sample?: SampleSettings | null;
}

/** What happens around the steps. */
export type TrainEvent =
  | { readonly kind: 'compiling'; readonly backend: BackendName; readonly parameters: number }
  | { readonly kind: 'resumed'; readonly step: number; readonly path: string }
  | { readonly kind: 'first-step'; readonly seconds: number }
  | { readonly kind: 'checkpoint'; readonly step: number; readonly path: string }
  | { readonly kind: 'interrupted'; readonly step: number }
  | { readonly kind: 'finishing' }
  | { readonly kind: 'finished'; readonly step: number; readonly files: FinishedFiles | null };

/**
 * Runs the recipe and reports each step. Stopping to iterate ends the run and frees its session. A loss or gradient that
 * is not finite ends it with an error that names the tensor; the last good checkpoint stays.
 */
export async function* train(
  model: ModelGraph,
  recipe: TrainRecipe,
  options: TrainOptions,
): AsyncGenerator<TrainMetrics, void> {
  const tell = options.onEvent ?? (() => {});
  const { data } = options;
  checkData(model, data);
  const paths = options.out === undefined ? null : runPaths(options.out);
  const digest = runDigest(model, recipe);
  const checkpoint = paths ? await prepareFolder(paths, digest, model, recipe, options) : null;
  // A checkpoint is in the format of the backend that wrote it.
  const backend = options.backend && options.backend !== 'auto' ? options.backend : (checkpoint?.backend ?? 'auto');
  const session = await openSession(backend, [trainStep(model, recipe)], {
    bindings: stepSizes(recipe),
    seed: recipe.seed,
    threads: options.threads,
  });
  try {
    if (checkpoint) {
      await restoreCheckpoint(session, checkpoint);
      tell({ kind: 'resumed', step: checkpoint.step, path: checkpoint.path });
    }
    const from = checkpoint?.step ?? 0;
    tell({ kind: 'compiling', backend: session.backend, parameters: countParameters(model) });
    const done = yield* loop(session, model, recipe, options, paths, digest, from);
    if (done < recipe.steps) return tell({ kind: 'interrupted', step: done });
    if (paths) tell({ kind: 'finishing' });
    const finish = { ...options, classes: data.classes, texts: data.texts, onProgress: options.onSampling };
    const files = paths ? await finishRun(session, model, recipe, paths, finish) : null;
    tell({ kind: 'finished', step: done, files });
  } finally {
    await session.dispose();
  }
}

/** The steps with their log and checkpoints; gives the number of steps done. */
async function* loop(
  session: Session,
  model: ModelGraph,
  recipe: TrainRecipe,
  options: TrainOptions,
  paths: RunPaths | null,
  digest: string,
  from: number,
): AsyncGenerator<TrainMetrics, number> {
  const { data, signal, onEvent: tell = () => {} } = options;
  const log = paths && new MetricsLog(paths.metrics);
  let [done, saved] = [from, from];
  const save = async (): Promise<void> => {
    await log?.flush();
    if (!paths || done === saved) return;
    const meta = { step: done, seed: recipe.seed, recipe: digest, backend: session.backend };
    const { path } = await saveCheckpoint(paths.checkpoints, session, meta);
    saved = done;
    tell({ kind: 'checkpoint', step: done, path });
  };
  try {
    for await (const metrics of trainSteps(session, recipe, data, { from, signal })) {
      if (done === from) tell({ kind: 'first-step', seconds: metrics.seconds });
      done = metrics.step;
      await log?.add(metrics);
      if (done % recipe.checkpoint === 0) await save();
      yield metrics;
    }
    await save();
  } catch (error) {
    if (!(error instanceof NonFiniteStep)) throw error;
    throw await explainNonFinite(error, session, model, recipe, data, paths && saved > 0 ? saved : null);
  } finally {
    await log?.flush();
  }
  return done;
}

/** Makes the folder ready for a new run, or finds the checkpoint to go on from. */
async function prepareFolder(
  paths: RunPaths,
  digest: string,
  model: ModelGraph,
  recipe: TrainRecipe,
  options: TrainOptions,
): Promise<Checkpoint | null> {
  const record = await findRunRecord(paths.folder);
  if (record && !options.resume) {
    throw new WeftError(
      `${paths.folder} already holds a training run.`,
      'Add --resume to go on with it, or choose another folder with --out.',
      2,
    );
  }
  if (!record && options.resume) {
    throw new WeftError(`There is no run to resume in ${paths.folder}.`, 'Leave --resume out to start one.', 2);
  }
  const checkpoint = await latestCheckpoint(paths.checkpoints);
  if ((record && record.digest !== digest) || (checkpoint && checkpoint.recipe !== digest)) {
    throw new WeftError(
      `The run in ${paths.folder} was started with another model or recipe.`,
      `\`weft train --resume --out ${paths.folder}\` goes on with what it was started with; for a new run choose another --out.`,
    );
  }
  checkWords(paths, recipe, record, options.data);
  await ensureWritableFolder(paths.folder);
  await rewindMetrics(paths.metrics, checkpoint?.step ?? 0);
  const { spec = null, sample = null, data, kept = null } = options;
  for (const [name, text] of kept?.files ?? []) if (!record) await writeFileAtomic(join(paths.spec, name), text);
  const { hyperparameters } = model;
  await writeRunRecord(paths.folder, {
    weft: version,
    spec: spec ?? record?.spec ?? null,
    hyperparameters,
    recipe,
    sample: sample ?? record?.sample ?? null,
    classes: data.classes,
    ...(data.texts && { texts: textFacts(data.texts.captions) }),
    digest,
  });
  return checkpoint;
}

/** The numbers of words follow from the captions, so a run that looks words up goes on with the words it began with. */
function checkWords(paths: RunPaths, { text }: TrainRecipe, record: RunRecord | null, { texts }: TrainingData): void {
  if (text?.encoder !== 'vocabulary' || !record?.texts || !texts) return;
  const [before, now] = [record.texts.words, textFacts(texts.captions).words];
  if (before.join() === now.join()) return;
  const differing = [...before.filter((w) => !now.includes(w)), ...now.filter((w) => !before.includes(w))];
  throw new WeftError(
    `The run in ${paths.folder} numbers the words of its captions, and these have changed: ${differing.slice(0, 8).join(', ')}.`,
    'Bring the captions back to what they were, or start a new run.',
  );
}

function checkData(model: ModelGraph, data: TrainingData): void {
  const label = model.inputs.find((i) => i.kind === 'class');
  if (label?.kind !== 'class' || data.classes.length <= label.classes) return;
  throw new WeftError(
    `The data has ${data.classes.length} classes, but ${model.name} knows ${label.classes}.`,
    `Set the model's number of classes: --set classes=${data.classes.length}.`,
  );
}
