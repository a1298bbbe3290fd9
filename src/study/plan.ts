/** Plans a study: every case that this machine can train, once with every seed. */
// Tested by test/cli/train-study.test.ts.
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { BackendName } from '../backends/session';
import { WeftError, type Diagnostic } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings, TrainRecipe } from '../compiler/recipe/index';
import { studyReport, type StudyOptions, type StudyRow } from '../compiler/report/study';
import {
  elaborateCase,
  elaborateTeacher,
  openSpec,
  recipeNamed,
  requireFit,
  sampleSettingsFor,
  studyNamed,
} from '../spec/open';
import { keepSpec, type KeptSpec } from '../train/kept-spec';
import { refuseSaidTwice, trainOptions } from '../spec/said-twice';
import { recipeWith, settingsFor } from '../spec/settings';
import { SpecError } from '../spec/spec-error';
import type { GivenSettings } from '../compiler/sections/keys';
import { isLeftOut, type Study } from '../compiler/sections/study';
import { sampleSet, trainReader, withRequest, type RunRequest } from '../train/plan';
import type { RunRecord } from '../train/run-folder';

export interface StudyRequest extends RunRequest {
  /** Only cases whose names begin with this are trained now; the table shows all. */
  readonly case?: string;
}

/** A case with a seed: a run like any other, in a folder of its own. */
export interface StudyRun {
  readonly case: string;
  readonly seed: number;
  readonly model: ModelGraph;
  readonly recipe: TrainRecipe;
  readonly folder: string;
  readonly spec: RunRecord['spec'];
  /** Whether it is trained now. */
  readonly wanted: boolean;
}

export interface PlannedCase {
  readonly name: string;
  readonly costs: StudyRow['costs'];
  /** Why it is not trained; null if it is. */
  readonly problem: string | null;
  readonly runs: readonly StudyRun[];
}

export interface StudyPlan {
  /** `ablation small_components` */
  readonly title: string;
  readonly recipe: TrainRecipe;
  /** The model that the recipe aligns with, if it aligns with a model. */
  readonly teacher: ModelGraph | null;
  /** Each case is trained with each of these. */
  readonly seeds: readonly number[];
  readonly sample: SampleSettings | null;
  readonly out: string;
  readonly cases: readonly PlannedCase[];
  readonly backend?: BackendName | 'auto';
  readonly kept: KeptSpec;
  /** Parts of the recipe that are probably mistakes. */
  readonly warnings: readonly Diagnostic[];
}

/** The plan for a recipe of a spec file that trains a study; null if it trains a model. */
export function planStudy(file: string, name: string | null, request: StudyRequest): StudyPlan | null {
  const { spec, files } = openSpec(file);
  const written = recipeNamed(spec, name);
  const study = studyNamed(spec, written.model);
  if (!study) return null;
  const divided = settingsFor(spec, study.name, request.set, trainReader);
  // For a study, --seed chooses which of its seeds is trained now.
  refuseSaidTwice(trainOptions, { ...request, seed: undefined }, divided.sections.train);
  const set = divided.model;
  const recipeOf = (studied?: string): TrainRecipe =>
    withRequest(recipeWith(spec, written, divided, studied), { ...request, seed: undefined });
  const recipe = recipeOf();
  const seeds = Array.from({ length: recipe.seeds ?? 1 }, (_, i) => recipe.seed + i);
  const plan = {
    title: `${study.kind} ${study.name}`,
    recipe,
    teacher: elaborateTeacher(spec, recipe),
    seeds,
    out: request.out ?? join('runs', recipe.name),
    backend: request.backend,
    kept: keepSpec(file, files),
    warnings: spec.problems(recipe, null),
  };
  const optionsOf = (studied: string, model: ModelGraph): StudyOptions => {
    const own = recipeOf(studied);
    requireFit(spec, own, model);
    return { ...own, budget: totalmem() };
  };
  const { rows } = studyReport(study, optionsOf, set);
  checkBuilt(study, rows, set, request);
  const cases = rows.map(({ name, costs, problem }, i): PlannedCase => {
    if (problem !== null) return { name, costs, problem, runs: [] };
    const model = elaborateCase(spec, study.name, name, set);
    const own = recipeOf(name);
    const runs = runsOf({ ...plan, recipe: own }, { name, index: i, study: study.name, model }, { ...request, set });
    return { name, costs, problem, runs };
  });
  checkWanted(seeds, cases, study.name, request);
  const [{ model }] = cases.flatMap((c) => c.runs);
  const sample = sampleSet(
    spec,
    sampleSettingsFor(spec, { model: study.name, name: recipe.name }),
    { model, recipe },
    divided.sections.sample,
  );
  return { ...plan, sample, cases };
}

/** A case with every seed of the plan. */
function runsOf(
  { recipe, seeds, out, kept }: Omit<StudyPlan, 'cases' | 'sample'>,
  { name, index, study, model }: { name: string; index: number; study: string; model: ModelGraph },
  request: StudyRequest,
): StudyRun[] {
  const { seeds: _, ...single } = recipe;
  const isCaseWanted = name.startsWith(request.case ?? '');
  return seeds.map((seed) => ({
    case: name,
    seed,
    model,
    recipe: { ...single, seed },
    folder: join(out, `${index + 1}-${slug(name)}`, `seed-${seed}`),
    spec: { file: kept.main, model: study, case: name, set: request.set ?? {}, sums: kept.sums },
    wanted: isCaseWanted && (request.seed === undefined || seed === request.seed),
  }));
}

/** Cases that are too large for this machine, or that a sweep leaves out, stay in the table. Errors are reported before any case is trained. */
function checkBuilt(
  study: Study,
  rows: readonly StudyRow[],
  set: GivenSettings,
  { case: wanted = '' }: StudyRequest,
): void {
  const broken = study.cases.filter((c, i) => rows[i].costs === null && c.name.startsWith(wanted));
  const found = broken.flatMap((c) => c.elaborate(set).diagnostics);
  const errors = found.filter((d) => d.severity === 'error' && !isLeftOut(study, d));
  if (errors.length > 0) throw new SpecError(errors);
}

function checkWanted(
  seeds: readonly number[],
  cases: readonly PlannedCase[],
  study: string,
  { seed }: StudyRequest,
): void {
  if (seed !== undefined && !seeds.includes(seed)) {
    const known = seeds.join(', ');
    throw new WeftError(`Seed ${seed} is none of the recipe's: ${known}.`, 'Set `seed` and `seeds` in it.', 2);
  }
  if (cases.some((c) => c.runs.some((r) => r.wanted))) return;
  const names = cases.map((c) => `"${c.name}"${c.problem ? ` (${c.problem})` : ''}`).join(', ');
  throw new WeftError(`No case of ${study} can be trained that was asked for.`, `It has ${names}.`, 2);
}

/** `B: + compaction` → `b-compaction` */
function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
