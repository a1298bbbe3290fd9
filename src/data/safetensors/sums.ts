/** Checksums of tensors and of the header in a file's metadata. Files written by Weft are checked against them when they are read; others have none. */
// Tested by test/data/safetensors.test.ts.
import { createHash } from 'node:crypto';
import { isTextRecord } from '../../files/record';
import { textSum } from '../../files/checksums';
import type { Header, StoredTensor } from './header';
import { parseNote } from './note';

/** The metadata key of the checksums of tensors. */
const key = 'weft_sums';
/** The metadata key of those of the header, which version 0.1.0 did not write. */
const headerKey = 'weft_header';

export type TensorSums = { readonly [tensor: string]: string };

/** The first half of the SHA-256 of a tensor's bytes as stored, in hexadecimal. */
export function sumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

type Metadata = { readonly [name: string]: string };

/** The tensors of a header, whatever their places in the file. */
type Described = ReadonlyMap<string, Pick<StoredTensor, 'dtype' | 'shape'>>;

/** A file's metadata with the checksums of its tensors' bytes, and with those of its header. */
export function withSums(metadata: Metadata, tensors: Described, sums: TensorSums): Metadata {
  const all = { ...metadata, [key]: JSON.stringify(sums) };
  return { ...all, [headerKey]: JSON.stringify({ tensors: tensorsSum(tensors), metadata: metadataSum(all) }) };
}

/** What of a header is not as it was written; null for all of it, and for a header without a checksum of its own. */
export function changeOf({ metadata, tensors }: Header, sums: TensorSums): 'tensors' | 'metadata' | null {
  if (!Object.hasOwn(metadata, headerKey)) return null;
  const written = textsIn(metadata[headerKey]);
  // Tensors without a checksum were added later, and are judged as those of other programs.
  const own = new Map([...tensors].filter(([name]) => Object.hasOwn(sums, name)));
  if (own.size > 0 && written.tensors !== undefined && written.tensors !== tensorsSum(own)) return 'tensors';
  return written.metadata === metadataSum(metadata) ? null : 'metadata';
}

function metadataSum({ [headerKey]: _, ...others }: Metadata): string {
  return sumOfLists(Object.entries(others));
}

function tensorsSum(tensors: Described): string {
  return sumOfLists([...tensors].map(([name, { dtype, shape }]) => [name, dtype, ...shape]));
}

/** A checksum of lists that begin with a name, in whatever order they come. */
function sumOfLists(lists: readonly (readonly [string, ...unknown[]])[]): string {
  return textSum(JSON.stringify([...lists].sort(([a], [b]) => (a < b ? -1 : 1)))).slice(0, 32);
}

/** The checksums of tensors in a file's metadata, and the metadata without checksums. Those that cannot be read count as absent. */
export function splitSums({ [key]: text, [headerKey]: _, ...others }: Metadata): {
  readonly sums: TensorSums;
  readonly others: Metadata;
} {
  return { sums: textsIn(text), others };
}

/** The table in a text; an empty one where it holds something else. */
function textsIn(text = '{}'): { readonly [name: string]: string | undefined } & TensorSums {
  try {
    const found: unknown = parseNote(text);
    return isTextRecord(found) ? found : {};
  } catch {
    return {};
  }
}
