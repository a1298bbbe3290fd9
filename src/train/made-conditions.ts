/** Conditions of images as a training step gets them: made from the images by the recipe, or paired pictures of a folder. */
// Tested by test/sample/complete-given.test.ts.
import { inputName, rowsOf, stackedRows } from '../backends/host';
import { openSession } from '../backends/open';
import type { BackendName, HostTensor, HostTensors, Session } from '../backends/session';
import { variablesOf } from '../compiler/ir/graph';
import { conditionsOf } from '../compiler/lower/givens/conditions';
import type { ModelGraph } from '../compiler/lower/model';
import type { SampleSettings, TrainRecipe } from '../compiler/recipe/index';
import { givenProgram } from '../compiler/programs/givens';
import { conditionRows, readConditions } from '../sample/given';
import { startFrozen } from './start-frozen';
import { scalarTensor } from './tensors';
import { ownValue } from '../compiler/own-value';

export interface MadeOf {
  readonly given: TrainRecipe['given'];
  /** Conditions that a sample section gives: they are not made, but others are made from them. */
  readonly sampled?: SampleSettings['given'];
  /** Conditions to make; by default all that are neither given nor have a default value. */
  readonly wanted?: readonly string[];
  readonly seed: number;
  /** Rows per call. Each call draws the random numbers of a step, beginning with the first. */
  readonly batch: number;
  readonly backend?: BackendName | 'auto';
  readonly threads?: number;
  /** The run that already has the weights of the recipe's encoders; without it they are read from their files. */
  readonly run?: Pick<Session, 'get'>;
}

/** The names of the conditions that a sample section does not give. */
export function unsampled(model: ModelGraph, sampled: SampleSettings['given'] = {}): readonly string[] {
  return conditionsOf(model).flatMap(({ name }) => (ownValue(sampled, name) ? [] : [name]));
}

/** One row for each clean image of `images.x0`. Conditions that are not made from images are already there by name and stay unchanged. */
export async function madeConditions(
  model: ModelGraph,
  { x0, ...others }: HostTensors,
  { given = {}, sampled = {}, wanted, seed, batch, run, ...where }: MadeOf,
): Promise<HostTensors> {
  const [count] = x0.shape;
  const names = conditionsOf(model).map((i) => i.name);
  const own = Object.fromEntries(Object.entries(others).filter(([name]) => names.includes(name)));
  const fed = { ...own, ...conditionRows(await readConditions(model, sampled), count) };
  const program = givenProgram(model, given, Object.keys(fed), wanted);
  if (Object.keys(program.outputs).length === 0) return fed;
  const session = await openSession(where.backend ?? 'auto', [program], {
    bindings: { batch },
    threads: where.threads,
  });
  const inputs = program.inputs.map(inputName);
  const parts = new Map<string, HostTensor[]>();
  try {
    const encoders = variablesOf(program).map((v) => v.leaf.name);
    if (!run) await startFrozen(session, { given }, [program], () => {});
    else if (encoders.length > 0) await session.set(await run.get(encoders));
    for (let step = 0; step * batch < count; step++) {
      // The last call is filled up, since some backends run only one batch size.
      const rows = Array.from({ length: batch }, (_, i) => Math.min(step * batch + i, count - 1));
      const used = Object.entries({ x0, ...others, ...fed }).filter(([name]) => inputs.includes(name));
      const images = Object.fromEntries(used.map(([name, t]) => [name, rowsOf(t, rows)]));
      const drawn = { seed: scalarTensor(seed, 'i32'), step: scalarTensor(step, 'i32') };
      const made = await session.run(program.name, { ...images, ...drawn });
      for (const [name, tensor] of Object.entries(made)) parts.set(name, [...(parts.get(name) ?? []), tensor]);
    }
  } finally {
    await session.dispose();
  }
  const all = [...Array(count).keys()];
  const made = [...parts].map(([name, tensors]) => [name, rowsOf(stackedRows(tensors), all)] as const);
  return { ...fed, ...Object.fromEntries(made) };
}
