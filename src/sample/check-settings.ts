/** Checks a program's sampling settings against the ranges that specs and the command line have. */
import {
  nonNegativeRange,
  positiveRange,
  probabilityRange,
  requireInRange,
  seedRange,
  sizeRange,
} from '../compiler/bind/number-range';
import { solvers } from '../compiler/programs/samplers/index';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { isDeclaredGuidance, methodText } from '../compiler/recipe/sample';
import type { SampleSettings } from '../compiler/recipe/index';
import { isRecord } from '../files/record';

export interface SamplingNumbers {
  readonly solver: SampleSettings['solver'];
  readonly steps: number;
  readonly shift: number;
  readonly lastStep?: number;
  readonly guidance: SampleSettings['guidance'];
  readonly count: number;
  readonly seed: number;
  readonly batch?: number;
  readonly threads?: number;
}

/** Throws if a number is out of its range. */
export function checkSampling({ batch = 1, threads = 1, ...numbers }: SamplingNumbers): void {
  const { solver, steps, shift, lastStep, guidance, count, seed } = numbers;
  if (typeof solver === 'string' ? !Object.hasOwn(solvers, solver) : !isDeclared(solver))
    throw new WeftError(`There is no solver ${String(solver)}.`, `There are ${Object.keys(solvers).join(', ')}.`);
  checkLastStep({ solver, lastStep });
  requireInRange('batch', batch, sizeRange);
  requireInRange('threads', threads, sizeRange);
  if (lastStep !== undefined) requireInRange('lastStep', lastStep, { above: 0, below: 1 });
  requireInRange('steps', steps, sizeRange);
  requireInRange('shift', shift, positiveRange);
  requireInRange('count', count, sizeRange);
  requireInRange('seed', seed, seedRange);
  if (guidance === null) return;
  if (typeof guidance !== 'object' || ('kind' in guidance && !isDeclared(guidance)))
    throw new WeftError('`guidance` is no guidance.', 'Give { scale: 3, from: 0, to: 1 }, or null for none.');
  if (isDeclaredGuidance(guidance)) return;
  const { scale, from, to, rescale = 0 } = guidance;
  requireInRange('guidance.scale', scale, nonNegativeRange);
  for (const [name, time] of Object.entries({ from, to, rescale }))
    requireInRange(`guidance.${name}`, time, probabilityRange);
  if (from >= to) throw new WeftError(`The interval of guidance from ${from} to ${to} is empty.`);
}

/** Programs may pass anything. */
function isDeclared(method: unknown): boolean {
  return isRecord(method) && typeof method.call === 'string' && typeof method.text === 'string';
}

/** Throws if a last step's width is given for a solver whose times fall from the noise, which does not take one. */
export function checkLastStep({ solver, lastStep }: Pick<SamplingNumbers, 'solver' | 'lastStep'>): void {
  if (lastStep === undefined || (typeof solver === 'string' && 'last_step' in solvers[solver].parameters)) return;
  throw new WeftError(
    `${methodText(solver)} takes no last step, but ${lastStep} is given.`,
    'Leave it out, or choose another solver.',
  );
}
