/** The walk of an exported sampler as its file records it, so that it can be verified without giving the settings again. */
// Tested by test/backends/onnx/sample.test.ts.
import { readMetadata } from '../backends/onnx/metadata';
import { solverNames } from '../compiler/programs/samplers/index';
import type { Declared } from '../compiler/recipe/declared';
import { isDeclaredGuidance, methodText } from '../compiler/recipe/sample';
import { isRecord } from '../files/record';
import type { Walk } from '../compiler/programs/sample';
import { exportedPrograms, type ExportedProgram } from './exported-programs';

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
  return { program, sampling: program === 'sample' ? readWalk(notes) : null, metadata: notes };
}

function readWalk(notes: { readonly [key: string]: string }): Walk | null {
  const solver = solverNames.find((name) => name === notes.solver) ?? readDeclared(notes.solver);
  const [steps, shift] = [Number(notes.steps), Number(notes.shift)];
  if (!solver || !Number.isInteger(steps) || steps < 1 || !(shift > 0)) return null;
  const lastStep = notes.last_step === undefined ? undefined : Number(notes.last_step);
  if (lastStep !== undefined && !(lastStep > 0 && lastStep < 1)) return null;
  try {
    const guidance = JSON.parse(notes.guidance) as Walk['guidance'];
    return { solver, steps, shift, lastStep, wholeTimes: notes.whole_times === 'true', guidance };
  } catch {
    return null;
  }
}

/** A solver of the language, as recorded in a file. */
function readDeclared(text = ''): Declared | null {
  if (!text.startsWith('{')) return null;
  try {
    const read: unknown = JSON.parse(text);
    return isRecord(read) && read.kind === 'declared' ? (read as unknown as Declared) : null;
  } catch {
    return null;
  }
}

/** `heun, 30 steps, guidance 3 on (0.1, 1)`, for people. */
export function describeWalk({ solver, steps, shift, lastStep, wholeTimes, guidance }: Walk): string {
  const parts = [methodText(solver), `${steps} steps`];
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
