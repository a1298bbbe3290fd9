/** Selects the weights that programs use from those of a whole model. */
// Tested by test/golden/models.test.ts.
import type { HostTensors } from '../backends/session';
import { variablesOf, type Program } from '../compiler/ir/graph';

/**
 * Leaves out weights that affect no output of `programs`, which sessions do not have: for example those that change the text in
 * the last block of a text-to-image model.
 */
export function weightsFor(programs: readonly Program[], weights: HostTensors): HostTensors {
  const used = new Set(programs.flatMap((p) => variablesOf(p).map((v) => v.leaf.name)));
  return Object.fromEntries(Object.entries(weights).filter(([name]) => used.has(name)));
}
