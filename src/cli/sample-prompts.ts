/** Draws all prompts of GenEval or DPG-Bench into the folders that their programs read (`weft sample --geneval`, `--dpg`). */
import { existsSync } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { HostTensor } from '../backends/session';
import { rowsOf, typedData } from '../backends/host';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { noisyImageOf } from '../compiler/lower/conventions';
import { readTextFile } from '../data/folder/text-file';
import { writeImageGrid } from '../data/png';
import { withTemporaryFolder, writeFileAtomic, writeFolderAtomic } from '../files/atomic';
import { fileError } from '../files/file-error';
import { loadWeights } from '../run/load-weights';
import { checkDrawn } from '../sample/check-drawn';
import { checkNegativeGuidance } from '../sample/check-negative';
import { drawImages } from '../sample/draw';
import { isPicture } from '../sample/write-samples';
import { readGenEvalPrompts } from '../score/alignment/geneval';
import { streamProgress } from '../setup/progress';
import { encodePrompts } from '../text/prompts';
import { chosenSampling } from './options';
import { laterProgress } from './progress';
import type { SampleCommandOptions } from './sample';
import { subjectOfRun } from './sample-images';
import { tellUnknownWords } from './unknown-words';

/** A prompt, and where its pictures go. */
interface Asked {
  readonly prompt: string;
  /** A file or folder that is written whole, so that it is not drawn again. */
  readonly path: string;
  write(images: HostTensor): Promise<void>;
}

/** Pictures that are drawn before any of them is written; drawing that was stopped goes on after the last that were. */
const part = 512;
const mostBytes = 1e6;

export async function drawBenchmark(target: string | null, options: SampleCommandOptions): Promise<void> {
  const { run, geneval, dpg, count = 4, out = 'pictures' } = options;
  if (run === undefined || target !== null)
    throw new WeftError('The prompts of a benchmark are drawn by a run.', 'Name it alone: --run FOLDER.', 2);
  if (geneval !== undefined && dpg !== undefined)
    throw new WeftError('Two benchmarks were named.', 'Draw one after the other, each into its own folder.', 2);
  const { prompt, labels, text, noise, given, between, trajectory, attention } = options;
  if (prompt || [labels, text, noise, given, between, trajectory, attention].some((value) => value !== undefined))
    throw new WeftError(
      'The benchmark says what is drawn, so --prompt, --labels, --text, --noise, --given, --between, --trajectory and --attention would not be read.',
      'Leave them out.',
      2,
    );
  if (dpg !== undefined && count !== 1 && count !== 4)
    throw new WeftError(`--count is ${count}; DPG-Bench has 1 or 4 pictures of a prompt.`, 'Write --count 4.', 2);
  const asked = geneval === undefined ? await dpgPrompts(dpg ?? '', out) : await genEvalPrompts(geneval, out);
  await withTemporaryFolder((scratch) => draw(run, asked, { ...options, count }, scratch));
  console.log(out);
}

async function draw(
  run: string,
  asked: readonly Asked[],
  options: SampleCommandOptions & { readonly count: number },
  scratch: string,
): Promise<void> {
  const { count, seed, backend, threads, batch, negative } = options;
  const { model, weights: file, settings: usual, facts, captions } = await subjectOfRun(run, options, scratch);
  const reading = facts.text;
  const image = noisyImageOf(model);
  if (!reading || !image || !isPicture(image.channels))
    throw new WeftError(
      `The run in ${run} does not draw pictures by prompts.`,
      'Name a run of a model that reads text.',
    );
  tellUnknownWords([negative ?? '', ...asked.map(({ prompt }) => prompt)], reading, captions?.words ?? reading.words);
  const settings = chosenSampling(usual, options);
  checkNegativeGuidance(negative, settings.guidance);
  const kept = asked.filter(({ path }) => existsSync(path)).length;
  if (kept > 0)
    console.error(
      `note: pictures of ${kept} of ${asked.length} prompts are there and kept as they are; --out FOLDER names a new place`,
    );
  const weights = await loadWeights(file, model);
  const progress = laterProgress('prompts');
  const step = Math.max(1, Math.floor(part / count));
  const copies = Array.from({ length: count }, (_, copy) => copy);
  for (let first = 0; first < asked.length; first += step) {
    progress.update(first, asked.length);
    const own = asked.slice(first, first + step);
    if (own.every(({ path }) => existsSync(path))) continue;
    const prompts = own.flatMap(({ prompt }) => copies.map(() => prompt));
    const images = await drawImages(model, {
      settings,
      weights,
      labels: null,
      count: prompts.length,
      seed,
      numbers: prompts.map((_, i) => first * count + i),
      text: await encodePrompts(model, reading, { prompts, negative }, { setup: streamProgress() }),
      batch,
      backend,
      threads,
    });
    checkDrawn(images);
    for (const [i, { path, write }] of own.entries())
      if (!existsSync(path))
        await write(
          rowsOf(
            images,
            copies.map((copy) => i * count + copy),
          ),
        );
  }
  progress.update(asked.length, asked.length);
  await progress.stop();
}

/** `00000/metadata.jsonl` and `00000/samples/0000.png`, … for each line of evaluation_metadata.jsonl. */
async function genEvalPrompts(path: string, out: string): Promise<Asked[]> {
  return (await readGenEvalPrompts(path)).map(({ prompt, text }, i): Asked => {
    const folder = join(out, String(i).padStart(5, '0'));
    const write = (images: HostTensor): Promise<void> =>
      writeFolderAtomic(folder, async (temporary) => {
        await writeFileAtomic(join(temporary, 'metadata.jsonl'), `${text}\n`);
        for (let picture = 0; picture < images.shape[0]; picture++) {
          const name = `${String(picture).padStart(4, '0')}.png`;
          await writeGrid(join(temporary, 'samples', name), rowsOf(images, [picture]), 1);
        }
      });
    return { prompt, path: folder, write };
  });
}

/** `NAME.png`, one picture or four in two rows, for each NAME.txt of a folder. */
async function dpgPrompts(folder: string, out: string): Promise<Asked[]> {
  const names = await readdir(folder).catch(async (error: unknown) => {
    throw await fileError(error, 'read', folder);
  });
  const files = names.filter((name) => name.endsWith('.txt')).sort();
  if (files.length === 0)
    throw new WeftError(`${folder} has no prompts.`, "Name DPG-Bench's folder prompts, with a .txt file for each.");
  return Promise.all(
    files.map(async (file): Promise<Asked> => {
      const prompt = (await readTextFile(join(folder, file), mostBytes)).trim();
      if (prompt === '') throw new WeftError(`${join(folder, file)} is empty.`, 'Write the prompt into it.');
      const path = join(out, `${basename(file, '.txt')}.png`);
      return { prompt, path, write: (images) => writeGrid(path, images, images.shape[0] === 1 ? 1 : 2) };
    }),
  );
}

function writeGrid(path: string, { shape, data }: HostTensor, columns: number): Promise<void> {
  return writeImageGrid(path, { shape, data: typedData(data, 'f32') }, { columns, gap: 0 });
}
