/** The process that reads files, damaged and sound, so that what kills or stops it ends only it. */
import { WeftError } from '../../src/compiler/diagnostics/diagnostic';
import { fileKinds } from './file-kinds';
import type { Found } from './kinds/kind';

export interface Question {
  readonly kind: string;
  readonly folder: string;
}

/** What came of reading: what was found and said, or a refusal, or an error that nobody meant. */
export type Answer =
  | { readonly kind: 'read'; readonly found: Found; readonly told: readonly string[] }
  | { readonly kind: 'refused'; readonly why: string }
  | { readonly kind: 'crash'; readonly stack: string };

// The campaign was ended.
process.on('disconnect', () => process.exit());

process.on('message', (question: Question) => void answer(question).then((found) => process.send?.(found)));

async function answer({ kind: name, folder }: Question): Promise<Answer> {
  const kind = fileKinds.find((k) => k.name === name)!;
  const told: string[] = [];
  try {
    return {
      kind: 'read',
      found: await kind.read(folder, (message) => told.push(message.replaceAll(folder, ''))),
      told,
    };
  } catch (error) {
    if (error instanceof WeftError) return { kind: 'refused', why: error.message };
    return { kind: 'crash', stack: error instanceof Error ? String(error.stack) : String(error) };
  }
}
