/** The work of `weft evaluate`: opens what is compared, takes features, and prints the metrics. */
// Tested by test/cli/evaluate.test.ts.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { writtenInFull } from '../compiler/recipe/data/index';
import type { DataSource } from '../compiler/recipe/index';
import { checkFolder } from '../data/sources/folder';
import { openImageSet, type ImageSet, type ImageSize } from '../data/image-set';
import { withTemporaryFolder } from '../files/atomic';
import { fileSum } from '../files/checksums';
import { openToRead } from '../files/regular-file';
import { loadWeights } from '../run/load-weights';
import { architectureEntries } from '../run/recorded-architecture';
import { scoredImage } from '../score/draw-alike';
import { openEncoder, type Encoder } from '../score/encoder';
import { evaluateSet, Reference, statisticsOf, type EvaluateOptions, type Known } from '../score/evaluate';
import { featuresOf } from '../score/feature-cache';
import { drawnPictures, folderPictures, setPictures, type PictureSource } from '../score/picture-source';
import { samplerPictures } from '../score/sampler-pictures';
import { readStatistics, writeStatistics } from '../score/statistics-file';
import { readDataSource } from '../train/data-option';
import { readRunRecord } from '../train/find-record';
import type { EvaluateCommandOptions } from './evaluate';
import { renderEvaluation, type Judged } from './evaluate-table';
import { Interrupt } from './interrupt';
import { chosenSampling } from './options';
import { laterProgress } from './progress';
import { subjectOfRun } from './sample-images';

const drawnByDefault = 5000;

/** What a subject is compared with, and how it is called. */
interface Against {
  readonly name: string;
  readonly images: number | null;
  readonly reference: Reference;
}

/** A set of pictures with what is known of it. */
interface Opened {
  readonly known: Known;
  readonly images: number | null;
  readonly seed?: number;
}

export async function evaluateAll(subjects: readonly string[], options: EvaluateCommandOptions): Promise<void> {
  const interrupt = new Interrupt();
  interrupt.listen(() => console.error('stopping; features that are done are kept'));
  try {
    await withTemporaryFolder((scratch) => new Evaluator(options, scratch, interrupt.signal).run(subjects));
  } catch (error) {
    if (!interrupt.signal.aborted) throw error;
    console.error('Stopped; the same command goes on where it was.');
    process.exitCode = 130;
  } finally {
    interrupt.stop();
  }
}

/** One call of the command, with what is open in it. */
class Evaluator {
  private encoder: Encoder | null = null;
  private readonly bars = new Map<string, ReturnType<typeof laterProgress>>();
  private readonly sets: ImageSet[] = [];

  constructor(
    private readonly options: EvaluateCommandOptions,
    private readonly scratch: string,
    private readonly signal: AbortSignal,
  ) {}

  async run(subjects: readonly string[]): Promise<void> {
    const { against: named, saveStatistics, json } = this.options;
    checkSubjects(subjects, this.options);
    await checkPlaces([...subjects, ...(named === undefined ? [] : [named])]);
    try {
      const against = named === undefined ? null : await this.reference(named, subjects[0]);
      const judged: Judged[] = [];
      let saved = false;
      for (const subject of subjects) {
        for await (const { known, seed, images, own } of this.opened(subject)) {
          if (saveStatistics !== undefined && !saved) {
            await writeStatistics(saveStatistics, await statisticsOf(known, this.how()));
            saved = true;
          }
          const other = against ?? own;
          if (!other) continue;
          const found = await evaluateSet(known, other.reference, this.how());
          judged.push({ subject, seed, images, against: { name: other.name, images: other.images }, ...found });
        }
      }
      await this.stopBars();
      const { facts } = this.encoder ?? { facts: null };
      const about = { extractor: facts, resize: this.options.resize };
      if (judged.length > 0) console.log(renderEvaluation(judged, about, json ?? false));
      if (saveStatistics !== undefined) console.error(`statistics: ${saveStatistics}`);
    } finally {
      await this.stopBars();
      await this.encoder?.close();
      for (const set of this.sets) await set.close();
    }
  }

  private async reference(named: string, subject: string): Promise<Against> {
    if (isStatistics(named))
      return { name: named, images: null, reference: new Reference({ statistics: await readStatistics(named) }) };
    const opened = await this.pictures(await this.sourceOf(named, subject));
    return { name: named, images: opened.images, reference: new Reference(opened.known) };
  }

  /** A subject once, or a run once for each seed; with what a run was trained on. */
  private async *opened(subject: string): AsyncGenerator<Opened & { readonly own?: Against }> {
    if (isStatistics(subject)) {
      yield { known: { statistics: await readStatistics(subject) }, images: null };
      return;
    }
    if (subject.endsWith('.onnx')) {
      yield* this.sampled(subject);
      return;
    }
    if (!isRun(subject)) {
      yield this.pictures(await folderPictures(subject, this.options.images ?? Infinity));
      return;
    }
    yield* this.drawn(subject);
  }

  private async *sampled(path: string): AsyncGenerator<Opened> {
    const { seeds, images: count = drawnByDefault, classes, threads } = this.options;
    for (const seed of seeds) {
      const source = await samplerPictures(path, { count, seed, classes, threads });
      try {
        yield { ...(await this.pictures(source)), seed };
      } finally {
        await source.close();
      }
    }
  }

  private async *drawn(folder: string): AsyncGenerator<Opened & { readonly own?: Against }> {
    const { options, scratch } = this;
    const record = await readRunRecord(folder);
    const { data, given } = record.recipe;
    const { model, weights, settings: usual } = await subjectOfRun(folder, options, scratch);
    const settings = chosenSampling(usual, options);
    const set = await this.openSet(data, scoredImage(model));
    let own: Against | undefined;
    if (options.against === undefined) {
      const { known, images } = await this.pictures(setPictures(set, Infinity));
      own = { name: `what ${folder} was trained on`, images, reference: new Reference(known) };
    }
    const sum = weights === undefined ? null : (await fileSum(weights)).sha256;
    const facts = { weights: sum, settings, given, computes: architectureEntries(model).computes };
    const loaded = await loadWeights(weights, model);
    const count = options.images ?? drawnByDefault;
    for (const seed of options.seeds) {
      const { backend, threads } = options;
      const onProgress = (done: number, total: number): void => this.tell(`drawing with seed ${seed}`, done, total);
      const request = { data, given, weights: loaded, settings, seed, backend, threads, facts, onProgress };
      yield { ...(await this.pictures(drawnPictures(model, request, set, count))), seed, own };
    }
  }

  /** Pictures of a folder, or of a source by its short name, in the size of the run that they are compared with. */
  private async sourceOf(named: string, subject: string): Promise<PictureSource> {
    const most = this.options.images ?? Infinity;
    if (writtenInFull(named) === null) return folderPictures(named, most);
    if (!isRun(subject))
      throw new WeftError(
        `The pictures of ${named} are rendered in the size of a model, and ${subject} is no run.`,
        'Evaluate a run, or name a folder of pictures.',
        2,
      );
    const { model } = await subjectOfRun(subject, this.options, this.scratch);
    const before = (await readRunRecord(subject)).recipe.data;
    return setPictures(await this.openSet(readDataSource(named, before), scoredImage(model)), most);
  }

  private async openSet(data: DataSource, size: ImageSize): Promise<ImageSet> {
    const set = await openImageSet(data, size, {
      onProgress: (done, total) => this.tell('rendering images', done, total),
    });
    this.sets.push(set);
    return set;
  }

  private async pictures(source: PictureSource): Promise<Opened> {
    const { options, signal } = this;
    this.encoder ??= await openEncoder({
      target: options.extractor,
      weights: options.extractorWeights,
      size: options.size,
      threads: options.threads,
    });
    const onProgress = (done: number, total: number): void => this.tell('reading features', done, total);
    const features = await featuresOf(source, this.encoder, { resize: options.resize, signal, onProgress });
    await this.stopBars();
    return { known: { features }, images: source.count };
  }

  private how(): EvaluateOptions {
    const { metrics, pairs, resamples, seeds } = this.options;
    const onProgress = (what: string, done: number, total: number): void => this.tell(what, done, total);
    return { metrics, pairs, resamples, seed: seeds[0], signal: this.signal, onProgress };
  }

  private tell(what: string, done: number, total: number): void {
    const bar = this.bars.get(what) ?? laterProgress(what);
    this.bars.set(what, bar);
    bar.update(done, total);
  }

  private async stopBars(): Promise<void> {
    await Promise.all([...this.bars.values()].map((bar) => bar.stop()));
    this.bars.clear();
  }
}

function isStatistics(path: string): boolean {
  return path.endsWith('.npz');
}

function isRun(path: string): boolean {
  return existsSync(join(path, 'run.json'));
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
  const still = ['solver', 'steps', 'guidance', 'shift', 'weights'] as const;
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
  if (options.extractorWeights !== undefined && options.extractor === undefined)
    throw new WeftError(
      'The packaged extractor brings its own weights, so --extractor-weights would not be read.',
      'Name the model that they are of: --extractor FILE#Model.',
      2,
    );
}
