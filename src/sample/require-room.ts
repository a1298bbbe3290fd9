/** Checks that drawing fits into memory before noise is made; refuses a call that cannot fit. */
// Tested by test/sample/refusals.test.ts.
import type { BackendName } from '../backends/session';
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { isStatic, staticSize } from '../compiler/ir/dims';
import { rootsOf, topological, type Program } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { bytes } from '../compiler/report/render';
import { roomHere } from '../backends/room';

export interface Drawing {
  readonly programs: readonly Program[];
  /** Images per call of the model. */
  readonly batch: number;
  readonly backend?: BackendName | 'auto';
}

/** Refuses a call if its largest value and its weights alone exceed the memory. Exit status 3. */
export async function requireDrawingRoom(
  model: ModelGraph,
  { programs, batch, backend = 'auto' }: Drawing,
): Promise<void> {
  const values = topological(programs.flatMap(rootsOf));
  const sizes = values.map(({ shape }) => {
    const known = shape.map((d) => (typeof d === 'number' ? d : d.toString() === 'batch' ? batch : 1));
    return isStatic(known) ? 4 * staticSize(known) : 0;
  });
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  const weights = model.weights.reduce((sum, w) => sum + 4 * staticSize(w.shape), 0);
  const { room } = await roomHere(backend);
  if (!room || largest + weights <= room.bytes) return;
  throw new WeftError(
    `Drawing ${counted(batch, 'image')} at once with ${model.name} needs more than ${bytes(largest + weights)}; ${room.holder} ${bytes(room.bytes)}.`,
    'Draw fewer at once (--batch), smaller ones, or on a machine with more memory.',
    3,
  );
}
