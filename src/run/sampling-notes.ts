/** The walk of an exported sampler as its file records it, so that it can be verified without giving the settings again. */
import { counted } from '../compiler/diagnostics/counted';
import * as z from 'zod';
import { readMetadata } from '../backends/onnx/metadata';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { isDeclaredGuidance, methodText } from '../compiler/recipe/sample';
import type { Walk } from '../compiler/programs/sample';
import { walkSchema } from './walk-schema';
import { exportedPrograms, type ExportedProgram } from './exported-programs';
import { parseNote } from '../data/safetensors/note';

/** Entries for a file's metadata; guidance as JSON. */
export function samplingNotes(walk: Walk): { readonly [key: string]: string } {
  const { solver, steps, shift, lastStep, wholeTimes, guidance } = walk;
  return {
    solver: typeof solver === 'string' ? solver : JSON.stringify(solver),
    steps: String(steps),
    shift: String(shift),
    ...(lastStep !== undefined && { last_step: String(lastStep) }),
    ...(wholeTimes && { whole_times: 'true' }),
    guidance: JSON.stringify(guidance),
  };
}

export interface Notes {
  readonly program: ExportedProgram | null;
  readonly sampling: Walk | null;
  readonly metadata: { readonly [key: string]: string };
}

/** The contents of a file as its metadata describe them; null for each that they do not mention. */
export async function readNotes(path: string): Promise<Notes> {
  const notes = await readMetadata(path);
  const program = exportedPrograms.find((name) => name === notes.program) ?? null;
  return { program, sampling: program === 'sample' ? readWalk(path, notes) : null, metadata: notes };
}

/** A file that says more would keep its reader busy for hours. */
const mostSteps = 100_000;

const notedWalk = walkSchema.extend({ steps: z.int().min(1).max(mostSteps) });

/** Throws if a file says what no sampler can be; null if it says nothing. */
function readWalk(path: string, notes: { readonly [key: string]: string }): Walk | null {
  if (notes.solver === undefined) return null;
  const { solver, guidance, last_step: lastStep } = notes;
  const read = notedWalk.safeParse({
    solver: solver.startsWith('{') ? parsed(solver) : solver,
    steps: Number(notes.steps),
    shift: Number(notes.shift),
    ...(lastStep !== undefined && { lastStep: Number(lastStep) }),
    wholeTimes: notes.whole_times === 'true',
    guidance: parsed(guidance),
  });
  if (read.success) return read.data;
  const [{ path: at, message }] = read.error.issues;
  throw new WeftError(
    `What ${path} says of its sampler cannot be read: ${[at.join('.'), message].join(': ')}.`,
    'Export it again: its metadata were changed.',
  );
}

/** JSON; undefined if it is none. */
function parsed(text = ''): unknown {
  try {
    return parseNote(text);
  } catch {
    return undefined;
  }
}

/** `heun, 30 steps, guidance 3 on (0.1, 1)`, for people. */
export function describeWalk({ solver, steps, shift, lastStep, wholeTimes, guidance }: Walk): string {
  const parts = [methodText(solver), counted(steps, 'step')];
  if (shift !== 1) parts.push(`shift ${shift}`);
  if (lastStep !== undefined) parts.push(`last step ${lastStep}`);
  if (wholeTimes) parts.push('whole times');
  if (guidance && isDeclaredGuidance(guidance)) parts.push(`guidance ${methodText(guidance)}`);
  else if (guidance) {
    parts.push(`guidance ${guidance.scale} on (${guidance.from}, ${guidance.to})`);
    if (guidance.rescale) parts.push(`rescaled by ${guidance.rescale}`);
  }
  return parts.join(', ');
}
