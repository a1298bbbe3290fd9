/** `folder("…")`, `mask_folder("…")` and `file("…")` in a `given`: what files hold for each picture of the training data. */
// Tested by test/train/pairs.test.ts.
import type { Expression } from '../../syntax/ast';
import { isPackaged } from '../../recipe/packaged';
import { quote } from '../../syntax/print';
import { encodeCall } from './encode-call';
import { givenExpression, parseGiven, type Givens } from './parse';

/** `pictures` have levels in [-1, 1], as images have; `masks` are in [0, 1]; `values` are what one file holds. */
export type PairedKind = 'pictures' | 'masks' | 'values';

export interface PairedFolder {
  readonly kind: PairedKind;
  /** A folder, or for `values` a file. */
  readonly path: string;
}

export const pairedWords = { pictures: 'folder', masks: 'mask_folder', values: 'file' } as const;

/** The files of a given that is a single `folder("…")`, `mask_folder("…")` or `file("…")`; null for anything else. */
export function pairedFolder(value: Expression): PairedFolder | null {
  if (value.kind !== 'call' || value.callee.kind !== 'name' || value.args[0]?.value.kind !== 'string') return null;
  const { name } = value.callee;
  const kind = (['pictures', 'masks', 'values'] as const).find((k) => pairedWords[k] === name);
  return kind ? { kind, path: value.args[0].value.value } : null;
}

/** The input that gets the pictures that an encoder reads for a condition. */
function pictureName(input: string): string {
  return `${input}_picture`;
}

/** The name of the input that is fed from files for a given, and these files; null for a given without any. */
export function fedFrom(name: string, value: Expression): { readonly fed: string; readonly from: PairedFolder } | null {
  const picture = encodeCall(value)?.picture;
  const from = pairedFolder(picture ?? value);
  return from && { fed: picture ? pictureName(name) : name, from };
}

export interface FedCondition {
  readonly from: PairedFolder;
  /** The name of the condition; the input that is fed may have another, if an encoder is between them. */
  readonly condition: string;
}

/** The files that inputs are fed from, by the name of the input. */
export function pairedFolders(givens: Givens = {}): ReadonlyMap<string, FedCondition> {
  const found = Object.entries(givens).map(([name, text]) => {
    const fed = fedFrom(name, parseGiven(name, text).value);
    return fed && ([fed.fed, { from: fed.from, condition: name }] as const);
  });
  return new Map(found.filter((f) => f !== null));
}

/** The text of a given with its paths changed. */
export function withPaths(text: string, change: (path: string) => string): string {
  const { value } = parseGiven('', text);
  const encode = encodeCall(value);
  const from = pairedFolder(encode?.picture ?? value);
  const changed = from ? writtenPair({ ...from, path: change(from.path) }) : null;
  if (!encode) return changed ?? text;
  const { span } = encode.model;
  const model = span.source.text.slice(span.start, span.end);
  const picture = encode.picture.span.source.text.slice(encode.picture.span.start, encode.picture.span.end);
  const declarations = text.slice(givenExpression(text).length);
  return (
    writtenEncode({
      picture: changed ?? picture,
      model,
      weights: isPackaged(encode.weights) ? encode.weights : change(encode.weights),
    }) + declarations
  );
}

/** The text that recipes keep for files. */
export function writtenPair({ kind, path }: PairedFolder): string {
  return `${pairedWords[kind]}(${quote(path)})`;
}

/** The text that recipes keep for an encoder, without the declarations of its model. */
export function writtenEncode(parts: {
  readonly picture: string;
  readonly model: string;
  readonly weights: string;
}): string {
  const weights = isPackaged(parts.weights) ? parts.weights : quote(parts.weights);
  return `encode(${parts.picture}, ${parts.model}, weights: ${weights})`;
}
