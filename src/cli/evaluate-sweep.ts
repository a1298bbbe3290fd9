/** The work of `weft evaluate RUN --sweep …`: draws and measures a run with every combination of settings, with every seed. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { evaluationsOf } from '../compiler/programs/evaluations';
import { requireGuidable } from '../compiler/programs/guided';
import { builtInGuidance, isDeclaredGuidance, methodText } from '../compiler/recipe/sample';
import type { SampleSettings } from '../compiler/recipe/index';
import { writeSamplingChart } from '../data/sampling-chart';
import { requireWritableFile } from '../files/atomic';
import { evaluateSet } from '../score/evaluate';
import { metrics, type MetricName } from '../score/metric-names';
import { samplingWith } from '../spec/settings';
import { samplingSweep, type SamplingSweep } from '../study/sampling-sweep';
import type { WrittenAxis } from '../study/written-axis';
import { renderSamplingTable, samplingTable, type MeasuredCell, type SamplingTable } from '../study/sampling-table';
import { readRunRecord } from '../train/find-record';
import { settingsOfRun } from '../train/plan';
import { footer, type Judged } from './evaluate-table';
import { Bars, Evaluator, isRun, type FoundRun, type Work } from './evaluator';
import { chosenSampling } from './options';
import { startProgress, type Progress } from './progress';

/** Without --metrics: with all of them the table would be too wide to read. */
const usualMetrics: readonly MetricName[] = ['frechet', 'precision', 'recall'];

type SweepWork = Omit<Work, 'bars'>;

export async function sweepRun(
  subjects: readonly string[],
  written: readonly WrittenAxis[],
  work: SweepWork,
): Promise<void> {
  checkSweep(subjects, written, work.options);
  const [folder] = subjects;
  const { seeds, resize, json = false, chart, metrics: asked = usualMetrics } = work.options;
  if (chart !== undefined) await requireWritableFile(chart);
  const bar = new SweepBar();
  // The spread is that over seeds.
  const options = { ...work.options, metrics: asked, resamples: 0 };
  const evaluator = new Evaluator({ ...work, options, bars: bar });
  try {
    const run = await evaluator.run(folder);
    const { sweep, base } = await sweepOf(folder, run, written, options);
    const { judged, cells, images } = await measured(folder, { evaluator, run, sweep, bar }, options);
    const table = samplingTable({ run: folder, axes: sweep.axes, seeds, images, metrics: asked }, cells);
    const about = { extractor: evaluator.facts, resize };
    const notes = [...new Set(judged.flatMap((one) => one.notes))];
    const fixed = fixedText(sweep, base);
    const [{ against, digest }] = judged;
    const lines = [
      ...renderSamplingTable(table),
      ...notes.map((note) => `note: ${note}`),
      `Otherwise: ${fixed}.`,
      ...footer(judged, about),
    ];
    console.log(
      json ? JSON.stringify({ ...about, against, digest, fixed, ...table, notes }, null, 2) : lines.join('\n'),
    );
    if (chart !== undefined) await writeChart(chart, table);
  } finally {
    await evaluator.close();
  }
}

interface Open {
  readonly evaluator: Evaluator;
  readonly run: FoundRun;
  readonly sweep: SamplingSweep;
  readonly bar: SweepBar;
}

interface MeasuredSweep {
  readonly judged: readonly Judged[];
  readonly cells: readonly MeasuredCell[];
  readonly images: number;
}

/** Draws every combination with every seed; what was drawn before comes from the cache. */
async function measured(
  folder: string,
  { evaluator, run, sweep, bar }: Open,
  { seeds, metrics: names = [], against: named = '' }: Work['options'],
): Promise<MeasuredSweep> {
  const evaluations = sweep.cells.map(({ settings }) => evaluationsOf(run.model, settings));
  const { own, draw, images } = await run.open();
  const { name, images: compared, reference } = own ?? (await evaluator.reference(named, folder));
  await bar.begin(sweep.cells.length * seeds.length, images);
  const judged: Judged[] = [];
  const cells: MeasuredCell[] = [];
  for (const [i, { values, settings }] of sweep.cells.entries()) {
    const found: number[][] = [];
    for (const seed of seeds) {
      bar.next(`${cellName(sweep, values)}, seed ${seed}`);
      const { known } = await evaluator.pictures(draw(walkOf(settings), seed));
      const one = await evaluateSet(known, reference, evaluator.how());
      judged.push({ subject: folder, seed, images, against: { name, images: compared }, ...one });
      found.push(names.map((metric) => one.measured.find((m) => m.metric === metric)!.value));
    }
    cells.push({ values, evaluations: evaluations[i], seeds: found });
  }
  await bar.stop();
  return { judged, cells, images };
}

async function sweepOf(
  folder: string,
  { model, settings }: FoundRun,
  written: readonly WrittenAxis[],
  options: Work['options'],
): Promise<{ readonly sweep: SamplingSweep; readonly base: SampleSettings }> {
  const { spec } = settingsOfRun(folder, await readRunRecord(folder), {}, { reason: '', sections: [] });
  const { name, model: modelName } = settings;
  const base = { ...chosenSampling(settings, options), name, model: modelName };
  const sweep = samplingSweep(written, {
    settings: base,
    hyperparameters: Object.keys(model.hyperparameters),
    with: (before, entries) => samplingWith(spec, before, entries, model),
  });
  // All that can be refused is, before the first is drawn.
  for (const cell of sweep.cells) requireGuidable(model, builtInGuidance(cell.settings.guidance));
  return { sweep, base };
}

function walkOf({ name: _name, model: _model, ...walk }: SampleSettings): Omit<SampleSettings, 'name' | 'model'> {
  return walk;
}

async function writeChart(
  path: string,
  { run, axes, metrics: [first], rows, images, seeds }: SamplingTable,
): Promise<void> {
  const points = rows.map(({ values, evaluations, measured: [one], isOnFront }) => ({
    values,
    evaluations,
    ...one,
    isOnFront,
  }));
  const title = `${run}, ${images} pictures, ${seeds.length === 1 ? 'one seed' : `${seeds.length} seeds`}`;
  await writeSamplingChart(path, { title, metric: metrics[first], axes, points });
  console.error(path);
}

function cellName({ axes }: SamplingSweep, values: readonly string[]): string {
  return axes.map((axis, i) => `${axis} ${values[i]}`).join(', ');
}

/** The settings that no axis gives. */
function fixedText({ axes }: SamplingSweep, { solver, steps, shift, guidance }: SampleSettings): string {
  const swept = (...names: readonly string[]): boolean => axes.some((axis) => names.includes(axis));
  const guided = isDeclaredGuidance(guidance)
    ? methodText(guidance)
    : guidance
      ? `guidance ${guidance.scale} from ${guidance.from} to ${guidance.to}`
      : 'no guidance';
  return [
    ...(swept('solver') ? [] : [`solver ${methodText(solver)}`]),
    ...(swept('steps', 'solver.steps') ? [] : [`${steps} steps`]),
    ...(swept('shift', 'solver.shift') || typeof solver !== 'string' ? [] : [`shift ${shift}`]),
    ...(swept('guidance') ? [] : [guided]),
  ].join(', ');
}

function checkSweep(subjects: readonly string[], written: readonly WrittenAxis[], options: Work['options']): void {
  const [folder, another] = subjects;
  if (another !== undefined || !isRun(folder))
    throw new WeftError(
      another === undefined
        ? `--sweep draws from a run, and ${folder} is none.`
        : '--sweep draws from one run, and several were named.',
      'Name the folder of one run: weft evaluate runs/NAME --sweep steps=5,10,25.',
      2,
    );
  const single = options.saveStatistics === undefined ? options.nearest && '--nearest' : '--save-statistics';
  if (single !== undefined)
    throw new WeftError(`${single} is about one set of pictures, and --sweep draws many.`, 'Leave one of them out.', 2);
  if (options.chart !== undefined && !options.chart.endsWith('.png'))
    throw new WeftError(
      `The chart is written as .png, and ${options.chart} has another ending.`,
      'For instance --chart sweep.png.',
      2,
    );
  const again = written.find(({ key }, i) => written.findIndex((other) => other.key === key) < i);
  if (again) throw new WeftError(`--sweep ${again.key} was given twice.`, 'Write all its values in one.', 2);
  const given = (['solver', 'steps', 'shift', 'guidance'] as const).filter((name) => options[name] !== undefined);
  const both = given.find((name) => written.some(({ key }) => key === name));
  if (both !== undefined)
    throw new WeftError(`--${both} and --sweep ${both} say the same thing.`, 'Leave one of them out.', 2);
}

/** One bar over all that is drawn, with what is done now; before that, one for each kind of work. */
class SweepBar extends Bars {
  private bar: Progress | null = null;
  private images = 0;
  private at = -1;
  private name = '';

  /** `count` sets of `images` pictures each. */
  async begin(count: number, images: number): Promise<void> {
    this.images = images;
    this.bar = await startProgress('sweep', count * images);
  }

  /** Goes on to the next set. */
  next(name: string): void {
    this.at++;
    this.name = name;
    this.bar?.update(this.at * this.images, name);
  }

  override tell(what: string, done: number, total: number): void {
    if (!this.bar) return super.tell(what, done, total);
    // Only the encoder counts pictures of the set.
    const own = what === 'reading features' ? done : 0;
    this.bar.update(this.at * this.images + own, `${this.name}: ${what} ${done}/${total}`);
  }

  override async settle(): Promise<void> {
    if (!this.bar) await super.settle();
  }

  override async stop(): Promise<void> {
    this.bar?.stop();
    this.bar = null;
    await super.stop();
  }
}
