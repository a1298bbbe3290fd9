/** Attention with an optional mask and bias, and with fewer heads of keys and values than of queries if they are shared. */
// Tested by test/compiler/lower/words/attention.test.ts.
import { mulDims, type Dim, type Shape } from '../ir/dims';
import type { Value } from '../ir/graph';
import { attention, biasedAttention, maskedAttention } from '../ops/attention';
import { asShape } from '../ops/broadcasting';
import { select } from '../ops/elementwise';
import { broadcastTo } from '../ops/movement';
import { hiddenScore } from '../ops/numerics';
import type { Context } from './context';
import { irShape, withBatch, withRank } from './tensors';
import { tensorValue, type TensorValue } from './values';

/** Queries [heads, n, e], keys [groups, m, e] and values [groups, m, f], each after any leading axes; `groups` divides `heads`. */
export interface Attending {
  readonly q: TensorValue;
  readonly k: TensorValue;
  readonly v: TensorValue;
  readonly scale: number;
  /** A mask of true and false: whether a query sees a key. Broadcast to the scores [heads, n, m]. */
  readonly seen: TensorValue | null;
  /** Numbers that are added to the scores, broadcast to them. */
  readonly bias: TensorValue | null;
}

/** Heads that share keys become more queries of one head. This is only a reshape, and one op then serves all forms of attention. */
export function attended(ctx: Context, { q, k, v, scale, seen, bias }: Attending): TensorValue {
  const batched = [q, k, v, seen, bias].some((t) => t?.batched);
  const value = (t: TensorValue): Value => (batched ? withBatch(ctx, t) : t.value);
  const groups = sharedHeads(q.shape, k.shape);
  const [queries, keys, values] = [foldedHeads(ctx, q, groups), k, v].map(value);
  const beside = (t: TensorValue): Value => {
    const folded = groups === null ? t : foldedScores(ctx, t, q.shape, groups);
    return withRank(ctx, folded, q.shape.length);
  };
  const attend = (): Value => {
    if (bias === null && seen === null) return attention(queries, keys, values, { scale });
    if (bias === null) return maskedAttention(queries, keys, values, beside(seen!), { scale });
    const added = seen ? select(beside(seen), beside(bias), hiddenScore('f32')) : beside(bias);
    return biasedAttention(queries, keys, values, added, { scale });
  };
  const shape = [...q.shape.slice(0, -1), v.shape[v.shape.length - 1]];
  return tensorValue(asShape(attend(), irShape(ctx, shape, batched)), batched);
}

/** How many heads the keys have, and how many heads of queries share each of these. */
interface SharedHeads {
  readonly keys: number;
  readonly each: number;
}

/** Null if every head of queries has its own keys. */
function sharedHeads(q: Shape, k: Shape): SharedHeads | null {
  const [heads, keys] = [q, k].map((shape) => shape[shape.length - 3]);
  if (typeof heads !== 'number' || typeof keys !== 'number' || heads === keys) return null;
  return { keys, each: heads / keys };
}

/** [heads, n, e] as [keys, each · n, e]. */
function foldedHeads(ctx: Context, q: TensorValue, groups: SharedHeads | null): TensorValue {
  if (groups === null) return q;
  const [n, e] = q.shape.slice(-2);
  return reshaped(ctx, q, [...q.shape.slice(0, -3), groups.keys, mulDims(groups.each, n), e]);
}

/** Turns a tensor that broadcasts to the scores [heads, n, m] into one that broadcasts to [keys, each · n, m]. */
function foldedScores(ctx: Context, t: TensorValue, q: Shape, { keys, each }: SharedHeads): TensorValue {
  const n = q[q.length - 2];
  const ones = Array.from<Dim>({ length: Math.max(0, 3 - t.shape.length) }).fill(1);
  const [heads, rows, columns] = [...ones, ...t.shape].slice(-3);
  const lead = t.shape.slice(0, -3);
  if (heads === 1 && rows === 1) return t;
  const [outer, inner] = heads === 1 ? [1, 1] : [keys, each];
  const parted = reshaped(ctx, t, [...lead, outer, inner, rows, columns]);
  const whole = [...lead, outer, each, n, columns];
  const repeated = tensorValue(broadcastTo(parted.value, { shape: irShape(ctx, whole, t.batched) }), t.batched);
  return reshaped(ctx, repeated, [...lead, outer, mulDims(each, n), columns]);
}

function reshaped(ctx: Context, t: TensorValue, shape: Shape): TensorValue {
  return tensorValue(asShape(t.value, irShape(ctx, shape, t.batched)), t.batched);
}
