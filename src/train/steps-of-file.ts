/** The step after which a run wrote a file of weights. */
// Tested by test/train/run-id.test.ts.
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { printable } from '../compiler/diagnostics/printable';
import { openSafetensors } from '../data/safetensors';
import type { RunRecord } from './run-folder';
import { isOfAnother, runKey } from './run-id';

/** The step after which a run's file of weights was written. Version 0.1.0 wrote the recipe's; without a number, the run was complete. */
export async function stepsOfFile(path: string, { id, recipe }: Pick<RunRecord, 'id' | 'recipe'>): Promise<number> {
  const file = await openSafetensors(path);
  try {
    const { steps, [runKey]: run } = file.metadata;
    if (isOfAnother(run, id)) {
      throw new WeftError(
        `${path} was written by another run than the one in whose folder it lies.`,
        `To use it, name it: --weights ${path}. To use the weights of this run, remove it or bring its own back from a copy; ` +
          'without it, the newest checkpoint is used.',
      );
    }
    if (steps === undefined) return recipe.steps;
    if (/^\d+$/.test(steps)) return Number(steps);
    throw new WeftError(
      `${path} is damaged: its metadata say that it was written after "${printable(steps)}" steps.`,
      'Bring it back from a copy, or remove it: the newest checkpoint of the run is used then.',
    );
  } finally {
    await file.close();
  }
}
