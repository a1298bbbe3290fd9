/** Finds which inputs of a program are indices into tables, such as labels and tokens, and how many rows those tables have. */
// Tested by test/backends/labels.test.ts.
import { rootsOf, topological, type Program, type Value } from '../compiler/ir/graph';
import { is } from '../compiler/ops/define';
import { gather, oneHot } from '../compiler/ops/indexing';
import { concat, slice, reshape, broadcastTo } from '../compiler/ops/movement';
import { select } from '../compiler/ops/elementwise';

const known = new WeakMap<Program, ReadonlyMap<Value, number>>();

/** For every input that indexes a table, also after it was joined with other numbers, the row count of the smallest such table. */
export function indexBounds(program: Program): ReadonlyMap<Value, number> {
  const found = known.get(program) ?? boundsOf(program);
  known.set(program, found);
  return found;
}

/** Walks from the last users back to the inputs: the operands of an op get the bound of its result. */
function boundsOf(program: Program): Map<Value, number> {
  const bounds = new Map<Value, number>();
  const bound = (v: Value, rows: unknown): void => {
    if (v.dtype === 'i32' && typeof rows === 'number') bounds.set(v, Math.min(rows, bounds.get(v) ?? Infinity));
  };
  for (const v of topological(rootsOf(program)).toReversed()) {
    if (is(v, gather)) bound(v.inputs[1], v.inputs[0].shape[0]);
    if (is(v, oneHot)) bound(v.inputs[0], v.attrs.depth);
    if (handsOn(v)) for (const x of v.inputs) bound(x, bounds.get(v));
  }
  return new Map([...bounds].filter(([v]) => v.leaf?.kind === 'input'));
}

/** Whether an op passes whole numbers on unchanged. */
function handsOn(v: Value): boolean {
  return is<object>(v, concat, slice, reshape, broadcastTo, select);
}
