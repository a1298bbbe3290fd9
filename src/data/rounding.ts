/** What changes in stored numbers as they become float32, and the note on it. */
// Tested by test/run/load-weights.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import { printable } from '../compiler/diagnostics/printable';

/** The numbers of a tensor that float32 rounds. */
export interface Rounding {
  /** How many. */
  readonly count: number;
  /** The one that changes most, and what it becomes. */
  readonly from: number;
  readonly to: number;
}

/** Numbers as float32, and those that are not what they were. Numbers that become 0 are no part of this. */
export function roundedFloats(values: Float64Array | Int32Array): { data: Float32Array; rounded?: Rounding } {
  const data = new Float32Array(values.length);
  let [count, worst, most] = [0, -1, 0];
  for (let i = 0; i < values.length; i++) {
    data[i] = values[i];
    const change = Math.abs(data[i] - values[i]);
    if (data[i] === 0 || !(change > 0)) continue;
    count++;
    if (change > most) [worst, most] = [i, change];
  }
  return count === 0 ? { data } : { data, rounded: { count, from: values[worst], to: data[worst] } };
}

/** One note for all tensors, by name, of which at least one is rounded. */
export function roundingNote(roundings: ReadonlyMap<string, Rounding>): string {
  const change = ({ from, to }: Rounding): number => Math.abs(to - from);
  const [name, worst] = [...roundings].reduce((a, b) => (change(b[1]) > change(a[1]) ? b : a));
  const count = [...roundings.values()].reduce((sum, r) => sum + r.count, 0);
  return `${counted(count, 'number is', 'numbers are')} rounded to 32-bit floats; the largest change is in "${printable(name)}", from ${worst.from} to ${worst.to}`;
}
