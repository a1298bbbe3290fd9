/** A checkpoint is good only if its weights are finite: the last step may have made them infinite before any loss shows it. */
import type { Session } from '../backends/session';
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { averageOf } from '../compiler/programs/optimizers/ema';
import { asTrained } from '../compiler/programs/trained';
import { keptSentence, rateHint } from './divergence';
import type { Training } from './training';

/** Refuses weights and averages that are not finite after `step`; the checkpoint of step `kept` is whole, null where there is none. */
export async function requireFiniteWeights(
  { session, model: given, recipe }: Training,
  step: number,
  kept: number | null,
): Promise<void> {
  const { model, trained } = asTrained(given, recipe);
  const averages = recipe.ema === null ? [] : trained.map(averageOf);
  for (const { leaf } of [...model.weights, ...averages]) {
    const wrong = await countNonFinite(session, leaf.name);
    if (wrong > 0)
      throw new WeftError(
        `Step ${step}: ${counted(wrong, 'number')} of the weight ${leaf.name} ${wrong === 1 ? 'is' : 'are'} no longer finite, so this step is not kept. ${keptSentence(kept)}`,
        rateHint,
      );
  }
}

/** One weight at a time, since all of them together may not fit into the memory that is left. */
async function countNonFinite(session: Session, name: string): Promise<number> {
  const { [name]: tensor } = await session.get([name]);
  let count = 0;
  for (const x of tensor.data) if (!Number.isFinite(x)) count++;
  return count;
}
