/** TensorFlow's record files: each record has its length and checksums of both, so that a reader notices a record cut short by a crash. */
import { crc32c } from './crc32c';

/** One record: length (8 bytes), masked checksum of it (4), the bytes, their masked checksum (4); all little-endian. */
export function tfRecord(bytes: Uint8Array): Uint8Array {
  const record = new Uint8Array(bytes.length + 16);
  const view = new DataView(record.buffer);
  view.setBigUint64(0, BigInt(bytes.length), true);
  view.setUint32(8, masked(record.subarray(0, 8)), true);
  record.set(bytes, 12);
  view.setUint32(12 + bytes.length, masked(bytes), true);
  return record;
}

/** A checksum of bytes that may contain checksums themselves: rotated by 15 bits, with a constant added. */
function masked(bytes: Uint8Array): number {
  const sum = crc32c(bytes);
  return (((sum >>> 15) | (sum << 17)) + 0xa282ead8) >>> 0;
}
