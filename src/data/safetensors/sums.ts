/** Checksums of tensors in a file's metadata: files of Weft's own are held to them when they are read, others have none. */
// Tested by test/data/safetensors.test.ts.
import { createHash } from 'node:crypto';
import { isTextRecord } from '../../files/record';

/** Name of the metadata that holds them. */
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

/** The sums that a file has of its tensors, and the rest of its metadata. Sums that cannot be read are none. */
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
