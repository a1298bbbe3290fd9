/** The source of a run's first weights: a file of weights, or a run, finished or not; with the names of its table rows. */
// Tested by test/train/moved-rows.test.ts.
import { existsSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import type { ModelGraph } from '../compiler/lower/model';
import { encoders } from '../compiler/recipe/encoders';
import type { TrainRecipe } from '../compiler/recipe/index';
import { withTemporaryFolder } from '../files/atomic';
import { readDataNotes } from '../run/data-notes';
import { numberedWords } from '../text/vocabulary';
import type { RowNames } from './moved-rows';
import { modelOfRun } from './plan';
import { findRunRecord, readRunRecord } from './find-record';
import { runPaths, type RunRecord } from './run-folder';
import { weightsOfRun } from './run-weights';

export interface StartSource {
  readonly path: string;
  /** Its name in messages. */
  readonly shown: string;
  /** Null if only the file itself can tell. */
  readonly names: RowNames | null;
}

export interface Start {
  readonly from: string;
  readonly model: ModelGraph;
  /** Told of what is damaged in a run. */
  readonly warn: (message: string) => void;
}

/** Uses the file that `from` names, or the newest weights of the run in that folder, averaged if it has them. */
export async function withStart<T>({ from, model, warn }: Start, use: (source: StartSource) => Promise<T>): Promise<T> {
  if (!existsSync(runPaths(from).record)) return use({ path: from, shown: from, names: await namesBeside(from, warn) });
  const record = await readRunRecord(from, warn);
  // A run that a program started has no spec: only a model like its own can read its checkpoints.
  const own = record.spec ? modelOfRun(from, record) : model;
  return withTemporaryFolder(async (scratch) => {
    const { path, step } = await weightsOfRun({ folder: from, record, model: own }, undefined, scratch, warn);
    const isCheckpoint = dirname(path) === scratch;
    const shown = isCheckpoint ? `step ${step} of ${record.recipe.steps} of the run in ${from}` : path;
    return use({ path, shown, names: namesOf(record) });
  });
}

/** The names from the record of the run that wrote a file and still has it. */
async function namesBeside(file: string, warn: (message: string) => void): Promise<RowNames | null> {
  const { weights, ema } = runPaths(dirname(file));
  if (![weights, ema].some((own) => basename(own) === basename(file))) return null;
  const record = await findRunRecord(dirname(file), warn);
  return record && namesOf(record);
}

function namesOf({ recipe, classes, texts }: RunRecord): RowNames {
  return rowNames({ recipe, classes, words: texts?.words ?? [] });
}

/** The names of table rows for a recipe that trains on such classes and words. */
export function rowNames({
  recipe: { text },
  classes,
  words,
}: {
  readonly recipe: Pick<TrainRecipe, 'text'>;
  readonly classes: readonly string[];
  readonly words: readonly string[];
}): RowNames {
  const isNumbered = text && encoders[text.encoder].gives === 'numbers' && words.length > 0;
  return { class: classes, tokens: isNumbered ? numberedWords(words, text.prefix) : [] };
}

/** The names that a file keeps in its metadata. */
export function namesInFile(metadata: { readonly [key: string]: string }): RowNames {
  const { classes = [], text } = readDataNotes(metadata);
  return rowNames({ recipe: { text }, classes, words: text?.words ?? [] });
}
