/** Copies of a run's power-function averages that are kept on the way, and the averages of other widths that are made of them. */
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { HostTensor, HostTensors } from '../backends/session';
import { outOfRange } from '../compiler/bind/number-range';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { held } from '../compiler/invariant';
import { exponentOf } from '../compiler/programs/optimizers/ema';
import { averagesOf, widthRange } from '../compiler/recipe/averages';
import type { TrainRecipe } from '../compiler/recipe/index';
import { readSafetensors, writeSafetensors } from '../data/safetensors';
import { heldWeights, type HeldWeights } from './held-weights';
import { readMetrics } from './metrics';
import { approximate } from './profiles';
import { runPaths, type RunPaths } from './run-folder';
import { runKey } from './run-id';
import type { KeptRun } from './run-weights';
import { stepsOfFile } from './steps-of-file';
import type { Training } from './training';

/** A copy of an average after some steps. */
interface Snapshot {
  readonly path: string;
  readonly width: number;
  readonly steps: number;
}

/** An average that was made of copies. */
export interface MadeAverage {
  readonly held: HeldWeights;
  /** The values of its variables, by their names. */
  readonly values: HostTensors;
  /** Steps done. */
  readonly step: number;
  /** The copies it was made of, and how near it is. */
  readonly note: string;
}

/** Profiles further apart than this, of 1, are refused. */
const mostApart = 0.1;

const namePattern = /^power-(\d+(?:\.\d+)?)-step-(\d{6,})\.safetensors$/;

/** Writes a copy of each power-function average after `steps` steps. */
export async function keepSnapshots(
  { session, model, recipe }: Pick<Training, 'session' | 'model' | 'recipe'>,
  { snapshots }: Pick<RunPaths, 'snapshots'>,
  { steps, id }: { readonly steps: number; readonly id: string | undefined },
): Promise<void> {
  for (const { name, width } of widthsOf(recipe)) {
    const variables = [...heldWeights(model, recipe, name).variables];
    const values = await session.get(variables.map(([, v]) => v.leaf.name));
    const tensors = new Map(variables.map(([label, v]) => [label, values[v.leaf.name]]));
    const file = `power-${width}-step-${String(steps).padStart(6, '0')}.safetensors`;
    const metadata = { steps: String(steps), ...(id !== undefined && { [runKey]: id }) };
    await writeSafetensors(join(snapshots, file), tensors, { metadata });
  }
}

/** Removes the copies of later steps, which a run that went back has not done. */
export async function dropSnapshotsAfter({ snapshots }: Pick<RunPaths, 'snapshots'>, steps: number): Promise<void> {
  for (const found of await snapshotsIn(snapshots)) if (found.steps > steps) await rm(found.path);
}

/** The width that `--which power(0.15)` asks for; null if it names something else. */
export function askedWidth(which: string | undefined): number | null {
  const [, text] = /^power\((.*)\)$/.exec(which ?? '') ?? [];
  if (text === undefined) return null;
  const width = text.trim() === '' ? NaN : Number(text);
  const wanted = Number.isNaN(width) ? 'a number' : outOfRange(widthRange, width);
  if (wanted === null) return width;
  throw new WeftError(
    `--which ${which ?? ''}: the width of an average must be ${wanted}.`,
    'For instance --which "power(0.1)".',
    2,
  );
}

/** Makes the average of a width, after the newest step of which there are copies. */
export async function madeAverage({ folder, record, model }: KeptRun, width: number): Promise<MadeAverage> {
  const { recipe } = record;
  const found = await snapshotsIn(runPaths(folder).snapshots);
  if (found.length === 0) throw await noSnapshots(folder, recipe);
  for (const { path, steps } of found)
    if ((await stepsOfFile(path, record)) !== steps)
      throw new WeftError(`${path} is not of step ${steps}.`, 'Bring it back from a copy, or remove it.');
  const step = Math.max(...found.map((one) => one.steps));
  const profiles = found.map((one) => ({ exponent: exponentOf(one.width), steps: one.steps }));
  const { shares, error } = approximate(profiles, { exponent: exponentOf(width), steps: step });
  const widths = [...new Set(found.map((one) => one.width))].map((own) => `power(${own})`);
  const of = `${widths.join(' and ')} at ${new Set(found.map((one) => one.steps)).size} steps, the last ${step}`;
  if (error > mostApart)
    throw new WeftError(
      `The average power(${width}) cannot be made of what the run in ${folder} kept: ${of}. The nearest that can be made is ${percent(error)} from it.`,
      `Ask for a width nearer to these. Two averages, such as ema = [power(0.05), power(0.1)], and a smaller snapshot_every reach further.`,
    );
  const weights = heldWeights(model, recipe, widthsOf(recipe)[0]?.name ?? 'ema');
  const { variables } = weights;
  const sums = new Map<string, Float64Array>();
  for (const [i, { path }] of found.entries()) {
    if (shares[i] === 0) continue;
    const tensors = await readSafetensors(path);
    for (const label of variables.keys()) {
      const tensor = tensors.get(label);
      const sum = sums.get(label) ?? new Float64Array(tensor?.data.length ?? 0);
      sums.set(label, sum);
      if (tensor?.data.length !== sum.length)
        throw new WeftError(
          `${path} lacks "${label}", or has it with another shape.`,
          'It is of another model, or damaged: remove it.',
        );
      for (let k = 0; k < sum.length; k++) sum[k] += shares[i] * Number(tensor.data[k]);
    }
  }
  const values = [...variables].map(([label, v]): [string, HostTensor] => {
    const shape = v.shape.map(Number);
    return [v.leaf.name, { shape, dtype: 'f32', data: Float32Array.from(held(sums, label)) }];
  });
  const note = `the average power(${width}), made of ${of}; it is ${percent(error)} from an average that was kept`;
  return { held: weights, values: Object.fromEntries(values), step, note };
}

async function noSnapshots(folder: string, { snapshotEvery }: TrainRecipe): Promise<WeftError> {
  const done = (await readMetrics(runPaths(folder).metrics)).at(-1)?.step ?? 0;
  if (snapshotEvery !== undefined && done >= snapshotEvery)
    return new WeftError(
      `The copies of averages that the run in ${folder} kept are gone: ${runPaths(folder).snapshots} has none.`,
      'Bring them back from a copy, or draw with an average that is left: --which ema.',
    );
  return snapshotEvery === undefined
    ? new WeftError(
        `The run in ${folder} kept no copies of its averages, of which others could be made.`,
        'Copies are kept with snapshot_every = 500 in the recipe, beside ema = [power(0.05), power(0.1)].',
        2,
      )
    : new WeftError(
        `The run in ${folder} has no copies of its averages yet.`,
        `The first are kept after ${snapshotEvery} steps.`,
      );
}

/** The power-function averages of a recipe. */
function widthsOf({ ema }: Pick<TrainRecipe, 'ema'>): readonly { readonly name: string; readonly width: number }[] {
  return averagesOf(ema).flatMap(({ name, average }) =>
    typeof average === 'number' ? [] : [{ name, width: average.width }],
  );
}

async function snapshotsIn(folder: string): Promise<Snapshot[]> {
  const names = await readdir(folder).catch(() => []);
  const found = names.flatMap((name) => {
    const [, width, steps] = namePattern.exec(name) ?? [];
    return width === undefined ? [] : [{ path: join(folder, name), width: Number(width), steps: Number(steps) }];
  });
  return found.sort((a, b) => a.steps - b.steps || a.width - b.width);
}

function percent(share: number): string {
  return share < 1e-5 ? 'less than 0.001 %' : `${(100 * share).toPrecision(2)} %`;
}
