/** What a walk from noise to an image costs: how often the model is evaluated. */
import type { ModelGraph } from '../lower/model';
import { builtInGuidance } from '../recipe/sample';
import { planDeclared } from './declared-walk';
import { refuseErrors } from './kept-method';
import type { Walk } from './sample';
import { solvers } from './samplers/index';
import { isGuided } from './samplers/sample';

/** Evaluations for one image. Where guidance acts, its two branches are two. */
export function evaluationsOf(model: ModelGraph, walk: Walk): number {
  const planned = planDeclared(model, walk);
  if (planned) refuseErrors(planned.diagnostics);
  if (planned?.use) return planned.use.evaluations;
  const { solver: name, steps, shift, lastStep } = walk;
  if (typeof name !== 'string') throw new Error('a solver of the language has a plan');
  const solver = solvers[name];
  const guidance = builtInGuidance(walk.guidance);
  const all = solver.evaluations(solver.times(steps, shift, lastStep));
  return all.reduce((sum, { time }) => sum + (isGuided(guidance, time) ? 2 : 1), 0);
}
