/** The walk of settings that name a solver of the language. */
// Tested by test/compiler/programs/walk.test.ts.
import { WeftError } from '../diagnostics/diagnostic';
import type { ModelGraph } from '../lower/model';
import type { Guide } from '../lower/solver/elaborate';
import type { Branch } from '../lower/solver/words';
import { guidedOver } from '../lower/left-out';
import { add, greater, less, logicalAnd, mul, sub } from '../ops/elementwise';
import type { Guidance } from '../recipe/index';
import { isDeclaredGuidance, methodText } from '../recipe/sample';
import { rescaled, requireGuidable } from './guided';
import { keptMethod, refuseErrors } from './kept-method';
import type { Walk } from './sample';
import { planWalk, type WalkPlan } from './walk';

/** Null where the tables of a solver that is built in say all. */
export function declaredWalk(model: ModelGraph, { solver, steps, guidance }: Walk): WalkPlan | null {
  if (typeof solver === 'string') {
    if (!isDeclaredGuidance(guidance)) return null;
    throw new WeftError(
      `The guidance ${methodText(guidance)} is of the language, and the solver ${solver} is not: it walks by tables.`,
      `Take its like in the language: import { ${solver} } from "std/solvers" in the spec.`,
    );
  }
  const { plan, diagnostics } = planWalk(model, {
    solver: keptMethod('solver', solver),
    guidance: isDeclaredGuidance(guidance) ? keptMethod('guidance', guidance) : builtInGuide(model, guidance),
    steps,
  });
  refuseErrors(diagnostics);
  if (!plan) throw new WeftError(`The solver ${solver.call} gives no walk.`);
  return plan;
}

/** A guidance that is built in, as solvers of the language follow it: inside its interval, by the clock from 0 at the noise. */
export function builtInGuide(model: ModelGraph, guidance: Guidance | null): Guide | null {
  if (!guidance || guidance.scale === 1) return null;
  requireGuidable(model, guidance);
  const { scale, from, to, rescale = 0, weak } = guidance;
  const all: Branch = { without: [], conditions: new Map(), weights: null };
  return (at, ask, decide) => {
    const acts = logicalAnd(greater(at.time, from), less(at.time, to));
    if (decide(acts) === false) return ask(all);
    const poor = ask(weak === undefined ? { ...all, without: guidedOver(model) } : { ...all, weights: weak });
    const cond = ask(all);
    const velocity = add(poor, mul(sub(cond, poor), scale));
    return rescale > 0 ? rescaled(velocity, cond, rescale) : velocity;
  };
}
