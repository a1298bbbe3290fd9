/** What `weft evaluate` has open: runs, folders and sources of pictures, the extractor, and how far the work is. */
// Tested by test/cli/evaluate.test.ts.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import { writtenInFull } from '../compiler/recipe/data/index';
import type { DataSource, SampleSettings } from '../compiler/recipe/index';
import { openImageSet, type ImageSet, type ImageSize } from '../data/image-set';
import { fileSum } from '../files/checksums';
import { loadWeights } from '../run/load-weights';
import { architectureEntries } from '../run/recorded-architecture';
import { scoredImage } from '../score/draw-alike';
import { openEncoder, type Encoder } from '../score/encoder';
import { Reference, type EvaluateOptions, type Known } from '../score/evaluate';
import { featuresOf } from '../score/feature-cache';
import { drawnPictures, folderPictures, setPictures, type PictureSource } from '../score/picture-source';
import { samplerPictures } from '../score/sampler-pictures';
import { readStatistics } from '../score/statistics-file';
import { readDataSource } from '../train/data-option';
import { readRunRecord } from '../train/find-record';
import type { EvaluateCommandOptions } from './evaluate';
import { laterProgress } from './progress';
import { chosenSampling } from './options';
import { ofSubject, subjectOfRun } from './sample-images';

const drawnByDefault = 5000;

/** What a subject is compared with, and how it is called. */
export interface Against {
  readonly name: string;
  readonly images: number | null;
  readonly reference: Reference;
  /** Absent for statistics. */
  readonly source?: PictureSource;
}

/** A set of pictures with what is known of it. */
export interface Opened {
  readonly known: Known;
  readonly images: number | null;
  /** Absent for statistics. */
  readonly source?: PictureSource;
  readonly seed?: number;
}

/** How a picture is drawn. */
type Walk = Omit<SampleSettings, 'name' | 'model'>;

/** A run to draw from. */
export interface FoundRun {
  readonly model: ModelGraph;
  /** Those of its spec. */
  readonly settings: SampleSettings;
  /** Opens its pictures; reads their features if it is compared with these. */
  readonly open: () => Promise<OpenedRun>;
}

interface OpenedRun {
  /** The pictures that it was trained on. */
  readonly set: ImageSet;
  /** How many pictures are drawn. */
  readonly images: number;
  /** What it was trained on; null if something else is named to compare with. */
  readonly own: Against | null;
  /** What it draws with these settings from the noise of a seed. */
  readonly draw: (settings: Walk, seed: number) => PictureSource;
}

/** Shows how far work is. */
export interface Telling {
  tell(what: string, done: number, total: number): void;
  /** The features of a set are read. */
  settle(): Promise<void>;
  stop(): Promise<void>;
}

/** A bar for each kind of work, that is there until something else begins. */
export class Bars implements Telling {
  private readonly bars = new Map<string, ReturnType<typeof laterProgress>>();

  tell(what: string, done: number, total: number): void {
    const bar = this.bars.get(what) ?? laterProgress(what);
    this.bars.set(what, bar);
    bar.update(done, total);
  }

  settle(): Promise<void> {
    return this.stop();
  }

  async stop(): Promise<void> {
    await Promise.all([...this.bars.values()].map((bar) => bar.stop()));
    this.bars.clear();
  }
}

/** What one call of the command needs besides its options. */
export interface Work {
  readonly options: EvaluateCommandOptions;
  /** A folder for weights of unfinished runs. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  readonly bars: Telling;
}

export class Evaluator {
  private encoder: Encoder | null = null;
  private readonly sets: ImageSet[] = [];

  constructor(private readonly work: Work) {}

  /** Facts about the extractor; null if none was needed. */
  get facts(): Encoder['facts'] | null {
    return this.encoder?.facts ?? null;
  }

  async reference(named: string, subject: string): Promise<Against> {
    if (isStatistics(named))
      return { name: named, images: null, reference: new Reference({ statistics: await readStatistics(named) }) };
    const { images, known, source } = await this.pictures(await this.sourceOf(named, subject));
    return { name: named, images, source, reference: new Reference(known) };
  }

  /** A subject once, or a run once for each seed; with what a run was trained on. */
  async *opened(subject: string): AsyncGenerator<Opened & { readonly own?: Against | null }> {
    if (isStatistics(subject)) {
      yield { known: { statistics: await readStatistics(subject) }, images: null };
      return;
    }
    if (subject.endsWith('.onnx')) {
      yield* this.sampled(subject);
      return;
    }
    if (!isRun(subject)) {
      yield this.pictures(await folderPictures(subject, this.work.options.images ?? Infinity));
      return;
    }
    yield* this.drawn(subject);
  }

  private async *sampled(path: string): AsyncGenerator<Opened> {
    const { seeds, images: count = drawnByDefault, classes, threads } = this.work.options;
    for (const seed of seeds) {
      const source = await samplerPictures(path, { count, seed, classes, threads });
      try {
        yield { ...(await this.pictures(source)), seed };
      } finally {
        await source.close();
      }
    }
  }

  private async *drawn(folder: string): AsyncGenerator<Opened & { readonly own: Against | null }> {
    const { options } = this.work;
    const { settings, open } = await this.run(folder);
    const chosen = chosenSampling(settings, options);
    const { own, draw } = await open();
    for (const seed of options.seeds) yield { ...(await this.pictures(draw(chosen, seed))), seed, own };
  }

  /** The model of a run with its weights. */
  async run(folder: string): Promise<FoundRun> {
    const { options, scratch, signal } = this.work;
    const { data, given } = (await readRunRecord(folder)).recipe;
    const subject = await subjectOfRun(folder, options, scratch);
    const { model, weights, settings, facts: known } = subject;
    const reading = known.text;
    const size = scoredImage(model, reading);
    const open = async (): Promise<OpenedRun> => {
      const set = await this.openSet(data, size, reading !== undefined);
      const own = options.against === undefined ? await this.trainedOn(folder, set) : null;
      const sum = weights === undefined ? null : (await fileSum(weights)).sha256;
      const loaded = await loadWeights(weights, model, ofSubject(subject, options));
      const { computes } = architectureEntries(model);
      const { backend, threads, images = drawnByDefault } = options;
      const draw: OpenedRun['draw'] = (walk, seed) => {
        const facts = { weights: sum, settings: walk, given, computes, ...(reading && { reading }) };
        const onProgress = (done: number, total: number): void => {
          signal.throwIfAborted();
          this.tell(`drawing with seed ${seed}`, done, total);
        };
        const request = {
          data,
          given,
          reading,
          weights: loaded,
          settings: walk,
          seed,
          backend,
          threads,
          facts,
          onProgress,
        };
        return drawnPictures(model, request, set, images);
      };
      return { set, images, own, draw };
    };
    return { model, settings, open };
  }

  private async trainedOn(folder: string, set: ImageSet): Promise<Against> {
    const { known, images, source } = await this.pictures(setPictures(set, Infinity));
    return { name: `what ${folder} was trained on`, images, source, reference: new Reference(known) };
  }

  /** Pictures of a folder, or of a source by its short name, in the size of the run that they are compared with. */
  private async sourceOf(named: string, subject: string): Promise<PictureSource> {
    const most = this.work.options.images ?? Infinity;
    if (writtenInFull(named) === null) return folderPictures(named, most);
    if (!isRun(subject))
      throw new WeftError(
        `The pictures of ${named} are rendered in the size of a model, and ${subject} is no run.`,
        'Evaluate a run, or name a folder of pictures.',
        2,
      );
    const { model, facts } = await subjectOfRun(subject, this.work.options, this.work.scratch);
    const before = (await readRunRecord(subject)).recipe.data;
    return setPictures(await this.openSet(readDataSource(named, before), scoredImage(model, facts.text)), most);
  }

  private async openSet(data: DataSource, size: ImageSize, captions = false): Promise<ImageSet> {
    const set = await openImageSet(data, size, {
      captions,
      onProgress: (done, total) => this.tell('reading images', done, total),
    });
    this.sets.push(set);
    return set;
  }

  async pictures(source: PictureSource): Promise<Opened> {
    const { options, signal } = this.work;
    this.encoder ??= await openEncoder({
      target: options.extractor,
      weights: options.extractorWeights,
      size: options.size,
      threads: options.threads,
    });
    const onProgress = (done: number, total: number): void => this.tell('reading features', done, total);
    const features = await featuresOf(source, this.encoder, { resize: options.resize, signal, onProgress });
    await this.work.bars.settle();
    return { known: { features }, images: source.count, source };
  }

  how(): EvaluateOptions {
    const { metrics, pairs, resamples, seeds } = this.work.options;
    const onProgress = (what: string, done: number, total: number): void => this.tell(what, done, total);
    return { metrics, pairs, resamples, seed: seeds[0], signal: this.work.signal, onProgress };
  }

  async close(): Promise<void> {
    await this.work.bars.stop();
    await this.encoder?.close();
    for (const set of this.sets) await set.close();
  }

  private tell(what: string, done: number, total: number): void {
    this.work.bars.tell(what, done, total);
  }
}

export function isStatistics(path: string): boolean {
  return path.endsWith('.npz');
}

export function isRun(path: string): boolean {
  return existsSync(join(path, 'run.json'));
}
