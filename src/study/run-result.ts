/** What a finished run of a study says of itself, kept in its folder as `result.json`, so that it need not be repeated. */
import { existsSync, statSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SampleSettings } from '../compiler/lower/recipe';
import { writeFileAtomic } from '../files/atomic';
import { cacheKey } from '../files/cache';
import type { Score } from '../score/score-model';
import { readMetrics } from '../train/metrics';
import { findRunRecord, runDigest, runPaths } from '../train/run-folder';
import type { StudyRun } from './plan';

export interface RunResult {
  readonly case: string;
  readonly seed: number;
  readonly steps: number;
  /** Mean over the last tenth of the steps. */
  readonly loss: number;
  /** Null where the recipe asks for none. */
  readonly score: Score | null;
}

/** The result in a run's folder; null where there is none for this model, recipe and way of sampling. */
export async function readResult(run: StudyRun, sample: SampleSettings): Promise<RunResult | null> {
  try {
    const { key, result } = JSON.parse(await readFile(resultPath(run), 'utf8')) as { key: string; result: RunResult };
    return key === keyOf(run, sample) ? result : null;
  } catch {
    return null;
  }
}

export async function writeResult(run: StudyRun, sample: SampleSettings, result: RunResult): Promise<void> {
  await writeFileAtomic(resultPath(run), `${JSON.stringify({ key: keyOf(run, sample), result }, null, 2)}\n`);
}

/** Whether all steps of a run are done and its weights written. */
export async function isTrained({ model, recipe, folder }: StudyRun): Promise<boolean> {
  const { weights, metrics } = runPaths(folder);
  const record = await findRunRecord(folder);
  if (record?.digest !== runDigest(model, recipe) || !existsSync(weights)) return false;
  // Weights that are older than the last steps are those of a shorter run.
  if (statSync(weights).mtimeMs < statSync(metrics).mtimeMs) return false;
  return (await readMetrics(metrics)).at(-1)?.step === recipe.steps;
}

export async function finalLoss({ recipe, folder }: StudyRun): Promise<number> {
  const last = (await readMetrics(runPaths(folder).metrics)).slice(-Math.ceil(recipe.steps / 10));
  return last.reduce((sum, m) => sum + m.loss, 0) / last.length;
}

function resultPath({ folder }: StudyRun): string {
  return join(folder, 'result.json');
}

function keyOf({ model, recipe }: StudyRun, sample: SampleSettings): string {
  return cacheKey({ digest: runDigest(model, recipe), steps: recipe.steps, score: recipe.score ?? null, sample });
}
