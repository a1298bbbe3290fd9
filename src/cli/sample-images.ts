/** The work of `weft sample`: finds model, weights and settings, draws, and writes a picture or tensors. */
// Tested by test/cli/train.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import type { HostTensor, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { textOf, type ImageInput, type ModelGraph } from '../compiler/lower/model';
import { markedGiven } from '../compiler/sections/given-values';
import type { SampleSettings } from '../compiler/recipe/index';
import { readAsNeeded } from '../data/safetensors';
import { requireApart } from '../files/apart';
import { withTemporaryFolder } from '../files/atomic';
import { recipeFacts, type DataFacts } from '../run/data-notes';
import { loadWeights, tellOnce, trainedAs } from '../run/load-weights';
import { trainedWith } from '../run/trained-with';
import { defaultSampling } from '../sample/defaults';
import { checkDrawn } from '../sample/check-drawn';
import { idleIn } from '../compiler/programs/declared-walk';
import { checkNegative, checkNegativeGuidance } from '../sample/check-negative';
import { drawImages } from '../sample/draw';
import { readLabels } from '../sample/labels';
import { apartImage, completeGiven, readImage, sampledImage } from '../sample/complete-given';
import { readConditions, type WrittenConditions } from '../sample/given';
import { requireNoiseRoom } from '../sample/noise';
import { noiseBetween } from '../sample/noise-between';
import { labelsOf, pairRows, promptsOf, type Row, type Wanted } from '../sample/rows';
import { checkTrajectoryPath, requireTrajectoryFits, Trajectory } from '../sample/trajectory';
import { checkSamplesPath, isPicture, requireSamplesFit, samplesPath, writeSamples } from '../sample/write-samples';
import { elaborateModel, modelNamed, openSpec, sampleSettingsFor } from '../spec/open';
import { refuseSaidTwice, sampleOptions } from '../spec/said-twice';
import { samplingWith, settingsFor } from '../spec/settings';
import { streamProgress } from '../setup/progress';
import { modelOfRun, settingsOfRun } from '../train/plan';
import { readRunRecord } from '../train/find-record';
import { readingOf, type TextFacts } from '../train/run-folder';
import { weightsOfRun, type KeptRun } from '../train/run-weights';
import { chosenSampling, weightOptions, type SamplingOptions, type WeightOptions } from './options';
import { laterProgress } from './progress';
import { printable } from '../compiler/diagnostics/printable';
import type { GivenOptions, SampleCommandOptions } from './sample';
import { parseTarget } from '../spec/target';
import { checkAttention, drawAttention, requireAttention } from './draw-attention';
import { tellWarning } from './tell-warning';

/** The options that name a model, its weights and its settings. */
export type SubjectOptions = Pick<SampleCommandOptions, 'run' | 'weights' | 'which' | 'set'> & SamplingOptions;

/** A model to sample from, and facts about it. */
export interface Subject {
  readonly model: ModelGraph;
  /** Undefined for a model without weights. */
  readonly weights?: string;
  /** Whether the file is the one that `--which` asks for. */
  readonly chosen?: boolean;
  readonly settings: SampleSettings;
  /** What is known of its classes and prompts, of how its conditions are made, and of its latents. */
  readonly facts: DataFacts;
  /** Facts about the captions it was trained on. */
  readonly captions?: TextFacts;
}

export async function drawToFile(target: string | null, options: SampleCommandOptions): Promise<void> {
  if (options.out !== undefined) checkSamplesPath(options.out);
  if (options.trajectory !== undefined) checkTrajectoryPath(options.trajectory, options.out);
  refuseNoWay(options);
  await checkAttention(options);
  return withTemporaryFolder(async (scratch) => draw(await findSubject(target, options, scratch), options));
}

async function draw(subject: Subject, options: SampleCommandOptions): Promise<void> {
  const { model, facts } = subject;
  const image = sampledImage(model);
  requireAttention(model, options);
  const out = samplesPath(options.out, image.channels);
  const settings = chosenSampling(subject.settings, options);
  checkNegativeGuidance(options.negative, settings.guidance);
  const files = [subject.weights, options.noise, options.text, ...Object.values(options.given ?? {}).flat()];
  const { trajectory: way, attention } = options;
  requireApart({ '--out': out, '--trajectory': way, '--attention': attention }, files);
  const idle = idleIn(model, settings);
  if (idle !== null) console.error(`note: ${idle}`);
  const rows = pairRows(wantedLabels(subject, options), wantedPrompts(subject, options));
  const given = options.text === undefined ? undefined : await readTextFile(options.text, model);
  const { channels, height, width } = image;
  const size = [channels, height, width];
  if (options.noise === undefined && given === undefined)
    requireNoiseRoom((rows?.length ?? 1) * (options.count ?? usualColumns), channels * height * width);
  const noise = await givenNoise(options, image, rows?.length ?? 1);
  const { shown, columns } = arrange(rows, options.count, noise?.shape[0] ?? rowsOf(given));
  const prompts = promptsOf(shown);
  const text = prompts ? await readPrompts(prompts, subject, options.negative) : given;
  const count = noise?.shape[0] ?? rowsOf(text) ?? shown?.length ?? columns;
  await requireSamplesFit(out, [count, ...size], columns);
  if (options.trajectory !== undefined) await requireTrajectoryFits(options.trajectory, [count, ...size], columns);
  const trajectory = options.trajectory === undefined ? null : new Trajectory([count, ...size]);
  const tell = (note: string): void => console.error(note);
  const written = { ...settings.given, ...writtenConditions(options.given, facts.given) };
  const { image: shownImage, conditions: hand } = apartImage(written);
  const clean = shownImage && (await readImage(model, shownImage, facts.given, tell));
  const { seed, backend, threads } = options;
  const making = { given: facts.given, seed, backend, threads, count, tell };
  const conditions = await completeGiven(model, await readConditions(model, hand, tell), clean, making);
  const weights = await loadWeights(subject.weights, model, ofSubject(subject, options));
  checkNegative(options.negative, trainedAs(model, weights), settings.guidance);
  const progress = laterProgress('sampling');
  const images = await drawImages(model, {
    settings,
    weights,
    labels: labelsOf(shown),
    count,
    seed: options.seed,
    text,
    given: conditions,
    noise,
    backend: options.backend,
    threads: options.threads,
    batch: options.batch,
    onProgress: progress.update,
    onStep: trajectory?.add,
  });
  await progress.stop();
  checkDrawn(images);
  await writeSamples(out, images, columns);
  if (trajectory && options.trajectory !== undefined) await trajectory.write(options.trajectory, columns);
  if (rows) console.error(`rows: ${rows.map((row) => printable(nameOf(row, facts.classes))).join(', ')}`);
  if (!isPicture(image.channels)) console.error(latentNote(images.shape, facts));
  console.log(out);
  if (options.trajectory !== undefined) console.log(options.trajectory);
  const labels = labelsOf(shown);
  await drawAttention(model, { settings, weights, images, labels, text, given: conditions }, options);
}

/** Refuses a way between two seeds that has no two ends, or whose noise or texts are given. */
function refuseNoWay({ between, seed, count = usualColumns, noise, text }: SampleCommandOptions): void {
  if (between === undefined) return;
  if (between === seed)
    throw new WeftError(
      `--between ${between} is the seed that --seed has.`,
      'Name two seeds: --seed 1 --between 2.',
      2,
    );
  if (count < 2) throw new WeftError('One image has no way to another.', 'Write --count 2, or more.', 2);
  if (noise !== undefined || text !== undefined)
    throw new WeftError(
      `--${noise === undefined ? 'text' : 'noise'} says how many images there are, and --between draws rows of --count images.`,
      'Leave one of them out.',
      2,
    );
}

/** The noise of a file, or that between two seeds in `rows` rows; undefined for that of the seed. */
async function givenNoise(
  { noise, between, seed, count = usualColumns }: SampleCommandOptions,
  image: ImageInput,
  rows: number,
): Promise<HostTensor | undefined> {
  if (noise !== undefined) return readNoise(noise, image);
  if (between === undefined) return undefined;
  return noiseBetween({ seeds: [seed, between], columns: count }, [image.channels, image.height, image.width], rows);
}

/** Conditions given by hand. The recipe decides whether a picture is a mask, which gives black its meaning, or is encoded. */
function writtenConditions(given: GivenOptions = {}, made: DataFacts['given'] = {}): WrittenConditions {
  const marked = Object.entries(given).map(([name, values]) => [name, markedGiven(name, { values }, made)]);
  return Object.fromEntries(marked);
}

/** A run has one file for raw and one for averaged weights, so the kind is already chosen. */
export function ofSubject({ chosen }: Subject, options: WeightOptions): ReturnType<typeof weightOptions> {
  return weightOptions(chosen ? { ...options, which: undefined } : options);
}

/** The model of a run, or of a spec with weights, that a command was told to use. */
export async function findSubject(target: string | null, options: SubjectOptions, scratch: string): Promise<Subject> {
  if (options.run !== undefined && target !== null) {
    throw new WeftError('Both a run and a spec were named.', 'A run has its own spec: leave one of them out.', 2);
  }
  if (options.run !== undefined) return subjectOfRun(options.run, options, scratch);
  if (target === null) {
    throw new WeftError(
      'Neither a run nor a spec was named.',
      'Write --run FOLDER, or FILE --weights W with a spec.',
      2,
    );
  }
  const { file, name } = parseTarget(target);
  const { spec } = openSpec(file);
  const modelName = modelNamed(spec, name);
  const set = settingsFor(spec, modelName, options.set, sampleReader);
  refuseSaidTwice(sampleOptions, options, set.sections.sample);
  const { weights } = options;
  const recipes = spec.recipes.filter((r) => r.model === modelName);
  const built = elaborateModel(spec, modelName, set.model);
  const { model, facts } = await trainedWith(built, { weights, recipes }, tellOnce);
  const written = sampleSettingsFor(spec, { model: modelName, name, set: set.model }) ?? defaultSampling(model);
  const settings = samplingWith(spec, written, set.sections.sample, model);
  return { model, weights, settings, facts };
}

const sampleReader = { reason: 'images are drawn by those of sample alone', sections: ['sample'] } as const;

/**
 * The model of a training run with its newest weights, averaged if it has them. Those of an unfinished run are written
 * into the folder `scratch`, and their step is reported.
 */
export async function subjectOfRun(
  folder: string,
  options: Omit<SubjectOptions, 'run'>,
  scratch: string,
): Promise<Subject> {
  const record = await readRunRecord(folder, tellWarning);
  const set = settingsOfRun(folder, record, options.set, sampleReader);
  refuseSaidTwice(sampleOptions, options, set.sections.sample);
  const model = modelOfRun(folder, record, set.model);
  const weights = options.weights ?? (await newestWeights({ folder, record, model }, options.which, scratch));
  const settings = samplingWith(set.spec, record.sample ?? defaultSampling(model), set.sections.sample, model);
  const { recipe, classes, texts: captions } = record;
  const facts = { ...recipeFacts(recipe), classes, text: readingOf(record) };
  return { model, weights, chosen: options.weights === undefined, settings, facts, captions };
}

/** The weights of a run, with a note if it is not finished. */
export async function newestWeights(run: KeptRun, which: string | undefined, scratch: string): Promise<string> {
  const { path, step, note } = await weightsOfRun(run, which, scratch, tellWarning);
  if (note !== undefined) console.error(`note: ${note}`);
  const { steps } = run.record.recipe;
  if (step < steps) console.error(`note: the weights of step ${step} of ${steps}`);
  return path;
}

/** Null for a model without classes. */
function wantedLabels({ model, facts: { classes } }: Subject, { labels }: SampleCommandOptions): Wanted<number> | null {
  const input = model.inputs.find((i) => i.kind === 'class');
  const asked = labels !== undefined;
  if (input?.kind === 'class') return { items: readLabels(labels ?? null, input.classes, classes), asked };
  if (!asked) return null;
  throw new WeftError(`${model.name} knows no classes.`, 'Leave --labels out.', 2);
}

/** Null for a model that reads no text, or if features are given in a file. */
function wantedPrompts(subject: Subject, { prompt, negative, text }: SampleCommandOptions): Wanted<string> | null {
  const { name } = subject.model;
  const reads = textOf(subject.model) !== undefined;
  if (!reads && (prompt || negative !== undefined || text !== undefined))
    throw new WeftError(`${name} takes no text.`, 'Leave --prompt, --negative and --text out.', 2);
  if (!reads || text !== undefined) return null;
  const items = prompt ?? subject.captions?.prompts;
  if (items) return { items, asked: prompt !== undefined };
  throw new WeftError(`${name} draws what a text says.`, 'Add --prompt "…", or --text FILE with features.', 2);
}

/** The name of a row for people: the class by its name, and the prompt. */
function nameOf({ label, prompt }: Row, classes: readonly string[] = []): string {
  return [label === null ? null : (classes[label] ?? label), prompt].filter((x) => x !== null).join(': ');
}

/** Images in a row where nothing says how many. */
const usualColumns = 8;

/** Arranges rows of `count` images; if noise or texts are given, they decide how many images there are. */
function arrange<T>(
  rows: readonly T[] | null,
  count: number | undefined,
  given: number | undefined,
): { shown: T[] | null; columns: number } {
  if (given === undefined) {
    const columns = count ?? usualColumns;
    return { shown: rows && rows.flatMap((row) => Array.from({ length: columns }, () => row)), columns };
  }
  const columns = rows && given % rows.length === 0 ? given / rows.length : given;
  // Rows are used in turn if they cannot have equal lengths.
  const shown =
    rows &&
    Array.from({ length: given }, (_, i) => (columns < given ? rows[Math.floor(i / columns)] : rows[i % rows.length]));
  return { shown, columns };
}

async function readNoise(path: string, { channels, height, width }: ImageInput): Promise<HostTensor> {
  const tensors = new Map(Object.entries(await readAsNeeded(path)));
  const found = tensors.get('noise') ?? (tensors.size === 1 ? [...tensors.values()][0] : undefined);
  if (!found)
    throw new WeftError(`${path} has ${counted(tensors.size, 'tensor')} and none is called "noise".`, 'Call it noise.');
  const wanted = `[n, ${channels}, ${height}, ${width}]`;
  if (found.shape.length === 4 && found.shape.slice(1).join() === [channels, height, width].join()) return found;
  throw new WeftError(`The noise in ${path} is [${found.shape.join(', ')}].`, `The model starts from ${wanted}.`);
}

/** The conditions of a text model in a file, by name. */
async function readTextFile(path: string, model: ModelGraph): Promise<HostTensors> {
  if (textOf(model)) return readAsNeeded(path);
  throw new WeftError(`${model.name} takes no text.`, 'Leave --text out.', 2);
}

/** The number of texts; undefined without any. */
function rowsOf(text: HostTensors | undefined): number | undefined {
  return (text?.text ?? text?.tokens)?.shape[0];
}

/** The conditions for prompts, one row for each; words that the model has never seen are reported. */
async function readPrompts(prompts: readonly string[], subject: Subject, negative = ''): Promise<HostTensors> {
  const { model, facts, captions } = subject;
  const settings = facts.text;
  if (!settings) {
    const example = 'text = text(encoder: words, length: 16)';
    throw new WeftError(
      `The spec does not say how prompts for ${model.name} become features.`,
      `Add to its recipe, for instance: ${example}; or give features with --text FILE.`,
    );
  }
  const [{ encodePrompts }, { tellUnknownWords }] = await Promise.all([
    import('../text/prompts'),
    import('./unknown-words'),
  ]);
  tellUnknownWords([negative, ...new Set(prompts)], settings, captions?.words ?? settings.words);
  return encodePrompts(model, settings, { prompts, negative }, { setup: streamProgress() });
}

/** The units of latents. */
function latentNote(shape: readonly number[], { latents }: DataFacts): string {
  const units = 'in the units of the data the model was trained on';
  const known = latents && (latents.scale !== 1 || latents.shift !== 0);
  const back = known ? `; x / ${latents.scale} + ${latents.shift} gives those of the autoencoder` : '';
  return `latents [${shape.join(', ')}], ${units}${back}`;
}
