/** The conditions of images as a training step is fed them: made of the images by the recipe, or the partners of a folder. */
import { stackedRows, rowsOf } from '../backends/host';
import { openSession } from '../backends/open';
import type { BackendName, HostTensor, HostTensors } from '../backends/session';
import { conditionsOf } from '../compiler/lower/givens/conditions';
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings, TrainRecipe } from '../compiler/recipe/index';
import { givenProgram } from '../compiler/programs/givens';
import { scalarTensor } from './tensors';

export interface MadeOf {
  readonly given: TrainRecipe['given'];
  /** Conditions that a sample section gives, which are not made. */
  readonly sampled?: SampleSettings['given'];
  readonly seed: number;
  /** Rows of a call; draws are those of a step for each call, from the first one. */
  readonly batch: number;
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
}

/** The names of the conditions that a sample section does not give. */
export function unsampled(model: ModelGraph, sampled: SampleSettings['given'] = {}): readonly string[] {
  return conditionsOf(model).flatMap(({ name }) => (sampled[name] ? [] : [name]));
}

/** A row for each clean image of `images.x0`; conditions that are not made of images are there by their names. */
export async function madeConditions(
  model: ModelGraph,
  { x0, ...others }: HostTensors,
  { given, sampled, seed, batch, ...where }: MadeOf,
): Promise<HostTensors> {
  const names = unsampled(model, sampled);
  const own = Object.fromEntries(names.flatMap((name) => (others[name] ? [[name, others[name]]] : [])));
  if (!given || names.length === 0) return own;
  const session = await openSession(where.backend ?? 'auto', [givenProgram(model, given)], {
    bindings: { batch },
    threads: where.threads,
  });
  const [count] = x0.shape;
  const parts: { [name: string]: HostTensor[] } = {};
  try {
    for (let step = 0; step * batch < count; step++) {
      // The last call is filled up, since some backends run one batch size only.
      const rows = Array.from({ length: batch }, (_, i) => Math.min(step * batch + i, count - 1));
      const images = Object.fromEntries(Object.entries({ ...own, x0 }).map(([name, t]) => [name, rowsOf(t, rows)]));
      const drawn = { seed: scalarTensor(seed, 'i32'), step: scalarTensor(step, 'i32') };
      const made = await session.run('givens', { ...images, ...drawn });
      for (const [name, tensor] of Object.entries(made)) (parts[name] ??= []).push(tensor);
    }
  } finally {
    await session.dispose();
  }
  const all = [...Array(count).keys()];
  const made = names.map((name) => [name, rowsOf(stackedRows(parts[name]), all)] as const);
  return { ...own, ...Object.fromEntries(made) };
}
