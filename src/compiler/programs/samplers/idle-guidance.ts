/** Finds guidance that acts at no time of its walk, so that the images are not guided at all. */
import { counted } from '../../diagnostics/counted';
import type { Guidance } from '../../recipe/index';
import { builtInGuidance, isDeclaredGuidance, methodText } from '../../recipe/sample';
import { Source } from '../../source';
import { tokenize } from '../../syntax/tokenize';
import { isGuided } from './sample';
import { solvers } from './index';
import type { Walk } from '../sample';
import type { WalkUse } from '../walk';

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
  return told(guidance, solver, steps);
}

/** The same of a walk with a solver or a guidance of the language, by what its steps ask. */
export function idleInWalk({ solver, steps, guidance: given }: Omit<Walk, 'shift'>, { leads }: WalkUse): string | null {
  if (given === null || leads) return null;
  const walker = methodText(solver);
  if (!isDeclaredGuidance(given)) return given.scale === 1 ? null : told(given, walker, steps);
  if (!namesBranch(given.text)) return null;
  return `${methodText(given)} asks for \`branch()\` alone in ${counted(steps, 'step')} of ${walker}: what is drawn is not guided.`;
}

function told({ scale, from, to }: Guidance, solver: string, steps: number): string {
  return `Guidance ${scale} acts between the times (${from}, ${to}), where ${solver} with ${counted(steps, 'step')} asks nothing: what is drawn is not guided.`;
}

/** Whether a guidance asks for a branch other than `branch()` anywhere in its text. */
function namesBranch(text: string): boolean {
  const words = tokenize(new Source('guidance', text)).tokens.map((t) => t.image);
  return words.some((word, i) => word === 'branch' && words[i + 1] === '(' && words[i + 2] !== ')');
}
