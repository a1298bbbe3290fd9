/** Finds guidance that acts at no time of its walk, so that the images are not guided at all. */
import { counted } from '../../diagnostics/counted';
import { builtInGuidance } from '../../recipe/sample';
import { isGuided } from './sample';
import { solvers } from './index';
import type { Walk } from '../sample';

const mostSteps = 100_000;

/** The warning about such guidance; null if guidance acts, or there is none. */
export function idleGuidance({ solver, steps, shift, lastStep, guidance: given }: Walk): string | null {
  const guidance = builtInGuidance(given);
  // The times at which a solver of the language evaluates the model are not known here.
  if (!guidance || guidance.scale === 1 || typeof solver !== 'string') return null;
  // So many steps ask at times that lie closer together than an interval is wide; the list of them takes seconds to make.
  if (steps > mostSteps) return null;
  const { times, evaluations } = solvers[solver];
  const asked = evaluations(times(steps, shift, lastStep));
  if (asked.some(({ time }) => isGuided(guidance, time))) return null;
  const interval = `(${guidance.from}, ${guidance.to})`;
  return `Guidance ${guidance.scale} acts between the times ${interval}, where ${solver} with ${counted(steps, 'step')} asks nothing: what is drawn is not guided.`;
}
