/** The results of a study as a table: each case over its seeds, compared with the case before it. */
import { aligned } from '../compiler/report/render';
import { giga } from '../compiler/report/study';
import type { TrainRecipe } from '../compiler/recipe/index';
import { extentOf, renderExtent, type Extent } from './extent';
import type { PlannedCase, StudyPlan } from './plan';
import type { RunResult } from './run-result';

/** Mean and sample standard deviation (0 for one number). */
export interface Spread {
  readonly mean: number;
  readonly deviation: number;
}

export interface StudyTable extends Extent {
  readonly title: string;
  /** Each case was trained with each of these. */
  readonly seeds: readonly number[];
  /** How distances were measured; null if there are none. */
  readonly measure: Omit<NonNullable<RunResult['score']>, 'distance'> | null;
  readonly rows: readonly TableRow[];
  readonly comparisons: readonly Comparison[];
}

export interface TableRow {
  readonly case: string;
  readonly parameters: number | null;
  readonly flops: number | null;
  readonly loss: Spread | null;
  readonly distance: Spread | null;
  readonly results: readonly { readonly seed: number; readonly loss: number; readonly distance: number | null }[];
  /** Why the case was not trained. */
  readonly problem: string | null;
}

/** A case compared with the one before it, over the seeds that both were trained with. */
export interface Comparison {
  readonly case: string;
  readonly before: string;
  /** The compared values: distances, or losses if there are none. Smaller is better. */
  readonly by: 'distance' | 'loss';
  readonly difference: Spread;
  readonly better: number;
  readonly of: number;
}

export function studyTable({ title, recipe, seeds, cases }: StudyPlan, results: readonly RunResult[]): StudyTable {
  const rows = cases.map((c) =>
    rowOf(
      c,
      results.filter((r) => r.case === c.name),
    ),
  );
  const trained = rows.filter((r) => r.results.length > 0);
  const comparisons = trained.slice(1).flatMap((row, i) => comparison(row, trained[i]));
  const first = results.find((r) => r.score)?.score;
  const measure = first ? { extractor: first.extractor, reference: first.reference, samples: first.samples } : null;
  return { title, ...extentOf(recipesOf({ recipe, cases })), seeds, measure, rows, comparisons };
}

/** The recipes of the cases that are trained; that of the study if there is none. */
export function recipesOf({ recipe, cases }: Pick<StudyPlan, 'recipe' | 'cases'>): readonly TrainRecipe[] {
  const recipes = cases.flatMap((c) => c.runs.map((run) => run.recipe));
  return recipes.length > 0 ? recipes : [recipe];
}

function rowOf({ name, costs, problem }: PlannedCase, found: readonly RunResult[]): TableRow {
  const results = found.map(({ seed, loss, score }) => ({ seed, loss, distance: score?.distance ?? null }));
  const distances = results.flatMap((r) => r.distance ?? []);
  return {
    case: name,
    parameters: costs?.parameters ?? null,
    flops: costs?.flops ?? null,
    loss: spreadOf(results.map((r) => r.loss)),
    distance: spreadOf(distances),
    results,
    problem,
  };
}

function comparison(row: TableRow, before: TableRow): Comparison[] {
  const by = row.distance && before.distance ? 'distance' : 'loss';
  const differences = row.results.flatMap((r) => {
    const [x, y] = [r[by], before.results.find((o) => o.seed === r.seed)?.[by]];
    return typeof x === 'number' && typeof y === 'number' ? [x - y] : [];
  });
  const difference = spreadOf(differences);
  if (!difference) return [];
  const better = differences.filter((d) => d < 0).length;
  return [{ case: row.case, before: before.case, by, difference, better, of: differences.length }];
}

export function spreadOf(numbers: readonly number[]): Spread | null {
  const n = numbers.length;
  if (n === 0) return null;
  const mean = numbers.reduce((a, b) => a + b, 0) / n;
  const squares = numbers.reduce((sum, x) => sum + (x - mean) ** 2, 0);
  return { mean, deviation: n === 1 ? 0 : Math.sqrt(squares / (n - 1)) };
}

/** The table as text: a line for each case, how distances are measured, and whether each case is better than the one before. */
export function renderStudyTable(table: StudyTable): string {
  const { title, seeds, measure, rows } = table;
  const header = ['case', 'parameters', 'GFLOPs', 'runs', 'loss', ...(measure ? ['Fréchet distance'] : [])];
  const lines = aligned([header, ...rows.map((r) => cells(r, measure !== null))], 1);
  const about = measure && [
    '',
    `Fréchet distance of features by ${measure.extractor.extractor} (${measure.extractor.weights}, images brought to ` +
      `${measure.extractor.size}x${measure.extractor.size}): ${count(measure.samples)} samples of each run against ` +
      `${count(measure.reference.images)} training images, statistics ${measure.reference.digest}.`,
  ];
  const problems = rows.flatMap((r) => (r.problem === null ? [] : [`  ${r.case}: ${r.problem}`]));
  return [
    `${title}: ${renderExtent(table)}, ${seeds.length === 1 ? 'seed' : 'seeds'} ${seeds.join(', ')}; mean ± standard deviation over seeds`,
    '',
    ...lines,
    ...(problems.length > 0 ? ['', ...problems] : []),
    ...(about ?? []),
    ...(table.comparisons.length > 0 ? ['', ...verdict(table)] : []),
  ].join('\n');
}

function cells(r: TableRow, withDistance: boolean): string[] {
  return [
    r.case,
    r.parameters === null ? '' : count(r.parameters),
    r.flops === null ? '' : giga(r.flops),
    r.problem === null ? String(r.results.length) : 'cannot be trained',
    r.loss ? spread(r.loss, 4) : '',
    ...(withDistance ? [r.distance ? spread(r.distance, 2) : ''] : []),
  ];
}

function verdict({ rows, comparisons }: StudyTable): string[] {
  const [{ by }] = comparisons;
  const trained = rows.flatMap((r) => (r[by] ? [{ case: r.case, mean: r[by].mean }] : []));
  const ranked = [...trained].sort((a, b) => b.mean - a.mean);
  const asDeclared = ranked.every((r, i) => r === trained[i]);
  return [
    `From worst to best by mean ${by}${asDeclared ? ', as declared' : ', not as declared'}: ${ranked.map((r) => `"${r.case}"`).join(', ')}`,
    ...comparisons.map(
      (c) =>
        `  "${c.case}" against "${c.before}": ${signed(c.difference, c.by === 'loss' ? 4 : 2)}, better with ${c.better} of ${c.of} seeds`,
    ),
  ];
}

function spread({ mean, deviation }: Spread, digits: number): string {
  return `${mean.toFixed(digits)} ± ${deviation.toFixed(digits)}`;
}

function signed(s: Spread, digits: number): string {
  return `${s.mean > 0 ? '+' : ''}${spread(s, digits)}`;
}

function count(n: number): string {
  return n.toLocaleString('en-US');
}
