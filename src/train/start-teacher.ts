/** Gives a run the weights of its recipe's frozen model. */
import type { HostTensors, Session } from '../backends/session';
import { variablesOf, type Program } from '../compiler/ir/graph';
import { teacherVariable } from '../compiler/programs/frozen-teacher';
import { keptModel } from '../compiler/programs/kept-model';
import type { TrainRecipe } from '../compiler/recipe/index';
import { loadWeights, openWeightsOf } from '../run/load-weights';
import { withStart } from './start-source';

/** Sets the variables of the frozen model that the programs read; `tell` is told which weights they are. */
export async function startTeacher(
  session: Session,
  { teacher }: Pick<TrainRecipe, 'teacher'>,
  programs: readonly Program[],
  tell: (line: string) => void,
): Promise<void> {
  if (!teacher) return;
  const model = keptModel(teacher.model);
  const read = new Set(programs.flatMap(variablesOf).map((v) => v.leaf.name));
  const warn = (message: string): void => tell(`warning: ${message}`);
  await withStart({ from: teacher.weights, model, warn }, async ({ path, shown }) => {
    const weights = await loadWeights(path, model, { tell });
    const named = model.weights.map((w) => [teacherVariable(w).leaf.name, weights[w.leaf.name]] as const);
    const values: HostTensors = Object.fromEntries(named.filter(([name]) => read.has(name)));
    await session.set(values);
    tell(`Teacher: ${model.name} with ${shown}.`);
  });
}

/** Refuses weights that do not fit the frozen model, before images are prepared. */
export async function checkTeacherWeights({ teacher }: Pick<TrainRecipe, 'teacher'>): Promise<void> {
  if (!teacher) return;
  const model = keptModel(teacher.model);
  await withStart({ from: teacher.weights, model, warn: () => {} }, async ({ path }) => {
    await (await openWeightsOf(model, path, { tell: () => {} })).close();
  });
}
