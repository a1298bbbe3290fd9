/** The work of `weft sample`: finds model, weights and settings, draws, and writes a picture or tensors. */
import { existsSync } from 'node:fs';
import type { HostTensor, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings } from '../compiler/lower/recipe';
import { velocityModel } from '../compiler/programs/objectives/prediction';
import { writeImageGrid } from '../data/png';
import { readSafetensors, writeSafetensors } from '../data/safetensors';
import { loadWeights } from '../run/load-weights';
import { defaultSampling } from '../sample/defaults';
import { drawImages } from '../sample/draw';
import { readLabels } from '../sample/labels';
import { elaborateModel, modelNamed, openSpec, sampleSettingsFor } from '../spec/open';
import { gridScale } from '../train/finish';
import { modelOfRun } from '../train/plan';
import { readRunRecord, runPaths } from '../train/run-folder';
import { laterProgress } from './progress';
import type { SampleCommandOptions } from './sample';
import { parseTarget } from '../spec/target';

/** A model to sample from, with what is known of it. */
interface Subject {
  readonly model: ModelGraph;
  readonly weights: string;
  readonly settings: SampleSettings;
  /** Class names by label; empty where they are not known. */
  readonly classes: readonly string[];
}

export async function drawToFile(target: string | null, options: SampleCommandOptions): Promise<void> {
  const subject = await findSubject(target, options);
  const { model } = subject;
  const image = imageOf(model);
  const noise = options.noise === undefined ? undefined : await readNoise(options.noise, image);
  const rows = labelRows(subject, options);
  const text = await readText(options.text, model);
  const { labels, columns } = arrange(rows, options.count, noise?.shape[0] ?? text?.text?.shape[0]);
  const count = noise?.shape[0] ?? text?.text?.shape[0] ?? labels?.length ?? columns;
  const progress = laterProgress('sampling');
  const images = await drawImages(model, {
    settings: {
      solver: options.solver ?? subject.settings.solver,
      steps: options.steps ?? subject.settings.steps,
      shift: options.shift ?? subject.settings.shift,
      guidance: options.guidance ?? subject.settings.guidance,
    },
    weights: await loadWeights(subject.weights, model, options.which),
    labels,
    count,
    seed: options.seed,
    text,
    noise,
    backend: options.backend,
    threads: options.threads,
    batch: options.batch,
    onProgress: progress.update,
  });
  await progress.stop();
  await write(options.out, images, columns);
  if (rows) console.error(`rows: ${rows.map((l) => subject.classes[l] ?? l).join(', ')}`);
  console.log(options.out);
}

async function findSubject(target: string | null, options: SampleCommandOptions): Promise<Subject> {
  if (options.run !== undefined) return subjectOfRun(options.run, options);
  if (target === null) {
    throw new WeftError(
      'Nothing to sample from was named.',
      'Write weft sample --run FOLDER, or weft sample FILE --weights W.',
      2,
    );
  }
  if (options.weights === undefined) throw new WeftError('No weights were named.', 'Add --weights FILE.', 2);
  const { file, name } = parseTarget(target);
  const { spec } = openSpec(file);
  const modelName = modelNamed(spec, name);
  const model = elaborateModel(spec, modelName, options.set);
  const settings = sampleSettingsFor(spec, modelName, name) ?? defaultSampling(model, false);
  return { model, weights: options.weights, settings, classes: [] };
}

async function subjectOfRun(folder: string, options: SampleCommandOptions): Promise<Subject> {
  const record = await readRunRecord(folder);
  const model = velocityModel(modelOfRun(folder, record, options.set), record.recipe.objective.predict);
  const paths = runPaths(folder);
  const weights = options.weights ?? (existsSync(paths.ema) ? paths.ema : paths.weights);
  if (!existsSync(weights)) {
    throw new WeftError(`The run in ${folder} has no weights yet.`, `Finish it: weft train --resume --out ${folder}`);
  }
  const settings = record.sample ?? defaultSampling(model, record.recipe.labelDrop > 0);
  return { model, weights, settings, classes: record.classes };
}

/** The labels wanted, one for each row; null for a model without classes. */
function labelRows({ model, classes }: Subject, { labels }: SampleCommandOptions): number[] | null {
  const input = model.inputs.find((i) => i.kind === 'class');
  if (input?.kind === 'class') return readLabels(labels ?? null, input.classes, classes);
  if (labels === undefined) return null;
  throw new WeftError(`${model.name} knows no classes.`, 'Leave --labels out.', 2);
}

/** Spreads rows of `count` images; noise that was given decides how many there are. */
function arrange(
  rows: readonly number[] | null,
  count: number | undefined,
  given: number | undefined,
): { labels: number[] | null; columns: number } {
  if (given === undefined) {
    const columns = count ?? 8;
    return { labels: rows && rows.flatMap((l) => Array.from({ length: columns }, () => l)), columns };
  }
  const columns = rows && given % rows.length === 0 ? given / rows.length : given;
  // Labels in turn where the rows cannot be equally long.
  const labels =
    rows &&
    Array.from({ length: given }, (_, i) => (columns < given ? rows[Math.floor(i / columns)] : rows[i % rows.length]));
  return { labels, columns };
}

async function readNoise(path: string, { channels, height, width }: ImageShape): Promise<HostTensor> {
  const tensors = await readSafetensors(path);
  const found = tensors.get('noise') ?? (tensors.size === 1 ? [...tensors.values()][0] : undefined);
  if (!found) throw new WeftError(`${path} has ${tensors.size} tensors and none is called "noise".`, 'Call it noise.');
  const wanted = `[n, ${channels}, ${height}, ${width}]`;
  if (found.shape.length === 4 && found.shape.slice(1).join() === [channels, height, width].join()) return found;
  throw new WeftError(`The noise in ${path} is [${found.shape.join(', ')}].`, `The model starts from ${wanted}.`);
}

/** The conditions of a text model, by name. */
async function readText(path: string | undefined, model: ModelGraph): Promise<HostTensors | undefined> {
  const isText = model.inputs.some((i) => i.kind === 'text');
  if (isText && path === undefined) throw new WeftError(`${model.name} draws what a text says.`, 'Add --text FILE.', 2);
  if (!isText && path !== undefined) throw new WeftError(`${model.name} takes no text.`, 'Leave --text out.', 2);
  return path === undefined ? undefined : Object.fromEntries(await readSafetensors(path));
}

async function write(path: string, images: HostTensor, columns: number): Promise<void> {
  if (path.endsWith('.safetensors')) return writeSafetensors(path, { images });
  if (!path.endsWith('.png'))
    throw new WeftError(`${path} is neither a PNG nor a safetensors file.`, 'Name one of these.', 2);
  await writeImageGrid(
    path,
    { shape: images.shape, data: images.data as Float32Array },
    { columns, scale: gridScale(images.shape[3]) },
  );
}

interface ImageShape {
  readonly channels: number;
  readonly height: number;
  readonly width: number;
}

function imageOf(model: ModelGraph): ImageShape {
  const image = model.inputs.find((i) => i.kind === 'image');
  if (image?.kind === 'image') return image;
  throw new WeftError(`${model.name} has no image input to sample.`);
}
