/** A checkpoint is good only if all its values are finite: the last step may have made some infinite before any loss shows it. */
import type { Session } from '../backends/session';
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { VariableRole } from '../compiler/ir/graph';
import { keptSentence, rateHint } from './divergence';
import type { Training } from './training';

const what: { readonly [R in VariableRole]: string } = {
  weight: 'the weight',
  buffer: 'the fixed numbers',
  ema: 'the average',
  copy: 'the copy',
  moment: "the optimiser's state",
  sum: 'the sum',
  counter: 'the counter',
};

/** Refuses weights, averages and optimiser state that are not finite after `step`. `kept` is the step of a whole checkpoint, or null. */
export async function requireFiniteWeights(
  { session, program }: Training,
  step: number,
  kept: number | null,
): Promise<void> {
  for (const { leaf } of program.updates.map((u) => u.variable)) {
    const wrong = await countNonFinite(session, leaf.name);
    if (wrong > 0)
      throw new WeftError(
        `Step ${step}: ${counted(wrong, 'number')} of ${what[leaf.role]} ${leaf.name} ${wrong === 1 ? 'is' : 'are'} no longer finite, so this step is not kept. ${keptSentence(kept)}`,
        rateHint,
      );
  }
}

/** Counts one weight at a time, since all together may not fit into the memory that is left. */
async function countNonFinite(session: Session, name: string): Promise<number> {
  const { [name]: tensor } = await session.get([name]);
  let count = 0;
  for (const x of tensor.data) if (!Number.isFinite(x)) count++;
  return count;
}
