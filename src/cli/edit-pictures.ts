/** The work of `weft edit`: finds model, weights and settings, reads the pictures, edits them, and writes what came of it. */
// Tested by test/cli/edit.test.ts.
import { edit, type EditResult } from '../api/edit';
import { rowsOf, stackedRows, typedData } from '../backends/host';
import type { HostTensor } from '../backends/session';
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { textOf, type ModelGraph } from '../compiler/lower/model';
import { checkPicturePath, requireGridFits, writeImageGrid, type GridOptions } from '../data/png';
import { differenceOf, type Difference } from '../edit/difference';
import { readEditImages, readMask } from '../edit/read-images';
import type { Shown } from '../edit/shown';
import { requireApart } from '../files/apart';
import { requireWritableFile, withTemporaryFolder } from '../files/atomic';
import { loadWeights } from '../run/load-weights';
import { readConditions } from '../sample/given';
import { readLabels } from '../sample/labels';
import { requireNoiseRoom } from '../sample/noise';
import { checkSamplesPath, gridScale, isPicture, isTensors, writeSamples } from '../sample/write-samples';
import { streamProgress } from '../setup/progress';
import type { EditCommandOptions } from './edit';
import { chosenSampling } from './options';
import { laterProgress } from './progress';
import { findSubject, ofSubject, type Subject } from './sample-images';

export async function editToFile(target: string | null, options: EditCommandOptions): Promise<void> {
  const { out, strip } = options;
  if (out !== undefined) checkSamplesPath(out);
  if (strip !== undefined) checkPicturePath(strip);
  return withTemporaryFolder(async (scratch) => editWith(await findSubject(target, options, scratch), options));
}

async function editWith(subject: Subject, options: EditCommandOptions): Promise<void> {
  const { model, facts } = subject;
  const { count, seed, method, backend, threads, batch, strength, finish, average, repeats, fromGuidance } = options;
  if (method === 'inversion' && count > 1)
    throw new WeftError('Inversion draws no noise, so all edits of a picture would be equal.', 'Leave --count out.', 2);
  const before = await readEditImages(model, options.image, options.resize ?? false);
  const [pictures, ...shape] = before.shape;
  const out = outPath(options, shape[0]);
  await requirePlaces(subject, { ...options, out }, [pictures, ...shape]);
  const [from, to] = [shownBy(subject, options, 'from'), shownBy(subject, options, 'to')];
  await tellUnknown(subject, [from, to]);
  const { marked, conditions } = await readGivenFiles(model, options);
  const weights = await loadWeights(subject.weights, model, ofSubject(subject, options));
  const rows = Array.from({ length: pictures * count }, (_, i) => Math.floor(i / count));
  const progress = laterProgress('editing');
  const result = await edit(model, {
    weights,
    images: rowsOf(before, rows),
    ...(from && { from: [from] }),
    ...(to && { to: [to] }),
    mask: marked,
    reading: facts.text,
    settings: chosenSampling(subject.settings, { ...options, solver: undefined }),
    given: conditions,
    encoding: { setup: streamProgress() },
    ...{ method, strength, finish, average, repeats, fromGuidance, seed, backend, threads, batch },
    onProgress: progress.update,
  });
  await progress.stop();
  await writeEdits(out, result.images, count);
  if (options.strip !== undefined) await writeStrip(options.strip, before, result.images);
  const changed = rows.map((row, i) => differenceOf(rowsOf(before, [row]), rowsOf(result.images, [i])));
  const { reconstruction } = result;
  const rebuilt =
    reconstruction && rows.map((row, i) => differenceOf(rowsOf(before, [row]), rowsOf(reconstruction, [i])));
  if (options.json)
    console.log(
      JSON.stringify({ out, strip: options.strip, ...told(result, seed), changed, reconstruction: rebuilt }, null, 2),
    );
  else
    console.log(
      [summary(result), ...lines(changed, rebuilt), out, ...(options.strip ? [options.strip] : [])].join('\n'),
    );
}

function told({ method, evaluations }: EditResult, seed: number): object {
  const { kind, strength, average, finish, repeats } = method;
  return {
    method: kind,
    strength,
    ...(kind === 'flowedit' && { average, finish }),
    ...(kind === 'inpaint' && { repeats }),
    seed,
    evaluations,
  };
}

function summary({ method, evaluations }: EditResult): string {
  return `${method.kind} from a share of noise of ${method.strength}, ${counted(evaluations, 'evaluation')} of the model for each picture`;
}

/** How much each edit changed, and how well an inversion gives the picture again. */
function lines(changed: readonly Difference[], rebuilt: readonly Difference[] | null): string[] {
  return changed.flatMap((difference, i) => [
    `${changed.length > 1 ? `edit ${i + 1}: ` : ''}changed by ${difference.mean.toFixed(4)} on average, at most ${difference.most.toFixed(3)}, of the 2 from black to white`,
    ...(rebuilt
      ? [`reconstruction error ${rebuilt[i].mean.toFixed(4)} on average, at most ${rebuilt[i].most.toFixed(3)}`]
      : []),
  ]);
}

/** Refuses, before anything is edited, places that are read as well or that nothing can be written to. */
async function requirePlaces(
  subject: Subject,
  { out, strip, image, mask, given = {}, count }: EditCommandOptions & { readonly out: string },
  [pictures, ...shape]: readonly number[],
): Promise<void> {
  requireNoiseRoom(
    pictures * count,
    shape.reduce((a, b) => a * b),
  );
  requireApart({ '--out': out, '--strip': strip }, [subject.weights, mask, ...image, ...Object.values(given).flat()]);
  if (!isTensors(out)) requireGridFits(out, [pictures * count, ...shape], editsGrid(count));
  await requireWritableFile(out);
  if (strip === undefined) return;
  requireGridFits(strip, [pictures * (1 + count), ...shape], stripGrid(count, shape[2]));
  await requireWritableFile(strip);
}

/** In their own size, so that a picture can be edited again. */
async function writeEdits(path: string, images: HostTensor, count: number): Promise<void> {
  if (isTensors(path)) return writeSamples(path, images, count);
  await writeImageGrid(path, { shape: images.shape, data: typedData(images.data, 'f32') }, editsGrid(count));
}

const editsGrid = (count: number): GridOptions => ({ columns: count, gap: 0 });
const stripGrid = (count: number, width: number): GridOptions => ({ columns: 1 + count, scale: gridScale(width) });

/** A row for each picture: as it was, then its edits. */
async function writeStrip(path: string, before: HostTensor, after: HostTensor): Promise<void> {
  const edits = after.shape[0] / before.shape[0];
  const cells = Array.from({ length: before.shape[0] }, (_, i) => [
    rowsOf(before, [i]),
    rowsOf(
      after,
      Array.from({ length: edits }, (_, k) => i * edits + k),
    ),
  ]);
  const { shape, data } = stackedRows(cells.flat());
  await writeImageGrid(path, { shape, data: typedData(data, 'f32') }, stripGrid(edits, shape[3]));
}

function outPath({ out, strip }: EditCommandOptions, channels: number): string {
  if (isPicture(channels)) return out ?? 'edited.png';
  if (strip !== undefined)
    throw new WeftError(
      `The model's latents have ${channels} channels, which are no picture.`,
      'Leave --strip out.',
      2,
    );
  if (out === undefined || isTensors(out)) return out ?? 'edited.safetensors';
  throw new WeftError(
    `The model's latents have ${channels} channels, which are no picture: they cannot be written to ${out}.`,
    'Name a .safetensors or .npy file with --out.',
    2,
  );
}

/** What one side shows: a prompt and a class, by the options that name them; undefined if neither is given. */
function shownBy({ model, facts }: Subject, options: EditCommandOptions, side: 'from' | 'to'): Shown | undefined {
  const said = options[side];
  const byClass = options[`${side}Class`];
  const input = model.inputs.find((i) => i.kind === 'class');
  const hasText = textOf(model) !== undefined;
  if (byClass !== undefined && said !== undefined && !hasText)
    throw new WeftError(`--${side} and --${side}-class both name a class.`, 'Leave one of them out.', 2);
  const named = byClass ?? (hasText ? undefined : said);
  if (named !== undefined && input?.kind !== 'class') {
    const what = hasText ? 'no classes' : 'neither text nor classes';
    throw new WeftError(
      `${model.name} reads ${what}, so nothing can be said about a picture${hasText ? ' by its class' : ''}.`,
      hasText ? `Say it as a text: --${side} "…".` : 'Vary it with --strength, or draw a part again with --mask.',
      2,
    );
  }
  const label =
    named === undefined || input?.kind !== 'class' ? undefined : oneLabel(named, input.classes, facts.classes);
  const prompt = hasText ? said : undefined;
  if (label === undefined && prompt === undefined) return undefined;
  return { ...(label !== undefined && { label }), ...(prompt !== undefined && { prompt }) };
}

function oneLabel(text: string, classes: number, names: readonly string[] | undefined): number {
  const labels = readLabels(text, classes, names);
  if (labels.length === 1) return labels[0];
  throw new WeftError(`"${text}" names ${counted(labels.length, 'class', 'classes')}.`, 'Name one.', 2);
}

async function tellUnknown({ facts, captions }: Subject, shown: readonly (Shown | undefined)[]): Promise<void> {
  const { text } = facts;
  if (!text) return;
  const { tellUnknownWords } = await import('./unknown-words');
  const prompts = shown.flatMap((s) => (s?.prompt === undefined ? [] : [s.prompt]));
  tellUnknownWords(prompts, text, captions?.words ?? text.words);
}

async function readGivenFiles(
  model: ModelGraph,
  { mask, given = {} }: EditCommandOptions,
): Promise<{ readonly marked: HostTensor | undefined; readonly conditions: { readonly [name: string]: HostTensor } }> {
  const written = Object.fromEntries(Object.entries(given).map(([name, values]) => [name, { values }]));
  const tell = (note: string): void => console.error(note);
  return {
    marked: mask === undefined ? undefined : await readMask(model, mask),
    conditions: await readConditions(model, written, tell),
  };
}
