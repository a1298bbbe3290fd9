/** An optimiser that is declared in the language must give a new value for every weight that a section trains. */
// Tested by test/diagnostics/cases.test.ts.
import type { BoundSpec } from '../bind/bind';
import { declaredMethod } from '../bind/rules/sections';
import type { Diagnostic } from '../diagnostics/diagnostic';
import { input, type Value, type Variable } from '../ir/graph';
import type { LoadedFile } from '../link/load';
import { stepBudget } from '../lower/budget';
import { elaborateOptimizer } from '../lower/optimizer/elaborate';
import { kindOfWeight } from '../lower/optimizer/kinds';
import type { Scope } from '../lower/scope';
import { matchesLabel } from '../programs/freeze';
import { lookedUp } from '../programs/optimizers/looked-up';
import { splitDecay } from '../recipe/decay';
import type { Place } from '../sections/schema';

/** The weights that a train section trains, with the values in which embedding tables are looked up. */
interface Trained {
  readonly place: Place;
  readonly weights: readonly Variable[];
  readonly results: readonly Value[];
  /** Those of the model, which the call may use. */
  readonly hyperparameters: Scope;
}

/** The errors of the optimiser, for the first weight that has any. */
export function checkOptimizer(
  file: LoadedFile,
  bound: Pick<BoundSpec, 'names' | 'canBuild'>,
  { place, weights, results, hyperparameters }: Trained,
): readonly Diagnostic[] {
  const written = place('optimizer');
  const call = written && splitDecay(written).call;
  const declaration = call && declaredMethod(file, 'optimizer', call);
  if (!declaration || !bound.canBuild(declaration)) return [];
  const tables = lookedUp(results);
  const budget = stepBudget();
  const kind = (w: Variable): string => kindOfWeight(declaration, w, { lookedUp: tables.has(w), isSpared: false });
  for (const weight of new Map(weights.map((w) => [kind(w), w])).values()) {
    const { diagnostics } = elaborateOptimizer(
      { declaration, call, names: bound.names, hyperparameters },
      {
        weight,
        gradient: input('gradient', weight.shape),
        rate: input('rate', []),
        step: input('step', []),
        sound: input('sound', [], 'bool'),
        lookedUp: tables.has(weight),
        matches: matchesLabel,
        budget,
        isSpared: false,
        keptUnder: '',
      },
    );
    if (diagnostics.length > 0) return diagnostics;
  }
  return [];
}
