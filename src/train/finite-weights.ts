/** A checkpoint is good only if all its values are finite: the last step may have made some infinite before any loss shows it. */
import { chunksBySize } from '../backends/chunks';
import type { HostTensor } from '../backends/session';
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { staticShape } from '../compiler/ir/dims';
import type { VariableRole } from '../compiler/ir/graph';
import { keptSentence, rateHint } from './divergence';
import { histogramOf, type Histogram } from './histogram';
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

/**
 * Refuses weights, averages and optimiser state that are not finite after `step`. `kept` is the step of a whole checkpoint, or null.
 * Gives the histograms of the weights that the step trains, by name.
 */
export async function requireFiniteWeights(
  { session, program }: Pick<Training, 'session' | 'program'>,
  step: number,
  kept: number | null,
): Promise<ReadonlyMap<string, Histogram>> {
  const histograms = new Map<string, Histogram>();
  const variables = program.updates.map((u) => u.variable);
  for (const chunk of chunksBySize(variables, (v) => staticShape(v.shape), chunkBytes)) {
    const values = await session.get(chunk.map((v) => v.leaf.name));
    for (const { leaf } of chunk) {
      const wrong = countNonFinite(values[leaf.name]);
      if (wrong > 0)
        throw new WeftError(
          `Step ${step}: ${counted(wrong, 'number')} of ${what[leaf.role]} ${leaf.name} ${wrong === 1 ? 'is' : 'are'} no longer finite, so this step is not kept. ${keptSentence(kept)}`,
          rateHint,
        );
      if (leaf.role === 'weight') histograms.set(leaf.name, histogramOf(values[leaf.name].data));
    }
  }
  return histograms;
}

/** Bytes that are read at a time: all together may not fit into the memory that is left, and TensorFlow prepares each call of another kind anew. */
const chunkBytes = 64e6;

function countNonFinite({ data }: HostTensor): number {
  let count = 0;
  for (const x of data) if (!Number.isFinite(x)) count++;
  return count;
}
