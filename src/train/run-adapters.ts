/** Reads the adapters that a run has trained from its newest checkpoint. */
// Tested by test/cli/lora.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { asTrained } from '../compiler/programs/trained';
import type { TrainedAdapters } from '../run/lora-file';
import { architectureEntries } from '../run/recorded-architecture';
import { findCheckpoints, noneUsable } from './checkpoints';
import { heldWeights } from './held-weights';
import { runPaths } from './run-folder';
import { kindOf, valuesIn, type KeptRun } from './run-weights';

export interface RunAdapters extends TrainedAdapters {
  /** Steps done when they were saved. */
  readonly step: number;
  /** Weights of the model itself that were trained too. */
  readonly others: readonly string[];
}

/** `which`: `ema` or `raw`; by default averaged ones if the run keeps them. `warn` is told of damaged checkpoints. */
export async function adaptersOfRun(
  { folder, record, model }: KeptRun,
  which: string | undefined,
  warn: (message: string) => void,
): Promise<RunAdapters> {
  const { adapt } = record.recipe;
  if (!adapt)
    throw new WeftError(
      `The run in ${folder} trained the weights of ${model.name} themselves, and no adapters.`,
      'Leave --format out, or write `adapt = lora(…)` in the recipe of a new run.',
    );
  const kind = kindOf(folder, record, which);
  const { latest, damaged, notes } = await findCheckpoints(runPaths(folder).checkpoints, record.id);
  notes.forEach(warn);
  if (!latest && damaged.length > 0) throw noneUsable(folder, damaged);
  if (!latest)
    throw new WeftError(`The run in ${folder} has no checkpoint.`, `Train on: weft train --resume --out ${folder}`);
  const { adapters, trained } = asTrained(model, record.recipe);
  const { variables } = heldWeights(model, record.recipe, kind);
  const own = new Set(adapters.flatMap(({ down, up }) => [down.leaf.name, up.leaf.name]));
  const kept = [...variables].filter(([label]) => own.has(label));
  const found = await valuesIn(
    latest,
    kept.map(([, v]) => v),
  );
  return {
    adapters,
    values: Object.fromEntries(kept.map(([label, v]) => [label, found[v.leaf.name]])),
    rank: adapt.rank,
    alpha: adapt.alpha ?? adapt.rank,
    remarks: { ...architectureEntries(model), steps: String(latest.step) },
    step: latest.step,
    others: trained.map((w) => w.leaf.name).filter((label) => !own.has(label)),
  };
}
