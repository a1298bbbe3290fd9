/** `weft inspect` on a file of ablations and sweeps: a table of costs for each. */
import type { Spec } from '../compiler/compile';
import type { ModelGraph } from '../compiler/lower/model';
import type { StudyOptions, StudyReport } from '../compiler/report/study';
import { keepsAverages, optimizerName } from '../compiler/recipe/optimizers';
import type { TrainRecipe } from '../compiler/recipe/index';
import type { Study } from '../compiler/sections/study';
import type { Overrides } from './options';

export interface InspectStudiesOptions {
  readonly set?: Overrides;
  readonly batch?: number;
  /** GiB of memory on the training device. */
  readonly memory?: number;
  readonly json?: boolean;
}

/** GiB of the accelerators that such models are usually trained on. */
export const usualMemory = 80;

/** A study, and the recipe used to count its memory. */
interface Inspected {
  readonly report: StudyReport;
  readonly recipe: TrainRecipe | undefined;
  readonly batch: string;
}

/** Each study with the recipe named `asked`, or else with its first recipe. */
export async function inspectStudies(
  spec: Spec,
  studies: readonly Study[],
  asked: string | null,
  options: InspectStudiesOptions,
): Promise<void> {
  const [
    { studyReport },
    { renderStudy },
    { requireFit },
    { recipeWith, settingsFor },
    { refuseSaidTwice, trainOptions },
  ] = await Promise.all([
    import('../compiler/report/study'),
    import('../compiler/report/render-study'),
    import('../spec/open'),
    import('../spec/settings'),
    import('../spec/said-twice'),
  ]);
  const { memory = usualMemory } = options;
  const all = studies.map((study): Inspected => {
    const own = spec.recipes.filter((r) => r.model === study.name);
    const written = own.find((r) => r.name === asked) ?? own[0];
    const set = settingsFor(spec, study.name, options.set, {
      reason: written ? 'weft inspect reads those of train alone' : `no recipe trains ${study.name}`,
      sections: written ? ['train'] : [],
    });
    refuseSaidTwice(trainOptions, { batch: options.batch }, set.sections.train);
    const recipeOf = (studied?: string): TrainRecipe | undefined => written && recipeWith(spec, written, set, studied);
    const recipe = recipeOf();
    const batches = new Set<number>();
    const optionsOf = (studied: string, model: ModelGraph): StudyOptions => {
      const own = recipeOf(studied);
      if (own) requireFit(spec, own, model);
      const batch = options.batch ?? own?.batch ?? 1;
      batches.add(batch);
      return { ...own, batch, budget: memory * 2 ** 30 };
    };
    const report = studyReport(study, optionsOf, set.model);
    const batch = [...batches].sort((a, b) => a - b).join(' or ');
    return { report, recipe, batch };
  });
  if (options.json) {
    const reports = all.map(({ report }) => report);
    return console.log(JSON.stringify(reports, null, 2));
  }
  for (const { report, recipe, batch } of all)
    console.log(`${renderStudy(report)}\n\n  Memory of a training step: ${trainedHow(recipe, batch)}.\n`);
  console.log(
    `GFLOPs of one image. Memory as compiled by XLA; recomputed: with recompute = blocks, where ${memory} GiB do not do without.`,
  );
}

/** `batch 32, f32, muon and averaged weights, as small trains` */
function trainedHow(recipe: TrainRecipe | undefined, batch: string): string {
  if (!recipe) return `batch ${batch}, f32, adamw and averaged weights`;
  const { precision, optimizer, name } = recipe;
  const state = optimizerName(optimizer) + (keepsAverages(recipe) ? ' and averaged weights' : '');
  return `batch ${batch}, ${precision}, ${state}, as ${name} trains`;
}
