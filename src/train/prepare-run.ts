/** Prepares a run's folder: for a new run, or to continue from its newest whole checkpoint. */
// Tested by test/train/train.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { recordedConventions } from '../compiler/lower/conventions';
import { trainedBy } from '../compiler/lower/left-out';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { writeFileAtomic } from '../files/atomic';
import { asRecorded } from '../run/recorded-conventions';
import { version } from '../version';
import { computeTheSame } from '../run/recorded-architecture';
import { findCheckpoints, newestStep, noneUsable, type Checkpoint } from './checkpoints';
import { rewindMetrics } from './metrics';
import { findRunRecord } from './find-record';
import { runDigest, stateDigest, textFacts, writeRunRecord, type RunPaths, type RunRecord } from './run-folder';
import { newRunId } from './run-id';
import { dropLeftovers, requireFree, type RunOwner } from './run-owner';
import { modelOfRun, teacherOfRun } from './plan';
import { requireClasses } from './require-classes';
import { checkSameData } from './same-data';
import { runDifferences } from './same-run';
import { setAside } from './strip';
import type { TrainOptions } from './train';

export interface PreparedRun {
  readonly paths: RunPaths;
  readonly record: RunRecord;
  /** The model as the run had it from its beginning. */
  readonly model: ModelGraph;
  /** The checkpoint to continue from; null to begin. */
  readonly checkpoint: Checkpoint | null;
  /** See `RunOwner`. */
  requireOwned(): void;
}

/** A run before it continues. */
interface RunBefore {
  /** Null if there is none yet. */
  readonly record: RunRecord | null;
  /** See `PreparedRun`. */
  readonly model: ModelGraph;
}

/** Refuses a folder that does not fit the request. Nothing is written before everything has been checked. */
export async function prepareRun(
  { paths, requireOwned }: Pick<RunOwner, 'paths' | 'requireOwned'>,
  asked: ModelGraph,
  recipe: TrainRecipe,
  options: TrainOptions,
): Promise<PreparedRun> {
  const { onEvent: tell = () => {}, data, acceptNewData = false } = options;
  const warn = (message: string): void => tell({ kind: 'warning', message });
  const { record: before, model } = await runBefore(
    paths,
    { asked, recipe, resume: options.resume, teacher: options.teacher },
    warn,
  );
  if (before && !acceptNewData) await checkSameData(paths.folder, before, data);
  if (before) requireClasses(model, data, { resumed: true });
  await dropLeftovers(paths);
  const checkpoint = before ? await checkpointFor({ paths, id: before.id }, model, recipe, warn) : null;
  await rewindMetrics(paths.metrics, checkpoint?.step ?? 0, warn);
  if (before && before.recipe.steps !== recipe.steps) await setAside(paths, before.recipe.steps);
  const record = recordOf(model, recipe, before, options);
  // A run keeps the copy of its spec from its beginning.
  for (const [name, text] of (!before?.spec && options.kept?.files) || [])
    await writeFileAtomic(join(paths.spec, name), text);
  await writeRunRecord(paths.folder, record);
  return { paths, record, model, checkpoint, requireOwned };
}

/** Makes the same checks as `prepareRun`, as far as they need no data; reads little and writes nothing. */
export async function requireFitting(
  paths: RunPaths,
  asked: ModelGraph,
  recipe: TrainRecipe,
  { resume, teacher }: Pick<TrainOptions, 'resume' | 'teacher'>,
): Promise<void> {
  requireFree(paths);
  const { record, model } = await runBefore(paths, { asked, recipe, resume, teacher }, () => {});
  if (record && (await newestStep(paths.checkpoints)) > recipe.steps)
    await checkpointFor({ paths, id: record.id }, model, recipe, () => {});
}

interface Asked extends Pick<TrainOptions, 'resume' | 'teacher'> {
  readonly asked: ModelGraph;
  readonly recipe: TrainRecipe;
}

async function runBefore(
  paths: RunPaths,
  { asked, recipe, resume, teacher }: Asked,
  warn: (message: string) => void,
): Promise<RunBefore> {
  const record = await findRunRecord(paths.folder, warn);
  checkAsked(paths, record, resume);
  if (record) checkSameRun(paths, record, { asked, recipe, teacher });
  const model = trainedBy(record ? asRecorded(asked, record, `The run in ${paths.folder}`) : asked, [recipe]);
  return { record, model };
}

/** The checkpoint at which a run continues; refused if that is after its end. */
async function checkpointFor(
  { paths, id }: { readonly paths: RunPaths; readonly id: string | undefined },
  model: ModelGraph,
  recipe: TrainRecipe,
  warn: (message: string) => void,
): Promise<Checkpoint | null> {
  const checkpoint = await newestCheckpoint(paths, { state: stateDigest(model, recipe), seed: recipe.seed, id }, warn);
  if (checkpoint && checkpoint.step > recipe.steps) {
    throw new WeftError(
      `The run in ${paths.folder} has done ${counted(checkpoint.step, 'step')}; it cannot end after ${recipe.steps}.`,
      `Go on with --steps ${checkpoint.step} or more.`,
    );
  }
  return checkpoint;
}

function recordOf(
  model: ModelGraph,
  recipe: TrainRecipe,
  before: RunRecord | null,
  { spec = null, sample = null, data }: TrainOptions,
): RunRecord {
  const id = before ? before.id : newRunId();
  return {
    weft: version,
    ...(id !== undefined && { id }),
    spec: before?.spec ?? spec,
    hyperparameters: model.hyperparameters,
    recipe,
    ...(before && !before.conventions ? {} : { conventions: recordedConventions(model) }),
    sample: sample ?? before?.sample ?? null,
    classes: data.classes,
    ...(data.texts && { texts: textFacts(data.texts.captions) }),
    ...(data.identity && { data: data.identity }),
    ...(before?.phaseData && { phaseData: before.phaseData }),
    digest: runDigest(model, recipe),
  };
}

function checkAsked({ folder }: RunPaths, record: RunRecord | null, resume = false): void {
  if (record && !resume) {
    throw new WeftError(
      `${folder} already holds a training run.`,
      'Add --resume to go on with it, or choose another folder with --out.',
      2,
    );
  }
  if (!record && resume)
    throw new WeftError(`There is no run to resume in ${folder}.`, 'Leave --resume out to start one.', 2);
}

/** Which of the model and its alignment encoder differ from the run's own copy of its spec; none if it has no copy. */
function editedModels(
  { folder, spec }: RunPaths,
  record: RunRecord,
  { model, teacher }: { readonly model: ModelGraph; readonly teacher?: ModelGraph | null },
): readonly ModelGraph[] {
  if (!record.spec || !existsSync(join(spec, record.spec.file))) return [];
  const before = teacher ? teacherOfRun(folder, record) : null;
  return [
    ...(computeTheSame(modelOfRun(folder, record), model) ? [] : [model]),
    ...(teacher && before && !computeTheSame(before, teacher) ? [teacher] : []),
  ];
}

function checkSameRun(paths: RunPaths, record: RunRecord, { asked: model, recipe, teacher }: Asked): void {
  const own = record.spec && existsSync(join(paths.spec, record.spec.file)) ? modelOfRun(paths.folder, record) : null;
  const differing = runDifferences(record, { model, recipe, own });
  const edited = differing.length === 0 ? editedModels(paths, record, { model, teacher }) : [];
  differing.push(...edited.map(({ name }) => `${name} by this spec computes something else from the same weights`));
  if (differing.length === 0) return;
  throw new WeftError(
    `The run in ${paths.folder} was started with another model or recipe:\n${differing.map((d) => `  ${d}`).join('\n')}`,
    `\`weft train --resume --out ${paths.folder}\` goes on with what it was started with; for a new run choose another --out. ` +
      'Rates, clipping, phases, steps and the intervals of checkpoints and samples may change.',
  );
}

/** The newest whole checkpoint; null if the run has none yet. Damaged newer ones are reported; if no whole one is left, that is an error. */
async function newestCheckpoint(
  { folder, checkpoints }: RunPaths,
  { state, seed, id }: { readonly state: string; readonly seed: number; readonly id: string | undefined },
  warn: (message: string) => void,
): Promise<Checkpoint | null> {
  const { latest, damaged, notes } = await findCheckpoints(checkpoints, id);
  if (damaged.length > 0 && !latest) throw noneUsable(folder, damaged);
  notes.forEach(warn);
  if (latest && latest.seed !== seed)
    throw new WeftError(
      `The checkpoint ${latest.path} is of a run with the seed ${latest.seed}, and this run has the seed ${seed}.`,
      'Bring back the checkpoints of this run.',
    );
  if (!latest || !latest.isSealed || latest.recipe === state) return latest;
  throw new WeftError(
    `The checkpoint ${latest.path} holds the state of another model or recipe.`,
    'Bring back the checkpoints of this run.',
  );
}
