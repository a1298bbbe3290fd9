/** The newest weights of a run, finished, stopped or running: from its files of weights, or else from its newest checkpoint. */
// Tested by test/train/moved-rows.test.ts.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { openSession } from '../backends/open';
import type { HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { variablesOf, type Program, type Variable } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { averagesOf } from '../compiler/recipe/averages';
import { keepsAverages } from '../compiler/recipe/optimizers';
import { writeSafetensors } from '../data/safetensors';
import { architectureEntries, hyperparametersEntry } from '../run/recorded-architecture';
import { conventionsEntry } from '../run/recorded-conventions';
import { findCheckpoints, newestStep, noneUsable, restoreCheckpoint, type Checkpoint } from './checkpoints';
import { heldWeights, type HeldWeights, type Kind } from './held-weights';
import { runPaths, type RunRecord } from './run-folder';
import { askedWidth, madeAverage } from './snapshots';
import { stepsOfFile } from './steps-of-file';

export interface RunWeights {
  readonly path: string;
  /** Steps done when they were saved. */
  readonly step: number;
  /** How they were made; absent for weights that the run kept. */
  readonly note?: string;
}

/** A run in its folder, and the model that its record describes. */
export interface KeptRun {
  readonly folder: string;
  readonly record: RunRecord;
  readonly model: ModelGraph;
}

/**
 * `which`: `raw`, the name of an average, or the width of one to be made of kept copies, `power(0.15)`; by default averaged ones if the run
 * keeps them. Weights of a checkpoint and those that are made are written into the folder `scratch`, to be read like any others. `warn` is told of damaged checkpoints.
 */
export async function weightsOfRun(
  { folder, record, model }: KeptRun,
  which: string | undefined,
  scratch: string,
  warn: (message: string) => void,
): Promise<RunWeights> {
  const width = askedWidth(which);
  if (width !== null) return madeOfCopies({ folder, record, model }, width, scratch);
  const kind = kindOf(folder, record, which);
  const paths = runPaths(folder);
  const file = kind === 'raw' ? paths.weights : paths.average(kind);
  const left = existsSync(file) ? { path: file, step: await stepsOfFile(file, record) } : null;
  if (left && left.step >= (await newestStep(paths.checkpoints))) return left;
  const { latest, damaged, notes } = await findCheckpoints(paths.checkpoints, record.id);
  notes.forEach(warn);
  if (left && (!latest || left.step >= latest.step)) return left;
  if (!latest) {
    if (damaged.length > 0) throw noneUsable(folder, damaged);
    throw new WeftError(
      `The run in ${folder} has no weights yet, and no checkpoint.`,
      `Train on: weft train --resume --out ${folder}`,
    );
  }
  // The owner keeps its newest two checkpoints, so if it removes this one meanwhile, there is a newer one.
  const wanted = heldWeights(model, record.recipe, kind);
  const remarks = remarksOf({ model, record });
  const take = (checkpoint: Checkpoint): Promise<RunWeights> =>
    fromCheckpoint(checkpoint, { wanted, remarks }, scratch);
  return take(latest).catch(async (error: unknown) => {
    const again = (await findCheckpoints(paths.checkpoints, record.id)).latest;
    if (!again || again.step === latest.step) throw error;
    return take(again);
  });
}

/** The weights that `--which` selects for a run. */
export function kindOf(folder: string, { recipe }: RunRecord, which: string | undefined): Kind {
  const averages = averagesOf(recipe.ema).map(({ name }) => name);
  if (which === 'ema' && !keepsAverages(recipe))
    throw new WeftError(`The run in ${folder} has no averaged weights.`, 'Leave --which out, or write --which raw.');
  const known = ['raw', 'ema', ...averages.slice(1)];
  if (which !== undefined && !known.includes(which))
    throw new WeftError(
      `The run in ${folder} has no weights called "${which}".`,
      `Write --which ${known.join(' or --which ')}` +
        (recipe.snapshotEvery === undefined ? '.' : ', or a width, --which "power(0.15)".'),
      2,
    );
  return which ?? (keepsAverages(recipe) ? 'ema' : 'raw');
}

/** The average of a width, made of copies. */
async function madeOfCopies(run: KeptRun, width: number, scratch: string): Promise<RunWeights> {
  const { held, values, step, note } = await madeAverage(run, width);
  const path = join(scratch, `power-${width}.safetensors`);
  await writeSafetensors(path, held.merge(values), { metadata: { ...remarksOf(run), steps: String(step) } });
  return { path, step, note };
}

/** What the metadata of weights say of their model. */
function remarksOf({ model, record }: Pick<KeptRun, 'model' | 'record'>): { readonly [key: string]: string } {
  return { ...architectureEntries(model), ...conventionsEntry(model), ...hyperparametersEntry(record) };
}

interface Written {
  readonly wanted: HeldWeights;
  readonly remarks: { readonly [key: string]: string };
}

/** Writes the weights `wanted` of a checkpoint under their own names. */
async function fromCheckpoint(
  checkpoint: Checkpoint,
  { wanted, remarks }: Written,
  scratch: string,
): Promise<RunWeights> {
  const path = join(scratch, `step-${checkpoint.step}.safetensors`);
  await writeSafetensors(path, wanted.merge(await valuesIn(checkpoint, [...wanted.variables.values()])), {
    metadata: { ...remarks, steps: String(checkpoint.step) },
  });
  return { path, step: checkpoint.step };
}

/** The values of variables that a checkpoint holds, by name. */
export async function valuesIn(checkpoint: Checkpoint, variables: readonly Variable[]): Promise<HostTensors> {
  const session = await openSession(checkpoint.backend, [holding(variables)]);
  try {
    await restoreCheckpoint(session, checkpoint);
    return await session.get(variables.map((v) => v.leaf.name));
  } finally {
    await session.dispose();
  }
}

/** A program that only has variables. */
function holding(variables: readonly Variable[]): Program {
  const outputs = Object.fromEntries(variables.map((v, i) => [`held_${i}`, v]));
  const program: Program = { name: 'hold', inputs: [], outputs, updates: [] };
  if (variablesOf(program).length !== variables.length) throw new Error('a program lacks variables of its outputs');
  return program;
}
