/** The data that a model sees when a recipe trains it: the images with their classes and captions, and how they are changed. */
// Tested by test/cli/data.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { staticShape } from '../compiler/ir/dims';
import { pairedFolders, type PairedKind } from '../compiler/lower/givens/paired';
import { givenExpression } from '../compiler/lower/givens/parse';
import { stagesOf } from '../compiler/recipe/stages';
import type { ModelGraph } from '../compiler/lower/model';
import type { DataSource, TextSettings, TrainRecipe } from '../compiler/recipe/index';
import { batchesInRound } from '../data/bucket-order';
import { classNote } from '../data/folder/notes';
import { skippedText, type CacheOptions } from '../data/image-cache';
import { openImageSet, type ImageSet, type SkippedImage } from '../data/image-set';
import type { FolderOptions } from '../data/sources/folder';
import { withPrefix, type TextInput } from '../text/conditions';
import { tokenCounter } from '../text/encoder';
import { vocabularyEncoder, wordsIn } from '../text/vocabulary';
import { tellClasses, trainedImage, trainedText } from './data';
import { lookInto, type PictureFiles } from './look-into-source';
import { openPairs, type TrainingPairs } from './pairs';
import { countForms, pictureSizes, type PictureSizes } from './picture-sizes';

/** Pictures that are trained at one size, and how many a step shows. */
export interface DataBucket {
  readonly size: string;
  readonly images: number;
  readonly batch: number;
}

export interface DataSummary {
  readonly recipe: string;
  readonly model: string;
  readonly source: DataSource;
  /** Number of different images that are trained on. */
  readonly images: number;
  readonly batch: number;
  readonly steps: number;
  /** How many times each image is shown in all. */
  readonly epochs: number;
  /** Sizes of the files; null for images that are not files with pixels. */
  readonly sizes: PictureSizes | null;
  /** The size that the model gets. */
  /** Absent without buckets. */
  readonly buckets?: readonly DataBucket[];
  readonly shown: {
    readonly height: number;
    readonly width: number;
    readonly channels: number;
    readonly fit: 'cropped at the centre' | 'drawn at this size' | 'as the files have it';
    /** Whether images are mirrored with probability one half. */
    readonly flip: boolean;
  };
  readonly classes: readonly { readonly number: number; readonly name: string; readonly images: number }[];
  /** Whether the model reads the class. */
  readonly readsClasses: boolean;
  /** Null if the recipe reads no captions. */
  readonly captions: CaptionSummary | null;
  /** How often each condition is left out (0 to 1), by its name. */
  readonly drop: { readonly [condition: string]: number };
  /** How the conditions are made, as the recipe writes it. */
  readonly given: { readonly [input: string]: string };
  /** Folders with a partner for each picture. */
  readonly paired: readonly PairSummary[];
  /** Files that are not trained on. */
  readonly skipped: readonly SkippedImage[];
  /** Other things that training would report at its start, or fail on. */
  readonly notes: readonly string[];
}

export interface CaptionSummary {
  /** Number of images with their own caption; the others use the name of the class or the empty prompt. */
  readonly own: number;
  /** Number of different captions among them. */
  readonly different: number;
  readonly examples: readonly string[];
  readonly encoder: TextSettings['encoder'];
  /** Number of tokens that the model reads of each caption. */
  readonly length: number;
  /** Null if the files of the encoder are missing, so that tokens cannot be counted. */
  readonly tokens: TokenSummary | null;
}

/** Lengths of the texts that are trained on: the captions, and what stands in for missing ones. */
export interface TokenSummary {
  /** Number of different texts. */
  readonly texts: number;
  /** Number of tokens of the longest text, and that text. */
  readonly longest: number;
  readonly caption: string;
  /** Number of different texts that have more tokens than the model reads. */
  readonly cut: number;
}

export interface PairSummary {
  readonly input: string;
  readonly kind: Exclude<PairedKind, 'values'>;
  readonly path: string;
  readonly height: number;
  readonly width: number;
}

/** The opened data of a recipe; close them after use. */
export interface SummarizedData {
  readonly summary: DataSummary;
  readonly set: ImageSet;
  readonly pairs: TrainingPairs;
  /** Names of the files, by the number of the image; null for images without files of their own. */
  readonly names: readonly string[] | null;
  close(): Promise<void>;
}

export interface SummaryOptions extends Pick<CacheOptions, 'cache' | 'onProgress'>, Pick<FolderOptions, 'onListing'> {
  /** Called now and then while the sizes of pictures are read. */
  readonly onMeasuring?: (done: number, total: number) => void;
}

/** Opens and summarises the data of a recipe as training would; throws if training would refuse them. */
export async function summarizeData(
  model: ModelGraph,
  recipe: TrainRecipe,
  options: SummaryOptions = {},
): Promise<SummarizedData> {
  const image = trainedImage(model);
  const input = trainedText(model, recipe);
  const told: string[] = [];
  const how = { ...options, onWarning: (text: string): void => void told.push(text) };
  const set = await openImageSet(recipe.data, image, { ...how, captions: recipe.text !== undefined });
  let pairs: TrainingPairs | null = null;
  const close = async (): Promise<void> => {
    await pairs?.close();
    await set.close();
  };
  try {
    pairs = await openPairs(model, recipe, set, how);
    const { data } = recipe;
    const beside = await lookInto(recipe, set, image);
    const captions = recipe.text && input && (await captionSummary(set, recipe.text, beside.captions ?? set.captions));
    const known = new Set([...beside.notes, ...classNote(set.classes), skippedText(set)]);
    const counts = set.classes.map(() => 0);
    for (const label of set.labels) counts[label]++;
    const size = { height: image.height, width: image.width };
    const buckets = recipe.buckets && beside.files ? await bucketsIn(recipe, beside.files) : null;
    const summary: DataSummary = {
      recipe: recipe.name,
      model: model.name,
      source: data,
      images: set.count,
      batch: recipe.batch,
      steps: recipe.steps,
      epochs: (buckets ? buckets.reduce((sum, b) => sum + b.shown, 0) : imagesShown(recipe)) / set.count,
      ...(buckets && { buckets: buckets.map(({ size: form, images, batch }) => ({ size: form, images, batch })) }),
      sizes: beside.files && (await pictureSizes(beside.files, size, options.onMeasuring)),
      shown: { ...size, channels: set.channels, fit: fitOf(data), flip: 'flip' in data && data.flip },
      classes: set.classes.map((name, number) => ({ number, name, images: counts[number] })),
      readsClasses: model.inputs.some((i) => i.kind === 'class'),
      captions: captions ?? null,
      drop: dropsOf(recipe),
      given: Object.fromEntries(
        Object.entries(recipe.given ?? {}).map(([name, text]) => [name, givenExpression(text)]),
      ),
      paired: pairsOf(model, recipe),
      skipped: [...set.skipped, ...beside.skipped],
      notes: [
        ...told.filter((note) => !known.has(note)),
        ...classNotes(model, set),
        ...(recipe.text && input ? vocabularyNotes(set, recipe.text, input) : []),
      ],
    };
    return { summary, set, pairs, names: beside.files?.names ?? null, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** The buckets of a recipe with their pictures, and how many of them all steps show. */
async function bucketsIn(
  { buckets = [], batch: whole, steps }: TrainRecipe,
  files: PictureFiles,
): Promise<readonly (DataBucket & { readonly shown: number })[]> {
  const sizes = buckets.map(({ size }) => {
    const [height, width] = size.split('x').map(Number);
    return { height, width };
  });
  const counts = await countForms(files, sizes);
  const each = buckets.map(({ batch = whole }, i) => batchesInRound({ images: counts[i], batch }));
  const round = each.reduce((a, b) => a + b);
  return buckets.map(({ size, batch = whole }, i) => {
    return { size, batch, images: counts[i], shown: (steps * each[i] * batch) / round };
  });
}

/** The images that the stages of a recipe show of its own data. */
function imagesShown(recipe: TrainRecipe): number {
  const own = JSON.stringify(recipe.data);
  const stages = stagesOf(recipe).filter((s) => JSON.stringify(s.recipe.data) === own);
  return stages.reduce((sum, { from, until, recipe: { batch } }) => sum + (until - from) * batch, 0);
}

function fitOf({ kind }: DataSource): DataSummary['shown']['fit'] {
  if (kind === 'latents') return 'as the files have it';
  const isFiles = kind === 'folder' || kind === 'tar' || kind === 'parquet';
  return isFiles ? 'cropped at the centre' : 'drawn at this size';
}

/** A note if the model has more classes than the data, or fewer, which training refuses. */
function classNotes(model: ModelGraph, set: ImageSet): string[] {
  const label = model.inputs.find((i) => i.kind === 'class');
  const { length } = set.classes;
  if (label?.kind === 'class' && label.classes < length)
    return [
      `The data have ${counted(length, 'class', 'classes')}, but ${model.name} knows ${label.classes}: training refuses them. Build the model with --set classes=${length}.`,
    ];
  const notes: string[] = [];
  tellClasses(model, set, (note) => notes.push(note));
  return notes;
}

function dropsOf({ labelDrop, textDrop = 0, givenDrop }: TrainRecipe): DataSummary['drop'] {
  const all = Object.entries({ label: labelDrop, text: textDrop, ...givenDrop });
  return Object.fromEntries(all.filter(([, probability]) => probability > 0));
}

function pairsOf(model: ModelGraph, { given }: TrainRecipe): PairSummary[] {
  return [...pairedFolders(given)].flatMap(
    ([
      name,
      {
        from: { kind, path },
      },
    ]) => {
      if (kind === 'values') return [];
      const target = model.inputs.find((i) => i.name === name);
      if (!target) return [];
      const [, height, width] = staticShape(target.value.shape.slice(1));
      return [{ input: name, kind, path, height, width }];
    },
  );
}

/** Number of example captions. */
const shownExamples = 3;

async function captionSummary(
  { captions }: Pick<ImageSet, 'captions'>,
  settings: TextSettings,
  own: readonly string[],
): Promise<CaptionSummary> {
  const different = [...new Set(own)];
  const texts = [...new Set(captions)];
  const { encoder, length } = settings;
  const count = await tokenCounter(settings);
  const counts = count && texts.map((text) => count(withPrefix(text, settings)));
  const longest = counts?.reduce((a, b) => Math.max(a, b), 0) ?? 0;
  return {
    own: own.length,
    different: different.length,
    examples: different.slice(0, shownExamples),
    encoder,
    length,
    tokens: counts && {
      texts: texts.length,
      longest,
      caption: texts[counts.indexOf(longest)],
      cut: counts.filter((n) => n > length).length,
    },
  };
}

/** A note if the captions have more words than the model has rows for: training would stop there. */
function vocabularyNotes(
  { captions }: Pick<ImageSet, 'captions'>,
  { encoder, prefix }: TextSettings,
  { vocabulary = Infinity }: TextInput,
): string[] {
  if (encoder !== 'vocabulary') return [];
  try {
    vocabularyEncoder(wordsIn(captions), prefix, vocabulary);
    return [];
  } catch (error) {
    if (!(error instanceof WeftError)) throw error;
    return [`${error.message} ${error.hint ?? ''}`.trim()];
  }
}
