/** Reads event files of TensorBoard by their bytes alone: frames with their sums, and protobuf fields by number. */
import { crc32c } from '../../src/files/crc32c';

/** The records of a file; one that is damaged or cut short is an error. */
export function recordsOf(file: Buffer): Buffer[] {
  const records: Buffer[] = [];
  for (let at = 0; at < file.length;) {
    const length = Number(file.readBigUInt64LE(at));
    const bytes = file.subarray(at + 12, at + 12 + length);
    const sums = [file.readUInt32LE(at + 8), file.readUInt32LE(at + 12 + length)];
    if (unmasked(sums[0]) !== crc32c(file.subarray(at, at + 8)) || unmasked(sums[1]) !== crc32c(bytes))
      throw new Error(`the record at byte ${at} is damaged`);
    records.push(bytes);
    at += 16 + length;
  }
  return records;
}

/** A checksum as it was before `masked`. */
function unmasked(sum: number): number {
  const turned = (sum - 0xa282ead8) >>> 0;
  return ((turned >>> 17) | (turned << 15)) >>> 0;
}

/** A field: its number, and a whole number or bytes. */
export type Field = readonly [number, number | Buffer];

/** The fields of a message, in their order; of four and eight bytes as they are. */
export function fieldsOf(message: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    for (let value = 0, place = 1; ; place *= 128) {
      const byte = message[at++];
      value += (byte & 127) * place;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const [number, type] = [Math.floor(key / 8), key % 8];
    if (type === 0) fields.push([number, varint()]);
    else {
      const length = type === 1 ? 8 : type === 5 ? 4 : varint();
      fields.push([number, message.subarray(at, at + length)]);
      at += length;
    }
  }
  return fields;
}

/** The first field of a number, as the bytes that it holds. */
export function bytesAt(message: Buffer, ...path: readonly number[]): Buffer {
  return path.reduce((inner, number) => {
    const value = fieldsOf(inner).find(([n]) => n === number)?.[1];
    if (!Buffer.isBuffer(value)) throw new Error(`no field ${number} with bytes`);
    return value;
  }, message);
}
