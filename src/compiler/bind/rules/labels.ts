/** Labels have a name, and are used only at calls that can make weights. */
// Tested by test/compiler/bind/labels.test.ts.
import { diagnose, type Diagnostic } from '../../diagnostics/diagnostic';
import type { Expression, Labelled } from '../../syntax/ast';
import type { BuiltinSignature } from '../world';

export interface LabelPlace {
  /** Whether the label is at a stage of a pipe, where a name alone is a call. */
  readonly isStage: boolean;
  /** Whether a name is a word of the language here. */
  readonly isWord: (name: string) => boolean;
  readonly words: ReadonlyMap<string, BuiltinSignature>;
}

export function checkLabel({ label: { name: label, span }, value }: Labelled, place: LabelPlace): Diagnostic[] {
  if (label.split('.').some((part) => part.trim() === '')) return [diagnose('empty-label', span, { label })];
  const word = idleWord(value, place);
  if (word === undefined) return [];
  const layers = [...place.words].flatMap(([name, { makesWeights }]) => (makesWeights ? [name] : []));
  return [diagnose('idle-label', span, { label, word, layers })];
}

/** The labelled word if it makes no weights; null for a value that is not a call, undefined if the label has a meaning. */
function idleWord(labelled: Expression, place: LabelPlace): string | null | undefined {
  const { isStage, isWord, words } = place;
  if (labelled.kind === 'repeat') return idleWord(labelled.stage, { ...place, isStage: true });
  if (labelled.kind === 'lambda' || labelled.kind === 'missing') return undefined;
  if (labelled.kind !== 'call' && !isStage) return null;
  const callee = labelled.kind === 'call' ? labelled.callee : labelled;
  if (callee.kind !== 'name' || !isWord(callee.name)) return undefined;
  return words.get(callee.name)?.makesWeights ? undefined : callee.name;
}
