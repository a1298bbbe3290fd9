/** Adds up the cotangents that the users of a value send back to it. */
// Tested by test/compiler/autodiff/gradients.test.ts.
import { addDims, dimsEqual, type Dim } from '../ir/dims';
import type { Value } from '../ir/graph';
import { is } from '../ops/define';
import { add } from '../ops/elementwise';
import { concat, pad } from '../ops/movement';

/**
 * The sum of cotangents of one type. If a value was cut into slices that tile one of its axes, their padded
 * cotangents are concatenated instead of added.
 */
export function accumulate(parts: readonly Value[]): Value {
  const { joined, rest } = joinTiles(parts);
  return [...joined, ...rest].reduce((sum, part) => add(sum, part));
}

/** A padded cotangent: `inner` covers `axis` of the whole from `start`. */
interface Tile {
  readonly part: Value;
  readonly inner: Value;
  readonly axis: number;
  readonly start: Dim;
}

function joinTiles(parts: readonly Value[]): { joined: Value[]; rest: Value[] } {
  const joined: Value[] = [];
  let rest = [...parts];
  for (let row = tiling(rest); row; row = tiling(rest)) {
    const used = new Set(row.map((tile) => tile.part));
    joined.push(
      concat(
        row.map((tile) => tile.inner),
        { axis: row[0].axis },
      ),
    );
    rest = rest.filter((part) => !used.has(part));
  }
  return { joined, rest };
}

/** Two or more tiles that together cover an axis from start to end, in order; null if there are none. */
function tiling(parts: readonly Value[]): Tile[] | null {
  const tiles = parts.flatMap((part) => tileOf(part) ?? []);
  for (const axis of new Set(tiles.map((tile) => tile.axis))) {
    const row: Tile[] = [];
    let end: Dim = 0;
    let next: Tile | undefined;
    const follows = (tile: Tile): boolean => tile.axis === axis && !row.includes(tile) && dimsEqual(tile.start, end);
    while ((next = tiles.find(follows))) {
      row.push(next);
      end = addDims(end, next.inner.shape[axis]);
    }
    if (row.length > 1 && dimsEqual(end, row[0].part.shape[axis])) return row;
  }
  return null;
}

function tileOf(part: Value): Tile | null {
  if (!is(part, pad)) return null;
  const { before, after } = part.attrs;
  const padded = before.flatMap((b, i) => (b === 0 && after[i] === 0 ? [] : [i]));
  if (padded.length !== 1) return null;
  return { part, inner: part.inputs[0], axis: padded[0], start: before[padded[0]] };
}
