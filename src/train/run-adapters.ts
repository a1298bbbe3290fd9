/** Reads the adapters that a run has trained from its newest checkpoint. */
// Tested by test/cli/lora.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { asTrained } from '../compiler/programs/trained';
import type { TrainedAdapters } from '../run/lora-file';
import { architectureEntries } from '../run/recorded-architecture';
import { findCheckpoints, noneUsable } from './checkpoints';
import { heldWeights, type Kind } from './held-weights';
import { runPaths } from './run-folder';
import { kindOf, valuesIn, type KeptRun } from './run-weights';
import { askedWidth, madeAverage } from './snapshots';

export interface RunAdapters extends TrainedAdapters {
  /** Steps done when they were saved. */
  readonly step: number;
  /** How they were made; absent for adapters that the run kept. */
  readonly note?: string;
  /** Weights of the model itself that were trained too. */
  readonly others: readonly string[];
}

/**
 * `which`: `raw`, the name of an average, or the width of one to be made of copies; by default averaged ones if the run keeps them. `warn` is
 * told of damaged checkpoints.
 */
export async function adaptersOfRun(
  run: KeptRun,
  which: string | undefined,
  warn: (message: string) => void,
): Promise<RunAdapters> {
  const { folder, record, model } = run;
  const { adapt } = record.recipe;
  if (!adapt)
    throw new WeftError(
      `The run in ${folder} trained the weights of ${model.name} themselves, and no adapters.`,
      'Leave --format out, or write `adapt = lora(…)` in the recipe of a new run.',
    );
  const { adapters, trained } = asTrained(model, record.recipe);
  const own = new Set(adapters.flatMap(({ down, up }) => [down.leaf.name, up.leaf.name]));
  const width = askedWidth(which);
  const { values, step, note } =
    width === null
      ? await keptAdapters(run, { own, kind: kindOf(folder, record, which) }, warn)
      : await madeAdapters(run, own, width);
  return {
    adapters,
    values,
    rank: adapt.rank,
    alpha: adapt.alpha ?? adapt.rank,
    remarks: { ...architectureEntries(model), steps: String(step) },
    step,
    note,
    others: trained.map((w) => w.leaf.name).filter((label) => !own.has(label)),
  };
}

type Found = Pick<RunAdapters, 'values' | 'step' | 'note'>;

/** Those of the newest checkpoint. */
async function keptAdapters(
  { folder, record, model }: KeptRun,
  { own, kind }: { readonly own: ReadonlySet<string>; readonly kind: Kind },
  warn: (message: string) => void,
): Promise<Found> {
  const { latest, damaged, notes } = await findCheckpoints(runPaths(folder).checkpoints, record.id);
  notes.forEach(warn);
  if (!latest && damaged.length > 0) throw noneUsable(folder, damaged);
  if (!latest)
    throw new WeftError(`The run in ${folder} has no checkpoint.`, `Train on: weft train --resume --out ${folder}`);
  const kept = [...heldWeights(model, record.recipe, kind).variables].filter(([label]) => own.has(label));
  const found = await valuesIn(
    latest,
    kept.map(([, v]) => v),
  );
  return { values: Object.fromEntries(kept.map(([label, v]) => [label, found[v.leaf.name]])), step: latest.step };
}

/** Those of an average that is made of copies. */
async function madeAdapters(run: KeptRun, own: ReadonlySet<string>, width: number): Promise<Found> {
  const { held, values, step, note } = await madeAverage(run, width);
  const made = [...held.variables].filter(([label]) => own.has(label));
  return { values: Object.fromEntries(made.map(([label, v]) => [label, values[v.leaf.name]])), step, note };
}
