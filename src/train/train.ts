/** Trains a model by a recipe, with everything a long run needs: a folder, checkpoints, resuming, interruption. */
import { openSession } from '../backends/open';
import type { Nodes } from '../backends/pytorch/nodes';
import type { BackendName, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { countParameters, type ModelGraph } from '../compiler/lower/model';
import { trainedBy } from '../compiler/lower/left-out';
import type { SampleSettings, TrainRecipe } from '../compiler/recipe/index';
import { describeStage, stageAfter } from '../compiler/recipe/stages';
import { invariant } from '../compiler/invariant';
import { trainPrograms } from '../compiler/programs/train-step';
import { bindProgram } from '../compiler/ir/bind';
import type { Program } from '../compiler/ir/graph';
import { validateStep } from '../compiler/programs/validate';
import { wordsIn } from '../text/vocabulary';
import type { TrainingData } from './batches';
import { checkBeforeData } from './before-data';
import { Deaths } from './deaths';
import { findCheckpoints, newestStep, restoreCheckpoint, saveCheckpoint } from './checkpoints';
import { requireFiniteWeights } from './finite-weights';
import { explainNonFinite } from './divergence';
import type { DrawOptions } from './draw-samples';
import { drawOnTheWay, finishRun, writeBest, writeWeights, type FinishedFiles } from './finish';
import type { KeptSpec } from './kept-spec';
import { guardedSteps, SpikedRun } from './guarded-steps';
import { readMetrics, type TrainMetrics } from './metrics';
import { prepareRun, type PreparedRun } from './prepare-run';
import { requireClasses } from './require-classes';
import type { Rewind } from './rewinds';
import { stateDigest, writeRunRecord, type RunRecord } from './run-folder';
import { RunLog } from './run-log';
import { LostRun, ownRun } from './run-owner';
import { checkSamePhaseData } from './same-data';
import { sharedStep } from './shared-step';
import type { BucketModel } from './open-buckets';
import type { RunData } from './open-run-data';
import { asRecorded } from '../run/recorded-conventions';
import { modelledStages, sharesData, type ModelledStage, type StageOptions } from './stages';
import { startFrom } from './start-from';
import { startFrozen } from './start-frozen';
import { rowNames } from './start-source';
import { BrokenStep, inBucket, NonFiniteStep, stepSizes } from './steps';
import type { Training } from './training';
import { dropSnapshotsAfter, keepSnapshots } from './snapshots';
import { requireSameNames, validationLoss } from './validation';

export interface TrainOptions extends StageOptions {
  readonly data: TrainingData;
  /** The held-out images that the recipe's `validate` names. */
  readonly validation?: Pick<TrainingData, 'batch'> | null;
  /** The run's folder. Without one, nothing is written and the weights are lost with the session. */
  readonly out?: string;
  /** Continues from the newest whole checkpoint in `out`, exactly as if the run had never stopped. */
  readonly resume?: boolean;
  /** Continues although the data differ from those the run began with. */
  readonly acceptNewData?: boolean;
  /** `auto` by default: native TensorFlow if it is set up, else tfjs. */
  readonly backend?: BackendName | 'auto';
  /** Threads of the backend, at least 1; all cores by default. */
  readonly threads?: number;
  /** Compiles the step with torch.compile at its first run, which takes minutes; needs the pytorch backend. */
  readonly compile?: boolean;
  /** How many devices compute a step together, 1 by default; several need the pytorch backend. */
  readonly devices?: number;
  /** The machines that the devices belong to; this one alone by default. */
  readonly nodes?: Nodes;
  /** Aborting it ends the run after the current step, with a checkpoint. */
  readonly signal?: AbortSignal;
  /** Called as the run starts, takes steps, saves, draws and ends. */
  readonly onEvent?: (event: TrainEvent) => void;
  /** Called with the number of model evaluations done while the samples at the end are drawn. */
  readonly onSampling?: (done: number, total: number) => void;
  /** Kept in `run.json`, so that the run can be sampled from and resumed without its spec. */
  readonly spec?: RunRecord['spec'];
  /** The spec's files, copied into a new run's folder. */
  readonly kept?: KeptSpec | null;
  readonly sample?: SampleSettings | null;
  /** The model that the recipe aligns with, if it aligns with a model: a run that continues must have the same. */
  readonly teacher?: ModelGraph | null;
}

/** Events other than steps. */
export type TrainEvent =
  | { readonly kind: 'warning'; readonly message: string }
  /** A note on the weights that a run starts from. */
  | { readonly kind: 'start'; readonly message: string }
  | { readonly kind: 'compiling'; readonly backend: BackendName; readonly parameters: number }
  | { readonly kind: 'resumed'; readonly step: number; readonly path: string }
  /** A phase begins that trains with another program; `changes` says what is new, as `size 64x64, batch 16`. */
  | { readonly kind: 'phase'; readonly step: number; readonly changes: string }
  | { readonly kind: 'first-step'; readonly seconds: number }
  | { readonly kind: 'checkpoint'; readonly step: number; readonly path: string }
  | { readonly kind: 'samples'; readonly step: number; readonly path: string }
  /** A step went wrong, and the run goes on from an earlier one with other images and draws. */
  | ({ readonly kind: 'rewound' } & Rewind)
  /** A process of the backend has died, as the message says; the run goes on from its last checkpoint. */
  | { readonly kind: 'restarting'; readonly message: string }
  | { readonly kind: 'interrupted'; readonly step: number }
  | { readonly kind: 'finishing' }
  | { readonly kind: 'finished'; readonly step: number; readonly files: FinishedFiles | null };

/**
 * Runs the recipe and reports each step. To end the run, stop iterating: it is saved and its session is freed. If a loss or gradient
 * is not finite, the run ends with an error that names the tensor; the state before that step is kept.
 */
export async function* train(
  model: ModelGraph,
  recipe: TrainRecipe,
  options: TrainOptions,
): AsyncGenerator<TrainMetrics, void> {
  if (!options.resume) requireClasses(model, options.data);
  await checkBeforeData(model, recipe, options);
  if (options.out === undefined) return yield* trainStages(null, model, recipe, options);
  const owner = await ownRun(options.out);
  const deaths = new Deaths(owner.paths.checkpoints);
  let begun = false;
  // The first step is done before it is reported: it is logged, and perhaps saved, before.
  const onEvent = (event: TrainEvent): void => {
    begun ||= event.kind === 'first-step';
    options.onEvent?.(event);
  };
  try {
    for (let isOver = false; !isOver;) {
      const again = deaths.count > 0 ? { resume: true } : {};
      const prepared = await prepareRun(owner, model, recipe, { ...options, ...again });
      try {
        yield* trainStages(prepared, prepared.model, recipe, { ...options, onEvent });
        isOver = true;
      } catch (error) {
        if (!begun) throw error;
        const { signal } = options;
        // Interrupted in a wait for a lost machine, when only the last checkpoint is left.
        if (signal?.aborted && error === signal.reason)
          return onEvent({ kind: 'interrupted', step: await newestStep(owner.paths.checkpoints) });
        if (signal?.aborted) throw error;
        await deaths.goOn(error, options.onEvent);
      }
    }
  } finally {
    if (begun) owner.release();
    else await owner.abandon();
  }
}

/** The state between two stages: in the checkpoints of a run with a folder, else in memory. */
interface Reached {
  readonly step: number;
  readonly run: PreparedRun | null;
  readonly variables: HostTensors | null;
}

/** Trains one stage after the other, from where a run stopped, or without a folder. */
async function* trainStages(
  run: PreparedRun | null,
  model: ModelGraph,
  recipe: TrainRecipe,
  options: TrainOptions,
): AsyncGenerator<TrainMetrics, void> {
  const { onEvent: tell = () => {} } = options;
  if (recipe.onSpike && !run)
    throw new WeftError(
      '`on_spike` goes back to checkpoints, and this run has no folder.',
      'Give it one with `out`.',
      2,
    );
  const stages = modelledStages(model, recipe, options).map((stage) =>
    run && stage.model !== model ? { ...stage, model: asTrained(stage.model, recipe, run) } : stage,
  );
  if (run?.checkpoint) tell({ kind: 'resumed', step: run.checkpoint.step, path: run.checkpoint.path });
  let reached: Reached | null = { step: run?.checkpoint?.step ?? 0, run, variables: null };
  for (let last: ModelledStage | null = null; reached;) {
    const stage: ModelledStage = stageAfter(stages, reached.step);
    const changes = describeStage(stage, last, recipe);
    if (changes !== '') tell({ kind: 'phase', step: reached.step, changes });
    const opened: RunData = await openStage(stage, recipe, options);
    try {
      if (reached.run)
        reached = { ...reached, run: await withDataOf(stage, opened.data, reached.run, { recipe, ...options }) };
      reached = yield* trainStage(reached, stage, { model, recipe }, { ...options, ...opened });
    } finally {
      await opened.close();
    }
    last = stage;
  }
}

/** The run, in whose record are the data of a stage that trains on others. Refuses those it did not begin with. */
async function withDataOf(
  { from, recipe: then }: ModelledStage,
  data: TrainingData,
  run: PreparedRun,
  { recipe, acceptNewData }: Pick<Training, 'recipe'> & TrainOptions,
): Promise<PreparedRun> {
  const { identity } = data;
  if (!identity || JSON.stringify(then.data) === JSON.stringify(recipe.data)) return run;
  const { record, paths } = run;
  const before = record.phaseData?.[from];
  if (before && !acceptNewData) await checkSamePhaseData(paths.folder, from, before, data);
  const known = { ...record, phaseData: { ...record.phaseData, [from]: identity } };
  await writeRunRecord(paths.folder, known);
  return { ...run, record: known };
}

/** A model of a stage with the conventions that the run began with. */
function asTrained(model: ModelGraph, recipe: TrainRecipe, { record, paths }: PreparedRun): ModelGraph {
  return trainedBy(asRecorded(model, record, `The run in ${paths.folder}`), [recipe]);
}

/** The data of a stage: those of the run where it needs no others. */
async function openStage(stage: ModelledStage, recipe: TrainRecipe, options: TrainOptions): Promise<RunData> {
  const { data, validation = null, openData } = options;
  if (sharesData(stage, recipe)) return { data, validation, close: async () => {} };
  if (!openData)
    throw new WeftError(
      `From step ${stage.from} on the recipe needs its data in another form, and these were opened by a program.`,
      'Leave `data` out, so that those of the recipe are opened, or give `openData`.',
      2,
    );
  const opened = await openData(stage.model, stage.recipe, stage.buckets);
  try {
    requireSameNames(opened.data, data, `the phase at step ${stage.from}`);
    return opened;
  } catch (error) {
    await opened.close();
    throw error;
  }
}

/** Trains one stage; gives where the next one begins, null at the end of the run and where it was interrupted. */
async function* trainStage(
  { step: from, run, variables }: Reached,
  stage: ModelledStage,
  whole: Pick<Training, 'model' | 'recipe'>,
  options: TrainOptions,
): AsyncGenerator<TrainMetrics, Reached | null> {
  const { onEvent: tell = () => {}, onSampling: onProgress } = options;
  const { model, recipe, buckets } = stage;
  const checkpoint = run?.checkpoint ?? null;
  // A checkpoint is in the format of the backend that wrote it.
  const backend = options.backend && options.backend !== 'auto' ? options.backend : (checkpoint?.backend ?? 'auto');
  const { devices = 1 } = options;
  const shared = !buckets && (backend === 'pytorch' || devices > 1) ? sharedStep(model, recipe, devices) : null;
  const { text } = stepSizes(recipe);
  const steps = buckets
    ? buckets.flatMap((bucket, i) => bucketPrograms(bucket, i, recipe))
    : programsOf(model, shared ? { ...recipe, accumulate: 1 } : recipe);
  const program = steps[0];
  const validation = options.validation ? validateStep(model, recipe) : null;
  const programs = [
    ...steps,
    ...(validation ? [buckets ? bindProgram(validation, stepSizes(recipe)) : validation] : []),
  ];
  const session = await openSession(backend, programs, {
    bindings: buckets ? {} : shared ? { ...(text !== undefined && { text }) } : stepSizes(recipe),
    seed: recipe.seed,
    threads: options.threads,
    ...(shared && { shared, nodes: options.nodes }),
    compiled: options.compile,
  });
  try {
    if (checkpoint) await restoreCheckpoint(session, checkpoint);
    else if (variables) await session.set(variables);
    else {
      const { classes, texts } = options.data;
      const names = rowNames({ recipe, classes, words: texts ? wordsIn(texts.captions) : [] });
      const note = (message: string): void => tell({ kind: 'start', message });
      await startFrom(session, model, recipe, { program, names, tell: note });
      await startFrozen(session, recipe, programs, note);
    }
    tell({ kind: 'compiling', backend: session.backend, parameters: countParameters(model) });
    const training = {
      session,
      model,
      recipe,
      program,
      stage,
      sharesStep: shared !== null,
      ...(buckets && { buckets }),
    };
    const logged = run && { ...run, log: await RunLog.begin(run), state: stateDigest(whole.model, whole.recipe) };
    const done = yield* loop(training, options, logged, from);
    if (done < recipe.steps && options.signal?.aborted) return (tell({ kind: 'interrupted', step: done }), null);
    if (done < recipe.steps) {
      await logged?.log.sync();
      if (!run) return { step: done, run, variables: await session.get() };
      const { latest } = await findCheckpoints(run.paths.checkpoints, run.record.id);
      invariant(latest?.step === done, 'a stage ends with a checkpoint');
      return { step: done, run: { ...run, checkpoint: latest }, variables: null };
    }
    if (run) tell({ kind: 'finishing' });
    logged?.requireOwned();
    const finish = { ...drawing(options), onProgress };
    const files = logged ? await finishRun(training, { paths: logged.paths, id: logged.record.id }, finish) : null;
    if (files?.samples) await logged?.log.samples(done, files.samples);
    await logged?.log.sync();
    tell({ kind: 'finished', step: done, files });
    return null;
  } finally {
    await session.dispose();
  }
}

/** The train step, and the program of the other parts of its batch if it has several. */
function programsOf(model: ModelGraph, recipe: TrainRecipe): readonly Program[] {
  const { step, accumulate } = trainPrograms(model, recipe);
  return accumulate ? [step, accumulate] : [step];
}

/** The same of a bucket, for its own batch and under names of its own. */
function bucketPrograms({ model, batch }: BucketModel, bucket: number, recipe: TrainRecipe): readonly Program[] {
  const own = { ...recipe, batch };
  return programsOf(model, own).map((p) => ({
    ...bindProgram(p, stepSizes(own)),
    name: inBucket(p.name, bucket),
  }));
}

/** The options for drawing samples, during training and at the end. */
function drawing({ data, sample, threads, onEvent: tell = () => {} }: TrainOptions): DrawOptions {
  const onWarning = (message: string): void => tell({ kind: 'warning', message });
  return { data, classes: data.classes, texts: data.texts, sample, threads, onWarning };
}

interface LoggedRun extends PreparedRun {
  readonly log: RunLog;
  /** See `stateDigest`. */
  readonly state: string;
}

/** The steps of a stage with their log and checkpoints; returns the number of steps done. If the caller stops early, the last step is saved. */
async function* loop(
  training: Training,
  options: TrainOptions,
  run: LoggedRun | null,
  from: number,
): AsyncGenerator<TrainMetrics, number> {
  const { session, recipe, stage } = training;
  const { data, signal, onEvent: tell = () => {} } = options;
  // A run that may go back has a state to go back to from its beginning.
  let [done, saved] = [from, recipe.onSpike && !run?.checkpoint ? -1 : from];
  let rewinds = run?.checkpoint?.rewinds ?? [];
  const save = async (): Promise<void> => {
    if (!run || done === saved) return;
    run.requireOwned();
    await run.log.histograms(done, await requireFiniteWeights(training, done, saved > 0 ? saved : null));
    await run.log.sync();
    const facts = { step: done, seed: recipe.seed, recipe: run.state, backend: session.backend };
    const meta = { ...facts, ...(rewinds.length > 0 && { rewinds }) };
    const { path } = await saveCheckpoint(run.paths.checkpoints, session, meta, run.record);
    saved = done;
    tell({ kind: 'checkpoint', step: done, path });
  };
  const best = run && recipe.validate ? await leastLoss(run.paths.metrics) : null;
  let [isWhole, isFirst, least] = [true, true, best ?? Infinity];
  if (run) await dropSnapshotsAfter(run.paths, from);
  const onRewind = async (rewind: Rewind): Promise<void> => {
    if (!run) return;
    await run.log.rewind(rewind);
    await dropSnapshotsAfter(run.paths, rewind.to);
    rewinds = [...rewinds, rewind];
    done = saved = rewind.to;
    least = recipe.validate ? await leastLoss(run.paths.metrics) : Infinity;
    tell({ kind: 'rewound', ...rewind });
  };
  try {
    if (recipe.onSpike) await save();
    for await (const step of guardedSteps(training, data, run && { ...run, onRewind }, { from, signal })) {
      if (isFirst) tell({ kind: 'first-step', seconds: step.seconds });
      isFirst = false;
      run?.requireOwned();
      done = step.step;
      const metrics = { ...step, ...(await validated(training, options, done)) };
      const { validationLoss = Infinity } = metrics;
      if (validationLoss < least) {
        least = validationLoss;
        if (run) await writeBest(training, run.paths.best, { ...data, id: run.record.id, steps: done, validationLoss });
      }
      await run?.log.add(metrics);
      if (run && recipe.snapshotEvery !== undefined && (done % recipe.snapshotEvery === 0 || done === recipe.steps))
        await keepSnapshots(training, run.paths, { steps: done, id: run.record.id });
      if (done % recipe.checkpoint === 0) await save();
      if (run && done % (recipe.sampleEvery ?? Infinity) === 0 && done < recipe.steps) {
        const path = await drawOnTheWay(training, run.paths.samplesAt(done), drawing(options));
        if (path) {
          await run.log.samples(done, path);
          tell({ kind: 'samples', step: done, path });
        }
      }
      yield metrics;
    }
  } catch (error) {
    isWhole = false;
    // The first of several errors is thrown.
    if (error instanceof LostRun) throw error;
    const isLost = error instanceof BrokenStep || error instanceof SpikedRun;
    await (isLost ? run?.log.flush() : save())?.catch(() => {});
    if (isLost) throw error.cause;
    if (!(error instanceof NonFiniteStep)) throw error;
    throw await explainNonFinite(error, training, data, run && saved > 0 ? saved : null);
  } finally {
    if (isWhole) await save();
    if (run && isWhole && from < done && done < stage.until) {
      run.requireOwned();
      await writeWeights(training, run.paths, { ...options.data, id: run.record.id, steps: done });
    }
  }
  return done;
}

/** The loss on held-out images, if the recipe asks for it after this step. */
async function validated(
  { session, recipe }: Training,
  { validation }: TrainOptions,
  step: number,
): Promise<Pick<TrainMetrics, 'validationLoss'>> {
  if (!recipe.validate || !validation) return {};
  if (step % recipe.validate.every !== 0 && step !== recipe.steps) return {};
  return { validationLoss: await validationLoss(session, recipe, validation) };
}

/** The least loss on held-out images so far. */
async function leastLoss(metrics: string): Promise<number> {
  const losses = (await readMetrics(metrics)).map((m) => m.validationLoss ?? NaN);
  return losses.reduce((least, loss) => (loss < least ? loss : least), Infinity);
}
