/** Makes a run's folder ready: for a new run, or to go on from its newest whole checkpoint as what it was. */
import { join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { recordedConventions } from '../compiler/lower/conventions';
import { trainedBy } from '../compiler/lower/left-out';
import type { ModelGraph } from '../compiler/lower/model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { writeFileAtomic } from '../files/atomic';
import { asRecorded } from '../run/recorded-conventions';
import { version } from '../version';
import { findCheckpoints, type Checkpoint } from './checkpoints';
import { rewindMetrics } from './metrics';
import {
  findRunRecord,
  runDigest,
  stateDigest,
  textFacts,
  writeRunRecord,
  type RunPaths,
  type RunRecord,
} from './run-folder';
import { dropLeftovers } from './run-owner';
import { checkSameData } from './same-data';
import { runDifferences } from './same-run';
import type { TrainOptions } from './train';

export interface PreparedRun {
  readonly paths: RunPaths;
  readonly record: RunRecord;
  /** The model as the run has taken it from its beginning. */
  readonly model: ModelGraph;
  /** Where it goes on; null for the beginning. */
  readonly checkpoint: Checkpoint | null;
}

/** Refuses a folder that does not go with what is asked for. Nothing is written before all is known to fit. */
export async function prepareRun(
  paths: RunPaths,
  asked: ModelGraph,
  recipe: TrainRecipe,
  options: TrainOptions,
): Promise<PreparedRun> {
  const { onEvent: tell = () => {}, data, acceptNewData = false } = options;
  const warn = (message: string): void => tell({ kind: 'warning', message });
  const before = await findRunRecord(paths.folder, warn);
  checkAsked(paths, before, options);
  if (before) checkSameRun(paths, before, asked, recipe);
  const model = trainedBy(before ? asRecorded(asked, before, `The run in ${paths.folder}`) : asked, [recipe]);
  if (before && !acceptNewData) checkSameData(paths.folder, before, data);
  await dropLeftovers(paths);
  const checkpoint = before ? await newestCheckpoint(paths, stateDigest(model, recipe), warn) : null;
  if (checkpoint && checkpoint.step > recipe.steps) {
    throw new WeftError(
      `The run in ${paths.folder} has done ${checkpoint.step} steps; it cannot end after ${recipe.steps}.`,
      `Go on with --steps ${checkpoint.step} or more.`,
    );
  }
  await rewindMetrics(paths.metrics, checkpoint?.step ?? 0);
  const record = recordOf(model, recipe, before, options);
  // The run's own copy of the spec is that of its beginning.
  for (const [name, text] of (!before?.spec && options.kept?.files) || [])
    await writeFileAtomic(join(paths.spec, name), text);
  await writeRunRecord(paths.folder, record);
  return { paths, record, model, checkpoint };
}

function recordOf(
  model: ModelGraph,
  recipe: TrainRecipe,
  before: RunRecord | null,
  { spec = null, sample = null, data }: TrainOptions,
): RunRecord {
  return {
    weft: version,
    spec: before?.spec ?? spec,
    hyperparameters: model.hyperparameters,
    recipe,
    ...(before && !before.conventions ? {} : { conventions: recordedConventions(model) }),
    sample: sample ?? before?.sample ?? null,
    classes: data.classes,
    ...(data.texts && { texts: textFacts(data.texts.captions) }),
    ...(data.identity && { data: data.identity }),
    digest: runDigest(model, recipe),
  };
}

function checkAsked({ folder }: RunPaths, record: RunRecord | null, { resume }: TrainOptions): void {
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

function checkSameRun({ folder }: RunPaths, record: RunRecord, model: ModelGraph, recipe: TrainRecipe): void {
  const differing = runDifferences(record, model, recipe);
  if (differing.length === 0) return;
  throw new WeftError(
    `The run in ${folder} was started with another model or recipe:\n${differing.map((d) => `  ${d}`).join('\n')}`,
    `\`weft train --resume --out ${folder}\` goes on with what it was started with; for a new run choose another --out. ` +
      'Rates, clipping, phases, steps and the intervals of checkpoints and samples may change.',
  );
}

/** The newest whole checkpoint; null for a run that has none yet. Damaged newer ones are told, and refused where no other is left. */
async function newestCheckpoint(
  { folder, checkpoints }: RunPaths,
  state: string,
  warn: (message: string) => void,
): Promise<Checkpoint | null> {
  const { latest, damaged } = await findCheckpoints(checkpoints);
  if (damaged.length > 0 && !latest) {
    throw new WeftError(
      `No checkpoint of the run in ${folder} can be used.\n${damaged.map((d) => `  ${d}`).join('\n')}`,
      `Bring one back from a copy. To begin again from step 0, remove ${checkpoints}.`,
    );
  }
  for (const problem of damaged) warn(`${problem} The one before it, of step ${latest!.step}, is used.`);
  if (!latest || !latest.isSealed || latest.recipe === state) return latest;
  throw new WeftError(
    `The checkpoint ${latest.path} holds the state of another model or recipe.`,
    'Bring back the checkpoints of this run.',
  );
}
