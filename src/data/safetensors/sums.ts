/** Checksums of tensors in a file's metadata. Files written by Weft are checked against them when they are read; others have none. */
// Tested by test/data/safetensors.test.ts.
import { createHash } from 'node:crypto';
import { isTextRecord } from '../../files/record';

/** The metadata key of the checksums. */
const key = 'weft_sums';

export type TensorSums = { readonly [tensor: string]: string };

/** The first half of the SHA-256 of a tensor's bytes as stored, in hexadecimal. */
export function sumOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex').slice(0, 32);
}

export function sumsMetadata(sums: TensorSums): { readonly [key]: string } {
  return { [key]: JSON.stringify(sums) };
}

type Metadata = { readonly [name: string]: string };

/** The checksums in a file's metadata, and the other metadata. Checksums that cannot be read count as absent. */
export function splitSums({ [key]: text, ...others }: Metadata): {
  readonly sums: TensorSums;
  readonly others: Metadata;
} {
  try {
    const found: unknown = JSON.parse(text ?? '{}');
    return { sums: isTextRecord(found) ? found : {}, others };
  } catch {
    return { sums: {}, others };
  }
}
