/** Plans a training run from a spec and options, or from the folder of a run that continues. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { BackendName } from '../backends/session';
import { WeftError, type Diagnostic } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { Spec } from '../compiler/compile';
import type { SampleSettings, TrainRecipe } from '../compiler/recipe/index';
import {
  elaborateCase,
  elaborateModel,
  elaborateTeacher,
  openSpec,
  recipeNamed,
  requireFit,
  sampleSettingsFor,
} from '../spec/open';
import type { SettingsReader } from '../compiler/sections/keys';
import type { SettingEntry } from '../compiler/syntax/ast';
import { defaultSampling } from '../sample/defaults';
import { trainedBy } from '../compiler/lower/left-out';
import { asRecorded } from '../run/recorded-conventions';
import { pathFrom } from '../spec/paths';
import { refuseSaidTwice, trainOptions } from '../spec/said-twice';
import { recipeChanges, recipeWith, samplingWith, settingsFor } from '../spec/settings';
import { readDataSource } from './data-option';
import type { StageOptions } from './stages';
import { checkKept, keepSpec, shippedFolder, type KeptSpec } from './kept-spec';
import { readRunRecord } from './find-record';
import { runPaths, type RunRecord } from './run-folder';

/** Settings that can be given by hand; the recipe has the others. */
export interface RunRequest {
  readonly out?: string;
  readonly resume?: boolean;
  readonly steps?: number;
  /** A folder, or the short name of a source: `mnist`, `scenes`, `emoji`, `emoji:noto,flags`. */
  readonly data?: string;
  readonly batch?: number;
  readonly seed?: number;
  /** Weights to start from: a file, or the folder of a run. */
  readonly from?: string;
  readonly backend?: BackendName | 'auto';
  readonly set?: { readonly [name: string]: string };
}

export interface RunPlan {
  readonly model: ModelGraph;
  readonly recipe: TrainRecipe;
  /** The model that the recipe aligns with, if it aligns with a model. */
  readonly teacher: ModelGraph | null;
  readonly sample: SampleSettings | null;
  readonly out: string;
  readonly resume: boolean;
  readonly backend?: BackendName | 'auto';
  readonly spec: RunRecord['spec'];
  /** Files to copy into a new run's folder; null if they are already there. */
  readonly kept: KeptSpec | null;
  /** The model with some hyper-parameters changed, as phases may do. */
  readonly modelWith: NonNullable<StageOptions['modelWith']>;
  /** Parts of the recipe that are probably mistakes. */
  readonly warnings: readonly Diagnostic[];
}

/** The plan for a recipe of a spec file. */
export function planRun(file: string, name: string | null, request: RunRequest): RunPlan {
  const { spec, files } = openSpec(file);
  const written = recipeNamed(spec, name);
  const set = settingsFor(spec, written.model, request.set, trainReader);
  refuseSaidTwice(trainOptions, request, set.sections.train);
  const recipe = withRequest(recipeWith(spec, written, set), request);
  const model = elaborateModel(spec, recipe.model, set.model);
  const warnings = requireFit(spec, recipe, model);
  const kept = keepSpec(file, files);
  return {
    model,
    recipe,
    teacher: elaborateTeacher(spec, recipe),
    sample: sampleSet(
      spec,
      sampleSettingsFor(spec, { model: recipe.model, name: recipe.name, set: set.model }),
      { model, recipe },
      set.sections.sample,
    ),
    out: request.out ?? defaultFolder(join('runs', recipe.name), request.resume ?? false),
    resume: request.resume ?? false,
    backend: request.backend,
    spec: { file: kept.main, model: recipe.model, set: set.model, sums: kept.sums },
    kept,
    modelWith: (changes) => elaborateModel(spec, recipe.model, { ...set.model, ...changes }),
    warnings,
  };
}

/** How training reads `--set`. */
export const trainReader: SettingsReader = {
  reason: 'weft train reads those of train and sample alone',
  sections: ['train', 'sample'],
};

/** The sampling settings of a run, from its spec or by default, if something is set by hand. */
export function sampleSet(
  spec: Spec,
  written: SampleSettings | null,
  { model, recipe }: { readonly model: ModelGraph; readonly recipe: TrainRecipe },
  entries: readonly SettingEntry[],
): SampleSettings | null {
  return entries.length === 0
    ? written
    : samplingWith(spec, written ?? defaultSampling(trainedBy(model, [recipe])), entries, model);
}

/** The plan to continue the run in a folder, by its own copy of the spec. */
export async function planResume(out: string, request: RunRequest): Promise<RunPlan> {
  const record = await readRunRecord(out);
  const set = settingsOfRun(out, record, request.set, trainReader);
  refuseSaidTwice(trainOptions, request, set.sections.train);
  const model = modelOfRun(out, record, set.model);
  const changes = recipeChanges(set.spec, record.recipe.name, set.sections.train, {
    set: { ...record.spec?.set, ...set.model },
    case: record.spec?.case,
  });
  const recipe = withRequest({ ...record.recipe, ...changes }, request);
  // A run that has begun goes on as it was, also where a newer version finds an error in its recipe.
  const asItWas = Object.keys(changes).length === 0 && Object.keys(set.model).length === 0;
  const warnings = asItWas
    ? set.spec.problems(recipe, model).map((d): Diagnostic => ({ ...d, severity: 'warning' }))
    : requireFit(set.spec, recipe, model);
  const { spec } = record;
  const sample = sampleSet(set.spec, record.sample, { model, recipe }, set.sections.sample);
  const teacher = elaborateTeacher(set.spec, recipe);
  const modelWith = (changes: NonNullable<RunRequest['set']>): ModelGraph =>
    modelOfRun(out, record, { ...set.model, ...changes });
  const { backend } = request;
  return { model, recipe, teacher, sample, out, resume: true, backend, spec, kept: null, modelWith, warnings };
}

/** The model a run trains, by the run's own copy of the spec. */
export function modelOfRun(folder: string, record: RunRecord, set: RunRequest['set'] = {}): ModelGraph {
  const spec = specOfRun(folder, record);
  const { model, case: studied, set: before } = record.spec!;
  const settings = { ...before, ...set };
  const made =
    studied === undefined ? elaborateModel(spec, model, settings) : elaborateCase(spec, model, studied, settings);
  return asRecorded(made, record, `The run in ${folder}`);
}

/** The model that a run is aligned with, by the run's own copy of the spec. */
export function teacherOfRun(folder: string, record: RunRecord): ModelGraph | null {
  return elaborateTeacher(specOfRun(folder, record), record.recipe);
}

/** Settings given by hand for a run, sorted by the names that the run's own copy of its spec knows. */
export function settingsOfRun(
  folder: string,
  record: RunRecord,
  set: RunRequest['set'],
  reader: SettingsReader,
): ReturnType<typeof settingsFor> & { readonly spec: Spec } {
  const spec = specOfRun(folder, record);
  return { ...settingsFor(spec, record.spec!.model, set, reader), spec };
}

/** The run's own copy of its spec. */
function specOfRun(folder: string, record: RunRecord): Spec {
  if (!record.spec) {
    throw new WeftError(
      `The run in ${folder} was started by a program and has no spec.`,
      'Name the spec it belongs to.',
    );
  }
  const home = runPaths(folder).spec;
  checkKept(home, record.spec.sums);
  return openSpec(join(home, record.spec.file), { shipped: join(home, shippedFolder) }).spec;
}

/** A recipe with settings given by hand in place of its own. */
export function withRequest(recipe: TrainRecipe, { steps, data, batch, seed, from }: RunRequest): TrainRecipe {
  return {
    ...recipe,
    ...(steps === undefined ? {} : { steps }),
    ...(batch === undefined ? {} : { batch }),
    ...(seed === undefined ? {} : { seed }),
    ...(from === undefined ? {} : { from: pathFrom(process.cwd(), from) }),
    ...(data === undefined ? {} : { data: readDataSource(data, recipe.data) }),
  };
}

/** `runs/NAME`, or the first of `runs/NAME-2`, … that is free; when resuming, the last of them that exists. */
function defaultFolder(wanted: string, resume: boolean): string {
  const home = dirname(wanted);
  const taken = existsSync(home) ? readdirSync(home) : [];
  const numbers = taken.flatMap((name) => {
    if (name === basename(wanted)) return [1];
    const number = name.startsWith(`${basename(wanted)}-`) ? Number(name.slice(basename(wanted).length + 1)) : NaN;
    return Number.isInteger(number) && number > 1 ? [number] : [];
  });
  const last = Math.max(0, ...numbers);
  const chosen = resume ? last : last + 1;
  return chosen <= 1 ? wanted : `${wanted}-${chosen}`;
}
