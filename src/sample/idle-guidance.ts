/** Guidance that acts at no time of its walk, so that what is drawn is not guided at all. */
import { counted } from '../compiler/diagnostics/counted';
import { isGuided } from '../compiler/programs/samplers/sample';
import { solvers } from '../compiler/programs/samplers/index';
import type { Walk } from '../compiler/programs/sample';

/** What to tell of it; null where guidance acts, or there is none. */
export function idleGuidance({ solver, steps, shift, lastStep, guidance }: Walk): string | null {
  if (!guidance || guidance.scale === 1) return null;
  const { times, evaluations } = solvers[solver];
  const asked = evaluations(times(steps, shift, lastStep));
  if (asked.some(({ time }) => isGuided(guidance, time))) return null;
  const interval = `(${guidance.from}, ${guidance.to})`;
  return `guidance ${guidance.scale} acts between the times ${interval}, where ${solver} with ${counted(steps, 'step')} asks nothing: what is drawn is not guided`;
}
