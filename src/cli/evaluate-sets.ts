/** The work of `weft evaluate`: opens what is compared, takes features, and prints the metrics. */
// Tested by test/cli/evaluate.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { writtenInFull } from '../compiler/recipe/data/index';
import { checkFolder } from '../data/sources/folder';
import { requireApart } from '../files/apart';
import { requireWritableFile, withTemporaryFolder } from '../files/atomic';
import { openToRead } from '../files/regular-file';
import { evaluateSet, statisticsOf } from '../score/evaluate';
import { readStatistics, writeStatistics } from '../score/statistics-file';
import type { EvaluateCommandOptions } from './evaluate';
import { sweepRun } from './evaluate-sweep';
import { writeNearest } from './evaluate-nearest';
import { renderEvaluation, type Judged } from './evaluate-table';
import { Bars, Evaluator, isRun, isStatistics, type Work } from './evaluator';
import { Interrupt } from './interrupt';

export async function evaluateAll(subjects: readonly string[], options: EvaluateCommandOptions): Promise<void> {
  const interrupt = new Interrupt();
  interrupt.listen(() => console.error('stopping; features that are done are kept'));
  try {
    const { signal } = interrupt;
    await withTemporaryFolder((scratch) =>
      options.sweep
        ? sweepRun(subjects, options.sweep, { options, scratch, signal })
        : evaluateEach(subjects, { options, scratch, signal, bars: new Bars() }),
    );
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    console.error('Stopped; the same command goes on where it was.');
    process.exitCode = 130;
  } finally {
    interrupt.stop();
  }
}

/** One call of the command. */
async function evaluateEach(subjects: readonly string[], work: Work): Promise<void> {
  const { against: named, saveStatistics, nearest, json, resize } = work.options;
  checkSubjects(subjects, work.options);
  requireApart({ '--save-statistics': saveStatistics, '--nearest': nearest }, [...subjects, named]);
  for (const path of [saveStatistics, nearest]) if (path !== undefined) await requireWritableFile(path);
  await checkPlaces([...subjects, ...(named === undefined ? [] : [named])]);
  const evaluator = new Evaluator(work);
  try {
    const against = named === undefined ? null : await evaluator.reference(named, subjects[0]);
    const judged: Judged[] = [];
    let saved = false;
    let shown: readonly string[] = [];
    for (const subject of subjects) {
      for await (const { known, seed, images, source, own } of evaluator.opened(subject)) {
        if (saveStatistics !== undefined && !saved) {
          await writeStatistics(saveStatistics, await statisticsOf(known, evaluator.how()));
          saved = true;
        }
        const other = against ?? own;
        if (!other) continue;
        const found = await evaluateSet(known, other.reference, evaluator.how());
        if (nearest !== undefined && shown.length === 0)
          shown = await writeNearest({ path: nearest, drawn: { known, source }, real: other, how: evaluator.how() });
        judged.push({ subject, seed, images, against: { name: other.name, images: other.images }, ...found });
      }
    }
    await work.bars.stop();
    const about = { extractor: evaluator.facts, resize };
    if (judged.length > 0) console.log(renderEvaluation(judged, about, json ?? false));
    for (const line of shown) console.error(line);
    if (saveStatistics !== undefined) console.error(`statistics: ${saveStatistics}`);
  } finally {
    await evaluator.close();
  }
}

/** Everything that is named must be there before features, which take hours, are read of any. */
async function checkPlaces(named: readonly string[]): Promise<void> {
  for (const path of named) {
    if (isStatistics(path)) await readStatistics(path);
    else if (path.endsWith('.onnx')) await openToRead(path).then((file) => file.close());
    else if (writtenInFull(path) === null && !isRun(path)) await checkFolder(path);
  }
}

function checkSubjects(subjects: readonly string[], options: EvaluateCommandOptions): void {
  const alone = subjects.find((path) => !isRun(path));
  if (alone !== undefined && options.against === undefined && options.saveStatistics === undefined)
    throw new WeftError(
      `Nothing says what ${alone} is to be compared with.`,
      'Add --against FOLDER or --against STATISTICS.npz; only a run has pictures it was trained on.',
      2,
    );
  const still = ['solver', 'steps', 'guidance', 'shift', 'weights', 'which'] as const;
  const idle = still.find((name) => options[name] !== undefined);
  if (idle !== undefined && !subjects.some(isRun))
    throw new WeftError(`--${idle} says how a run is drawn, and none was named.`, 'Leave it out.', 2);
  const isSampler = (path: string): boolean => path.endsWith('.onnx');
  if (options.seeds.length > 1 && !subjects.some((path) => isRun(path) || isSampler(path)))
    throw new WeftError('--seeds draws runs and samplers several times, and none was named.', 'Name one seed.', 2);
  if (options.classes !== undefined && !subjects.some(isSampler))
    throw new WeftError('--classes is for exported samplers, and none was named.', 'Leave it out.', 2);
  if (options.saveStatistics !== undefined && !isStatistics(options.saveStatistics))
    throw new WeftError(
      `Statistics are written as .npz, and ${options.saveStatistics} has another ending.`,
      `For instance --save-statistics ${options.saveStatistics}.npz.`,
      2,
    );
  if (options.nearest?.endsWith('.png') === false)
    throw new WeftError(
      `The nearest pictures are written as .png, and ${options.nearest} has another ending.`,
      'For instance --nearest nearest.png.',
      2,
    );
  if (options.nearest !== undefined && [subjects[0], options.against ?? ''].some(isStatistics))
    throw new WeftError(
      'A file of statistics has no pictures to look at.',
      'Name pictures, or leave out --nearest.',
      2,
    );
  if (options.chart !== undefined)
    throw new WeftError('--chart draws the results of --sweep, and there is none.', 'Add --sweep steps=5,10,25.', 2);
  if (options.extractorWeights !== undefined && options.extractor === undefined)
    throw new WeftError(
      'The packaged extractor brings its own weights, so --extractor-weights would not be read.',
      'Name the model that they are of: --extractor FILE#Model.',
      2,
    );
}
