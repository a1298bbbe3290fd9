/** `folder("…")` and `mask_folder("…")` in a `given`: a picture for each picture of the training folder. */
// Tested by test/train/pairs.test.ts.
import type { Expression } from '../../syntax/ast';
import { quote } from '../../syntax/print';
import { parseGiven, type Givens } from './parse';

/** `pictures` have levels in [-1, 1], as images have; `masks` are in [0, 1]. */
export type PairedKind = 'pictures' | 'masks';

export interface PairedFolder {
  readonly kind: PairedKind;
  readonly path: string;
}

export const pairedWords = { pictures: 'folder', masks: 'mask_folder' } as const;

/** The folder of a given that is a single `folder("…")` or `mask_folder("…")`; null for anything else. */
export function pairedFolder(value: Expression): PairedFolder | null {
  if (value.kind !== 'call' || value.callee.kind !== 'name' || value.args[0]?.value.kind !== 'string') return null;
  const { name } = value.callee;
  const kind = (['pictures', 'masks'] as const).find((k) => pairedWords[k] === name);
  return kind ? { kind, path: value.args[0].value.value } : null;
}

/** The folder of each input's pictures, by the input's name. */
export function pairedFolders(givens: Givens = {}): ReadonlyMap<string, PairedFolder> {
  const found = Object.entries(givens).map(
    ([name, text]) => [name, pairedFolder(parseGiven(name, text).value)] as const,
  );
  return new Map(found.flatMap(([name, folder]) => (folder ? [[name, folder]] : [])));
}

/** The text that recipes keep for a folder. */
export function writtenPair({ kind, path }: PairedFolder): string {
  return `${pairedWords[kind]}(${quote(path)})`;
}
