/** Shares variables out to calls of a session: one call for each costs a graph of its own, one for all may not fit into memory. */

/** Runs of items of about `bytes` each, an element taking four bytes. */
export function chunksBySize<T>(items: readonly T[], shapeOf: (item: T) => readonly number[], bytes: number): T[][] {
  const out: T[][] = [];
  let room = 0;
  for (const item of items) {
    if (room <= 0) {
      out.push([]);
      room = bytes;
    }
    out[out.length - 1].push(item);
    room -= 4 * shapeOf(item).reduce((a, b) => a * b, 1);
  }
  return out;
}
