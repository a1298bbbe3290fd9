/** Decides what is trained for a study: every case that this machine can train, once with every seed. */
import { totalmem } from 'node:os';
import { join } from 'node:path';
import type { BackendName } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings, TrainRecipe } from '../compiler/lower/recipe';
import { studyReport, type StudyRow } from '../compiler/report/study';
import { elaborateCase, openSpec, recipeNamed, sampleSettingsFor, studyNamed } from '../spec/open';
import { keepSpec, type KeptSpec } from '../train/kept-spec';
import { withRequest, type RunRequest } from '../train/plan';
import type { RunRecord } from '../train/run-folder';

export interface StudyRequest extends RunRequest {
  /** Only cases whose names begin so are trained now; the table shows all. */
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
  /** Whether it is to be trained now. */
  readonly wanted: boolean;
}

export interface PlannedCase {
  readonly name: string;
  readonly costs: StudyRow['costs'];
  /** Why it is not trained; null when it is. */
  readonly problem: string | null;
  readonly runs: readonly StudyRun[];
}

export interface StudyPlan {
  /** `ablation small_components` */
  readonly title: string;
  readonly recipe: TrainRecipe;
  readonly seeds: readonly number[];
  readonly sample: SampleSettings | null;
  readonly out: string;
  readonly cases: readonly PlannedCase[];
  readonly backend?: BackendName | 'auto';
  readonly kept: KeptSpec;
}

/** The plan for a recipe of a spec file that trains a study; null where it trains a model. */
export function planStudy(file: string, name: string | null, request: StudyRequest): StudyPlan | null {
  const { spec, files } = openSpec(file);
  const written = recipeNamed(spec, name);
  const study = studyNamed(spec, written.model);
  if (!study) return null;
  const recipe = withRequest(written, { ...request, seed: undefined });
  const { set = {}, seed } = request;
  const out = request.out ?? join('runs', recipe.name);
  const kept = keepSpec(file, files);
  const seeds = Array.from({ length: recipe.seeds ?? 1 }, (_, i) => recipe.seed + i);
  if (seed !== undefined && !seeds.includes(seed)) {
    throw new WeftError(
      `Seed ${seed} is none of the recipe's: ${seeds.join(', ')}.`,
      'Set `seed` and `seeds` in it.',
      2,
    );
  }
  const { batch, precision } = recipe;
  const { rows } = studyReport(study, { set, batch, precision, budget: totalmem() });
  const cases = rows.map(({ name, costs, problem }, i): PlannedCase => {
    if (problem !== null) return { name, costs, problem, runs: [] };
    const model = elaborateCase(spec, study.name, name, set);
    const folder = join(out, `${i + 1}-${slug(name)}`);
    const origin = { file: kept.main, model: study.name, case: name, set };
    const runs = seeds.map((s): StudyRun => {
      const wanted = (seed === undefined || s === seed) && name.startsWith(request.case ?? '');
      const { seeds: _, ...single } = recipe;
      return {
        case: name,
        seed: s,
        model,
        recipe: { ...single, seed: s },
        folder: join(folder, `seed-${s}`),
        spec: origin,
        wanted,
      };
    });
    return { name, costs, problem, runs };
  });
  if (!cases.some((c) => c.runs.some((r) => r.wanted))) {
    const names = cases.map((c) => `"${c.name}"${c.problem ? ` (${c.problem})` : ''}`).join(', ');
    throw new WeftError(`No case of ${study.name} can be trained that was asked for.`, `It has ${names}.`, 2);
  }
  const sample = sampleSettingsFor(spec, study.name, recipe.name);
  return { title: `${study.kind} ${study.name}`, recipe, seeds, sample, out, cases, backend: request.backend, kept };
}

/** `B: + compaction` → `b-compaction` */
function slug(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '');
}
