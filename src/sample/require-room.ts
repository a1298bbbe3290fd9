/** Checks that drawing fits into memory before noise is made; refuses a call that cannot fit. */
// Tested by test/sample/refusals.test.ts.
import type { BackendName } from '../backends/session';
import { counted } from '../compiler/diagnostics/counted';
import type { Program } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { requireProgramRoom } from '../run/require-room';

export interface Drawing {
  readonly programs: readonly Program[];
  /** Images per call of the model. */
  readonly batch: number;
  readonly backend?: BackendName | 'auto';
}

/** Refuses a call whose programs need more memory than there is. Exit status 3. */
export async function requireDrawingRoom(
  model: ModelGraph,
  { programs, batch, backend = 'auto' }: Drawing,
): Promise<void> {
  const use = {
    programs,
    bindings: { batch },
    doing: `Drawing ${counted(batch, 'image')} at once with ${model.name}`,
    ways: (fitting: number | null) => (fitting === null ? [] : [`--batch ${fitting}`]),
  };
  await requireProgramRoom(use, backend);
}
