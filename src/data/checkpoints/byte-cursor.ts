/** Reads the numbers and strings of a pickle from its bytes, one after another. */
// Tested by test/data/checkpoints/pickle.test.ts.
import { FileProblem, Truncated } from './problem';

const text = new TextDecoder('utf-8', { fatal: true });

/** The longest integer that is read, in bytes; reading a longer one takes time that grows with its square. */
const longestInteger = 1024;

export class ByteCursor {
  private readonly view: DataView;

  constructor(
    private readonly data: Uint8Array,
    /** The position of the next byte. */
    public at = 0,
  ) {
    this.view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  }

  u8(): number {
    return this.data[this.advance(1)];
  }

  u16(): number {
    return this.view.getUint16(this.advance(2), true);
  }

  u32(): number {
    return this.view.getUint32(this.advance(4), true);
  }

  i32(): number {
    return this.view.getInt32(this.advance(4), true);
  }

  /** An unsigned length of 64 bits. */
  u64(): number {
    const value = this.view.getBigUint64(this.advance(8), true);
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw new FileProblem(`it claims a length of ${value} bytes`);
    return Number(value);
  }

  /** Big-endian, as pickles store floats. */
  f64(): number {
    return this.view.getFloat64(this.advance(8), false);
  }

  bytes(length: number): Uint8Array {
    const start = this.advance(length);
    return this.data.subarray(start, start + length);
  }

  /** Little-endian two's complement; beyond 2⁵³ a bigint. */
  integer(length: number): number | bigint {
    if (length > longestInteger) throw new FileProblem(`it holds a whole number of ${length} bytes`);
    let value = 0n;
    const bytes = this.bytes(length);
    for (let i = length - 1; i >= 0; i--) value = (value << 8n) | BigInt(bytes[i]);
    if (length > 0 && bytes[length - 1] & 0x80) value -= 1n << BigInt(8 * length);
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  utf8(length: number): string {
    const bytes = this.bytes(length);
    try {
      return text.decode(bytes);
    } catch {
      throw new FileProblem('it holds text that is not UTF-8');
    }
  }

  latin1(length: number): string {
    return Buffer.from(this.bytes(length)).toString('latin1');
  }

  /** Text up to a line feed, which is skipped. */
  line(): string {
    const end = this.data.indexOf(10, this.at);
    if (end < 0) throw new Truncated();
    const line = this.utf8(end - this.at);
    this.at = end + 1;
    return line;
  }

  private advance(length: number): number {
    const start = this.at;
    if (start + length > this.data.length) throw new Truncated();
    this.at += length;
    return start;
  }
}
