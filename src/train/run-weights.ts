/** The newest weights of a run, finished or not, or even at work: the files it left, or else its newest checkpoint. */
// Tested by test/train/moved-rows.test.ts.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSession } from '../backends/open';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { variablesOf, type Program, type Variable } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { trainedWeights } from '../compiler/programs/freeze';
import { keepsAverages } from '../compiler/recipe/optimizers';
import { averageOf } from '../compiler/programs/optimizers/ema';
import { openSafetensors, writeSafetensors } from '../data/safetensors';
import { hyperparametersEntry } from '../run/recorded-architecture';
import { findCheckpoints, newestStep, restoreCheckpoint, type Checkpoint } from './checkpoints';
import { runPaths, type RunRecord } from './run-folder';

export interface RunWeights {
  readonly path: string;
  /** Steps after which they were taken. */
  readonly step: number;
}

/** A run in its folder, and the model that its record describes. */
export interface KeptRun {
  readonly folder: string;
  readonly record: RunRecord;
  readonly model: ModelGraph;
}

/**
 * `which`: `ema` or `raw`, by default averaged ones where the run keeps them. Weights of a checkpoint are written into the
 * folder `scratch`, to be read like any others.
 */
export async function weightsOfRun(
  { folder, record, model }: KeptRun,
  which: string | undefined,
  scratch: string,
): Promise<RunWeights> {
  const kind = kindOf(folder, record, which);
  const paths = runPaths(folder);
  const file = kind === 'ema' ? paths.ema : paths.weights;
  const left = existsSync(file) ? { path: file, step: await stepsOfFile(file, record) } : null;
  if (left && left.step >= (await newestStep(paths.checkpoints))) return left;
  const { latest } = await findCheckpoints(paths.checkpoints);
  if (left && (!latest || left.step >= latest.step)) return left;
  if (!latest) {
    throw new WeftError(
      `The run in ${folder} has no weights yet, and no checkpoint.`,
      `Train on: weft train --resume --out ${folder}`,
    );
  }
  // The owner keeps its newest two, so that one that it removes meanwhile has a successor.
  const wanted = kind === 'ema' ? averagesIn(model, record) : model.weights;
  const take = (checkpoint: Checkpoint): Promise<RunWeights> =>
    fromCheckpoint(checkpoint, { wanted, model, remarks: hyperparametersEntry(record) }, scratch);
  return take(latest).catch(async (error: unknown) => {
    const again = (await findCheckpoints(paths.checkpoints)).latest;
    if (!again || again.step === latest.step) throw error;
    return take(again);
  });
}

/** Steps after which a run's file of weights was written. Version 0.1.0 wrote the recipe's; without any, it was whole. */
export async function stepsOfFile(path: string, { recipe }: Pick<RunRecord, 'recipe'>): Promise<number> {
  const file = await openSafetensors(path);
  try {
    const steps = Number(file.metadata.steps);
    return Number.isInteger(steps) ? steps : recipe.steps;
  } finally {
    await file.close();
  }
}

type Kind = 'ema' | 'raw';

function kindOf(folder: string, { recipe }: RunRecord, which: string | undefined): Kind {
  if (which !== undefined && which !== 'ema' && which !== 'raw')
    throw new WeftError(`A run has no weights called "${which}".`, 'Write --which ema or --which raw.', 2);
  if (which === 'ema' && !keepsAverages(recipe))
    throw new WeftError(`The run in ${folder} has no averaged weights.`, 'Leave --which out, or write --which raw.');
  return which ?? (keepsAverages(recipe) ? 'ema' : 'raw');
}

/** The averages of a model's weights, in their order. A frozen weight is its own average. */
function averagesIn(model: ModelGraph, { recipe }: RunRecord): Variable[] {
  const trained = new Set(trainedWeights(model, recipe));
  return model.weights.map((weight) => (trained.has(weight) ? averageOf(weight) : weight));
}

interface Written {
  readonly wanted: readonly Variable[];
  readonly model: ModelGraph;
  readonly remarks: { readonly [key: string]: string };
}

/** Writes the variables `wanted` of a checkpoint, in the order of the model's weights, under the weights' names. */
async function fromCheckpoint(
  checkpoint: Checkpoint,
  { wanted, model, remarks }: Written,
  scratch: string,
): Promise<RunWeights> {
  const session = await openSession(checkpoint.backend, [holding(wanted)]);
  try {
    await restoreCheckpoint(session, checkpoint);
    const values = await session.get(wanted.map((w) => w.leaf.name));
    const named = model.weights.map((w, i) => [w.leaf.name, values[wanted[i].leaf.name]] as const);
    const path = join(scratch, `step-${checkpoint.step}.safetensors`);
    await writeSafetensors(path, Object.fromEntries(named), {
      metadata: { ...remarks, steps: String(checkpoint.step) },
    });
    return { path, step: checkpoint.step };
  } finally {
    await session.dispose();
  }
}

/** A program that does nothing but have variables. */
function holding(variables: readonly Variable[]): Program {
  const outputs = Object.fromEntries(variables.map((v, i) => [`held_${i}`, v]));
  const program: Program = { name: 'hold', inputs: [], outputs, updates: [] };
  if (variablesOf(program).length !== variables.length) throw new Error('a program lacks variables of its outputs');
  return program;
}
