/** Trains and scores the runs of a study one after another; finished runs are not repeated. */
// Tested by test/cli/train-study.test.ts.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings, TrainRecipe } from '../compiler/recipe/index';
import { writeImageGrid } from '../data/png';
import { readSafetensors, writeSafetensors } from '../data/safetensors';
import { writeFileAtomic } from '../files/atomic';
import { loadWeights } from '../run/load-weights';
import { trainedBy } from '../compiler/lower/left-out';
import { defaultSampling } from '../sample/defaults';
import { fetchEfficientNetLite0 } from '../score/efficientnet-lite0';
import { scoreModel, type ScoreRequest } from '../score/score-model';
import type { SetupProgress } from '../setup/progress';
import { checkBeforeData } from '../train/before-data';
import { openRunData, type RunData } from '../train/open-run-data';
import { gridScale } from '../sample/write-samples';
import type { TrainMetrics } from '../train/metrics';
import { findRunRecord } from '../train/find-record';
import { runDigest, runPaths } from '../train/run-folder';
import { train, type TrainEvent } from '../train/train';
import type { StudyPlan, StudyRun } from './plan';
import { finalLoss, isTrained, readResult, writeResult, type RunResult } from './run-result';
import { studyTable, type StudyTable } from './table';

export interface StudyOptions {
  readonly signal?: AbortSignal;
  /** Threads of the backend, at least 1; all cores by default. */
  readonly threads?: number;
  /** Devices that share each batch of a run. */
  readonly devices?: number;
  /** Compiles the step of each run with torch.compile; needs the pytorch backend. */
  readonly compile?: boolean;
  readonly setup?: SetupProgress;
  /** Called as runs begin, go on and end. */
  readonly onEvent?: (event: StudyEvent) => void;
}

export type StudyEvent =
  /** Work on run number `index` of `total` begins; `known` is its result if it was finished before. */
  | {
      readonly kind: 'run';
      readonly run: StudyRun;
      readonly index: number;
      readonly total: number;
      readonly known: boolean;
    }
  | { readonly kind: 'step'; readonly metrics: TrainMetrics }
  /** A note at the start of a run: weights it starts from, warnings. */
  | { readonly kind: 'note'; readonly message: string }
  | { readonly kind: 'scoring'; readonly what: string; readonly done: number; readonly total: number }
  | { readonly kind: 'finished'; readonly run: StudyRun; readonly result: RunResult };

/** Samples per case in the picture. */
const shown = 12;

/** Trains and scores every case with every seed, or takes what an earlier call has finished. Null if it was interrupted; the same call continues. */
export async function trainStudy(plan: StudyPlan, options: StudyOptions = {}): Promise<StudyTable | null> {
  const tell = options.onEvent ?? (() => {});
  const wanted = bySeed(plan).filter((run) => run.wanted);
  // Fetch now what scoring needs later, so that a missing file fails before hours of training.
  if (plan.recipe.score) await fetchEfficientNetLite0(options.setup);
  for (const [index, run] of wanted.entries()) {
    const known = (await readResult(run, samplingOf(plan, run))) !== null;
    tell({ kind: 'run', run, index, total: wanted.length, known });
    if (known) continue;
    if (!(await isTrained(run))) await trainRun(plan, run, options);
    if (options.signal?.aborted) return null;
    tell({ kind: 'finished', run, result: await judge(plan, run, options) });
  }
  const found = await Promise.all(bySeed(plan).map((run) => readResult(run, samplingOf(plan, run))));
  const results = found.filter((r) => r !== null);
  const table = studyTable(plan, results);
  await writeFileAtomic(join(plan.out, 'results.json'), `${JSON.stringify(table, null, 2)}\n`);
  await writePicture(plan);
  return table;
}

/** All cases with one seed before the next seed, so that a study that is stopped early can still be compared. */
function bySeed({ seeds, cases }: StudyPlan): StudyRun[] {
  return seeds.flatMap((seed) => cases.flatMap((c) => c.runs.filter((run) => run.seed === seed)));
}

function samplingOf(plan: StudyPlan, { model, recipe }: StudyRun): SampleSettings {
  return plan.sample ?? defaultSampling(trainedBy(model, [recipe]));
}

async function trainRun(plan: StudyPlan, run: StudyRun, options: StudyOptions): Promise<void> {
  const { model, recipe, folder: out, spec } = run;
  const { threads, devices, compile, signal, setup, onEvent: tell = () => {} } = options;
  const { backend, kept, teacher } = plan;
  const before = await findRunRecord(out);
  const resume = before !== null;
  // Changes that a single run may make on the way would make cases incomparable.
  if (before && before.digest !== runDigest(model, recipe)) throw anotherRecipe(out);
  const sample = samplingOf(plan, run);
  await checkBeforeData(model, recipe, { out, resume, backend, sample, devices, compile });
  const openData = (of: ModelGraph, by: TrainRecipe): Promise<RunData> =>
    openRunData(of, by, { teacher, backend, threads, setup });
  const { data, validation, close } = await openData(model, recipe);
  try {
    const onEvent = (event: TrainEvent): void => {
      if (event.kind === 'start' || event.kind === 'warning') tell({ kind: 'note', message: event.message });
    };
    const steps = train(model, recipe, {
      data,
      validation,
      openData,
      out,
      resume,
      backend,
      threads,
      devices,
      compile,
      signal,
      spec,
      kept,
      sample,
      onEvent,
    });
    for await (const metrics of steps) tell({ kind: 'step', metrics });
  } finally {
    await close();
  }
}

function anotherRecipe(folder: string): WeftError {
  return new WeftError(
    `The run in ${folder} was started with another model or recipe.`,
    'Choose another folder with --out, or remove the runs of the recipe before.',
  );
}

/** Scores a trained run, and saves the result and a few of its images. */
async function judge(plan: StudyPlan, run: StudyRun, options: StudyOptions): Promise<RunResult> {
  const { model, recipe, folder } = run;
  const { threads, setup, onEvent: tell = () => {} } = options;
  const sample = samplingOf(plan, run);
  const { score: asked } = recipe;
  const loss = await finalLoss(run, (message) => tell({ kind: 'note', message }));
  let score: RunResult['score'] = null;
  if (asked) {
    const { ema, weights } = runPaths(folder);
    const request: ScoreRequest = {
      score: asked,
      data: recipe.data,
      given: recipe.given,
      weights: await loadWeights(existsSync(ema) ? ema : weights, model),
      settings: sample,
      seed: run.seed,
      backend: plan.backend,
      threads,
      setup,
      onWarning: (message) => tell({ kind: 'note', message }),
      onProgress: (what, done, total) => tell({ kind: 'scoring', what, done, total }),
    };
    const found = await scoreModel(model, request, shown);
    await writeSafetensors(imagesPath(run), { images: found.images });
    score = found.score;
  }
  const result = { case: run.case, seed: run.seed, steps: recipe.steps, loss, score };
  await writeResult(run, sample, result);
  return result;
}

function imagesPath({ folder }: StudyRun): string {
  return join(folder, 'scored.safetensors');
}

/** A row of samples for each case: those of its first seed, which start from the same noise. */
async function writePicture({ cases, out }: StudyPlan): Promise<void> {
  const rows: HostTensor[] = [];
  for (const { runs } of cases) {
    const [first] = runs;
    const images =
      first && existsSync(imagesPath(first)) ? (await readSafetensors(imagesPath(first))).get('images') : null;
    if (images) rows.push(images);
  }
  if (rows.length === 0) return;
  const columns = rows[0].shape[0];
  const fitting = rows.filter((r) => r.shape.join() === rows[0].shape.join());
  const data = new Float32Array(fitting.reduce((sum, r) => sum + r.data.length, 0));
  fitting.forEach((r, i) => data.set(r.data, i * rows[0].data.length));
  const shape = [fitting.length * columns, ...rows[0].shape.slice(1)];
  await writeImageGrid(join(out, 'samples.png'), { shape, data }, { columns, scale: gridScale(shape[3]) });
}
