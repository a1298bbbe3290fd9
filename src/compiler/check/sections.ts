/** Checks the sections of a file against their models: builds every model and case, and applies the rules. */
import { diagnose, WeftError, type Diagnostic } from '../diagnostics/diagnostic';
import { Reported, withoutRepeats } from '../diagnostics/order';
import type { LoadedFile } from '../link/load';
import { Budget } from '../lower/budget';
import type { Elaborated } from '../lower/elaborate';
import { hyperparameterScope } from '../lower/givens/elaborate';
import { trainedBy } from '../lower/left-out';
import type { Variable } from '../ir/graph';
import type { ModelGraph } from '../lower/model';
import { alignment } from '../programs/objectives/alignment';
import type { TrainRecipe } from '../recipe/index';
import type { Stage } from '../recipe/stages';
import { namesOfModel } from '../recipe/hyperparameters';
import { placeIn, recipeNamed, recipesOf, samplesOf, sectionOf, type Sections } from '../sections/read';
import { sectionName, type Place } from '../sections/schema';
import type { Span } from '../source';
import type { Expression } from '../syntax/ast';
import { checkAlignment } from './alignment';
import { checkTeacher } from './teacher';
import { checkBuckets } from './buckets';
import { buildCases } from './cases';
import { checkConventions } from './conventions';
import { checkData } from './data';
import { checkGivens, checkGivenValues } from './givens';
import type { Models } from './models';
import { actingGuidance } from './rules/recipe/acting-guidance';
import { checkObjective } from './objective';
import { checkPhases } from './phases';
import { checkSnapshots } from './snapshots';
import { checkOptimizer } from './optimizer';
import { checkSchedule } from './schedule';
import { checkTrained } from './trained';
import { SectionWork } from './section-work';
import { checkWalk, mostJudged } from './solver';
import { recipeWarnings } from './rules/recipe/index';
import { solverSteps } from './rules/recipe/solver-steps';
import { startOf, type Training } from './training';
import { checkGuided, checkUnread } from './unread';

export interface CheckedSections {
  /** Those of models, and of sections with their models. */
  readonly diagnostics: readonly Diagnostic[];
  /** The models that sections train or sample and that have no problems, by name, each built whole. */
  readonly models: ReadonlyMap<string, ModelGraph>;
}

/** Builds the models of a file and checks its sections with them. */
export function checkSections(main: LoadedFile, models: Models, sections: Sections): CheckedSections {
  const found: Diagnostic[] = [];
  const add = (more: readonly Diagnostic[]): void => more.forEach((d) => found.push(d));
  const used = new Set(
    main.file.declarations.flatMap((d) =>
      d.kind === 'section' && (d.section === 'train' || d.section === 'sample') && d.model ? [d.model.name] : [],
    ),
  );
  const wanted = new Set([...used].map((name) => models.builtAs(name)));
  const budget = new Budget();
  const built = new Map<string, ModelGraph | null>();
  const whole = new Map<string, ModelGraph>();
  for (const name of models.names) {
    if (models.builtAs(name) !== name) continue;
    const { model, diagnostics } = models.inFile(name, { budget, brief: !wanted.has(name) });
    built.set(name, model);
    if (model && wanted.has(name) && diagnostics.length === 0) whole.set(name, model);
    add(diagnostics);
  }
  // Imported models that a section names are built too, since the section must fit them.
  const declared = new Set(models.names);
  for (const name of used) {
    if (declared.has(name) || !models.canBuild(name)) continue;
    const { model, diagnostics } = models.inFile(name, { budget });
    built.set(name, model);
    add(diagnostics);
  }
  const modelOf = (name: string): ModelGraph | null => built.get(models.builtAs(name) ?? name) ?? null;
  const cases = buildCases(sections.studies, (c, how) => models.byCase(c, how), used);
  // An error that a model has by itself is not repeated for its cases.
  const ofModels = new Reported();
  found.forEach((d) => ofModels.add(d));
  const inCases = cases.diagnostics.filter((d) => !ofModels.has(d));
  const modelsOf = (name: string): readonly ModelGraph[] => {
    const one = modelOf(name);
    return one ? [one] : (cases.models.get(name) ?? []);
  };
  const recipesNamed = firstOfEach(sections.recipes, keyOf);
  const samplesNamed = firstOfEach(sections.samples, keyOf);
  const work = new SectionWork();
  // Once is enough, also where both loops end early.
  const unread = (span: Span): Diagnostic[] => (work.hasTold() ? [] : [diagnose('sections-unread', span, {})]);
  for (const s of main.file.declarations) {
    if (s.kind !== 'section' || (s.section !== 'train' && s.section !== 'sample')) continue;
    if (work.isSpent) {
      add(unread(startOf(s)));
      break;
    }
    const name = s.model?.name ?? '';
    const key = keyOf({ name: sectionName(s), model: name });
    const recipe = recipesNamed.get(key) ?? null;
    const sample = samplesNamed.get(key) ?? null;
    const place: Place = sections.places.get(s) ?? (() => null);
    for (const model of modelsOf(name)) {
      work.add(model);
      if (s.section === 'train') {
        const isStudied = modelOf(name) === null;
        const inStage = ({ hyperparameters }: Pick<Stage, 'hyperparameters'>): Elaborated =>
          models.withChanges(name, hyperparameters);
        add(checkTraining(main, models, { section: s, place, recipe, model, isStudied }, isStudied ? null : inStage));
      } else add([...checkConventions(s, model, place), ...checkGivenValues(s, model, sample)]);
    }
  }
  for (const recipe of sections.recipes) add(warningsOf(sections, recipe, modelOf(recipe.model)));
  // A model may have thousands of recipes, and as many sample sections.
  const trained = new Map<ModelGraph, ModelGraph>();
  for (const sample of sections.samples) {
    const place = placeIn(sections, 'sample', sample.name);
    const solver = place('solver');
    if (work.isSpent) {
      add(unread(solver?.span ?? main.file.span));
      break;
    }
    if (solver) add(solverSteps(sample, solver.span));
    const recipes = recipesOf(sections, sample.model);
    const asTrained = (model: ModelGraph): ModelGraph => {
      const known = trained.get(model) ?? trainedBy(model, recipes);
      trained.set(model, known);
      return known;
    };
    for (const model of modelsOf(sample.model)) {
      work.add(model, recipes.length + Math.min(sample.steps, mostJudged));
      add(checkWalk(main, models.bound, sample, { place, model, trained: asTrained(model), recipes }));
    }
    const guidance = place('guidance');
    if (!guidance) continue;
    add(actingGuidance(sample, guidance.span));
    for (const model of modelsOf(sample.model)) add(checkGuided(sample, asTrained(model), guidance.span));
  }
  return { diagnostics: [...withoutRepeats(found), ...inCases], models: whole };
}

/**
 * The errors and warnings of a recipe, which may have been changed by hand since it was read, with the model that it trains;
 * without a model, its warnings alone.
 */
export function checkRecipe(
  main: LoadedFile,
  models: Models,
  sections: Sections,
  { recipe, model }: { readonly recipe: TrainRecipe; readonly model: ModelGraph | null },
): readonly Diagnostic[] {
  const warnings = warningsOf(sections, recipe, model);
  if (!model) return warnings;
  const section = sectionOf(sections, 'train', recipe.name);
  if (!section) return warnings;
  const written = recipeNamed(sections, recipe.name);
  const own = placeIn(sections, 'train', recipe.name);
  const changed = placed.filter(([, valueOf]) => textOf(valueOf(recipe)) !== textOf(written && valueOf(written)));
  // A setting that was changed by hand has no place in the file.
  const place: Place = (setting) => (changed.some(([key]) => key === setting.split('.')[0]) ? null : own(setting));
  return [...checkTraining(main, models, { section, place, recipe, model }), ...warnings];
}

/** The first of each key. */
function firstOfEach<T>(items: readonly T[], keyOf: (item: T) => string): Map<string, T> {
  return new Map(items.toReversed().map((item) => [keyOf(item), item]));
}

/** Tells apart the sections of a kind: some may have the same name. */
function keyOf({ name, model }: { readonly name: string; readonly model: string }): string {
  return `${name} of ${model}`;
}

/** The settings whose problems `checkTraining` reports where they are written, and what they decide in a recipe. */
const placed: readonly (readonly [setting: string, valueOf: (recipe: TrainRecipe) => unknown])[] = [
  ['schedule', (r) => r.schedule],
  ['optimizer', (r) => r.optimizer],
  ['objective', (r) => r.objective],
  ['teacher', (r) => r.teacher],
  ['align', (r) => r.align],
  ['train', (r) => r.train],
  ['freeze', (r) => r.freeze],
  ['adapt', (r) => r.adapt],
  ['data', (r) => r.data.kind],
  ['buckets', (r) => r.buckets],
  ['text', (r) => r.text === undefined],
  ['drop', (r) => [r.labelDrop, r.textDrop, r.givenDrop]],
];

/** A setting as text, without paths of weights, which may be relative or absolute. */
function textOf(setting: unknown): string | undefined {
  const isFile = (key: string, value: unknown): boolean =>
    typeof value === 'string' && (key === 'weights' || key === 'teacher');
  return JSON.stringify(setting, (key, value: unknown) => (isFile(key, value) ? undefined : value));
}

/** The problems of a train section with a model that it trains: its methods, teachers, choice of weights, data and conditions. */
function checkTraining(
  main: LoadedFile,
  models: Models,
  training: Training,
  buildStage: ((stage: Pick<Stage, 'hyperparameters'>) => Elaborated) | null = null,
): readonly Diagnostic[] {
  const { section, place, recipe, model } = training;
  const { bound } = models;
  const build = (e: Expression): Elaborated => models.byCall(e, namesOfModel(model));
  const taught = checkTeacher(training, build);
  const objective = checkObjective(main, bound, { ...training, taught });
  const weights = [...model.weights, ...objective.weights];
  const results = [...Object.values(model.outputs), ...objective.losses];
  const hyperparameters = hyperparameterScope(model);
  return [
    ...checkConventions(section, model, place),
    ...checkAlignment(place, model, recipe?.align ?? null, (e) => models.byCall(e)),
    ...taught.diagnostics,
    ...(recipe ? checkSchedule(place, recipe, hyperparameters) : []),
    ...checkOptimizer(main, bound, { place, weights, results, hyperparameters }),
    ...objective.diagnostics,
    ...checkTrained(place, model, [...objective.weights, ...projectorOf(model, recipe)]),
    ...checkGivens(training, build),
    ...checkData(training),
    ...checkUnread(training),
    ...checkSnapshots(training),
    ...checkPhases(training, buildStage),
    ...checkBuckets(training, buildStage && ((size) => buildStage({ hyperparameters: { size } }))),
  ];
}

/** The weights that an alignment trains beside the model's; none if it cannot be made, which is reported elsewhere. */
function projectorOf(model: ModelGraph, recipe: TrainRecipe | null): readonly Variable[] {
  try {
    return recipe?.align ? alignment(model, recipe.align).extraWeights : [];
  } catch (error) {
    if (error instanceof WeftError) return [];
    throw error;
  }
}

/** Warnings about probable mistakes in a recipe, which may have been changed by hand since it was read. */
function warningsOf(sections: Sections, recipe: TrainRecipe, model: ModelGraph | null): Diagnostic[] {
  const own = sectionOf(sections, 'train', recipe.name);
  if (!own) return [];
  const written = placeIn(sections, 'train', recipe.name);
  const before = recipeNamed(sections, recipe.name);
  const start = startOf(own);
  const place = (setting: string): Span => {
    const phase = /^phase (\d+)$/.exec(setting);
    if (phase) return own.entries.filter((e) => e.kind === 'phase')[Number(phase[1])]?.span ?? start;
    return written(setting)?.span ?? start;
  };
  return recipeWarnings({
    recipe,
    model,
    samples: samplesOf(sections, recipe.model),
    place,
    isGiven: (setting) => written(setting) !== null || recipe.checkpoint !== before?.checkpoint,
    samplePlace: ({ name }, setting) => placeIn(sections, 'sample', name)(setting)?.span ?? start,
  });
}
