/** The result of a finished run of a study, kept in its folder as `result.json`, so that the run need not be repeated. */
// Tested by test/cli/train-study.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { SampleSettings } from '../compiler/recipe/index';
import { cacheKey } from '../files/cache';
import { DamagedFile } from '../files/read-json';
import { readSealed, writeSealed } from '../files/sealed-json';
import type { Score } from '../score/score-model';
import { readMetrics } from '../train/metrics';
import { findRunRecord } from '../train/find-record';
import { runDigest, runPaths } from '../train/run-folder';
import { stepsOfFile } from '../train/steps-of-file';
import type { StudyRun } from './plan';

export interface RunResult {
  readonly case: string;
  readonly seed: number;
  readonly steps: number;
  /** Mean loss over the last tenth of the steps. */
  readonly loss: number;
  /** Null if the recipe asks for none. */
  readonly score: Score | null;
}

const resultSchema = z.object({
  key: z.string(),
  result: z.object({
    case: z.string(),
    seed: z.number(),
    steps: z.number(),
    loss: z.number(),
    score: z.custom<Score | null>((score) => score === null || typeof score === 'object'),
  }),
});

/** The result in a run's folder; null if there is none for this model, recipe and way of sampling. */
export async function readResult(run: StudyRun, sample: SampleSettings): Promise<RunResult | null> {
  if (!existsSync(resultPath(run))) return null;
  const found = await readSealed(resultPath(run), resultSchema).catch((error: unknown) => {
    // A damaged result is computed again from the run.
    if (error instanceof DamagedFile) return null;
    throw error;
  });
  // So is one that has lost its seal.
  return found?.isSealed && found.fields.key === keyOf(run, sample) ? found.fields.result : null;
}

export async function writeResult(run: StudyRun, sample: SampleSettings, result: RunResult): Promise<void> {
  await writeSealed(resultPath(run), { key: keyOf(run, sample), result });
}

/** Whether a run has done all its steps and written its weights. */
export async function isTrained({ model, recipe, folder }: StudyRun): Promise<boolean> {
  const { weights, metrics } = runPaths(folder);
  const record = await findRunRecord(folder);
  if (record?.digest !== runDigest(model, recipe) || !existsSync(weights)) return false;
  if ((await stepsOfFile(weights, record)) !== recipe.steps) return false;
  return (await readMetrics(metrics)).at(-1)?.step === recipe.steps;
}

/** The mean loss over the last tenth of the steps; `warn` is told of a damaged log. */
export async function finalLoss({ recipe, folder }: StudyRun, warn: (message: string) => void): Promise<number> {
  const metrics = await readMetrics(runPaths(folder).metrics, warn);
  const last = metrics.filter((m) => m.step > recipe.steps - Math.ceil(recipe.steps / 10));
  if (last.length === 0)
    throw new WeftError(
      `The log of the run in ${folder} has none of the last ${Math.ceil(recipe.steps / 10)} of ${counted(recipe.steps, 'step')}, so its loss is not known.`,
      'Bring metrics.jsonl back from a copy, or remove the folder to train this run again.',
    );
  return last.reduce((sum, m) => sum + m.loss, 0) / last.length;
}

function resultPath({ folder }: StudyRun): string {
  return join(folder, 'result.json');
}

function keyOf({ model, recipe }: StudyRun, sample: SampleSettings): string {
  return cacheKey({ digest: runDigest(model, recipe), steps: recipe.steps, score: recipe.score ?? null, sample });
}
