/** The walk for sample settings that name a solver or a guidance of the language. */
// Tested by test/compiler/programs/walk.test.ts.
import { WeftError } from '../diagnostics/diagnostic';
import type { ModelGraph } from '../lower/model';
import type { Guide } from '../lower/solver/elaborate';
import type { Branch } from '../lower/solver/words';
import { guidedOver } from '../lower/left-out';
import { add, greater, less, logicalAnd, mul, sub } from '../ops/elementwise';
import type { Guidance } from '../recipe/index';
import type { Declared } from '../recipe/declared';
import { isDeclaredGuidance } from '../recipe/sample';
import { rescaled, requireGuidable } from './guided';
import { keptMethod, refuseErrors } from './kept-method';
import type { Walk } from './sample';
import { shippedMethod } from './shipped-method';
import { idleGuidance, idleInWalk } from './samplers/idle-guidance';
import { planWalk, type PlannedWalk, type WalkPlan } from './walk';

/** The note about guidance that never acts in a walk; null if it acts, or there is none. */
export function idleIn(model: ModelGraph, walk: Walk): string | null {
  const planned = planDeclared(model, walk);
  if (!planned) return idleGuidance(walk);
  return planned.use && idleInWalk(walk, planned.use);
}

/** The plan of the walk; null if solver and guidance are built in, since the solver's tables are then enough. */
export function declaredWalk(model: ModelGraph, walk: Walk): WalkPlan | null {
  const planned = planDeclared(model, walk);
  if (!planned) return null;
  const { plan, diagnostics } = planned;
  refuseErrors(diagnostics);
  if (!plan) throw new WeftError(`The solver ${solverInLanguage(walk).call} gives no walk.`);
  return plan;
}

/** Null if solver and guidance are built in. */
export function planDeclared(model: ModelGraph, walk: Walk): PlannedWalk | null {
  const { solver, steps, guidance } = walk;
  if (typeof solver === 'string' && !isDeclaredGuidance(guidance)) return null;
  return planWalk(model, {
    solver: keptMethod('solver', solverInLanguage(walk)),
    guidance: isDeclaredGuidance(guidance) ? keptMethod('guidance', guidance) : builtInGuide(model, guidance),
    steps,
  });
}

/** The solver of sample settings as a declaration; std/solvers also declares the built-in ones. */
export function solverInLanguage({ solver, shift, lastStep, wholeTimes }: Omit<Walk, 'guidance'>): Declared {
  if (typeof solver !== 'string') return solver;
  const values = {
    shift,
    ...(lastStep !== undefined && { last_step: lastStep }),
    ...(wholeTimes && { whole_times: true }),
  };
  const made = shippedMethod('solver', solver, values);
  return { ...made, call: made.call.replace('(', '(steps: steps, ') };
}

/** A built-in guidance for solvers of the language. It acts inside its interval of times, counted from 0 at the noise. */
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
