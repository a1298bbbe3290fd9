/** Rules of broadcasting: elementwise ops broadcast by themselves, so most explicit broadcasts need not exist. */
import { shapesEqual, type Shape } from '../../ir/dims';
import type { Value } from '../../ir/graph';
import type { Op } from '../../ops/define';
import {
  add,
  cast,
  div,
  exp,
  maximum,
  minimum,
  mul,
  neg,
  rsqrt,
  sigmoid,
  sqrt,
  square,
  sub,
  tanh,
} from '../../ops/elementwise';
import { broadcastTo } from '../../ops/movement';
import { broadcastsTo } from '../../ops/shapes';
import { rewrite, type Rewrite } from '../rewrite';

type Binary = Op<['a', 'b']>;
type Unary = Op<['x']>;
interface Broadcast {
  readonly shape: Shape;
}

const binaries: readonly Binary[] = [add, sub, mul, div, maximum, minimum];
const unaries: readonly Unary[] = [neg, exp, sqrt, rsqrt, square, sigmoid, tanh];

/** Where the other operand has the full shape, the op repeats this one itself. */
export const implicitBroadcast: readonly Rewrite[] = binaries.flatMap((op) => [
  rewrite(`implicit-broadcast-left-of-${op.opName}`, 'broadcast(a) ∘ b = a ∘ b where b has the full shape.', {
    match: ({ a, b }, { shape }) => op(broadcastTo(a, { shape }), b),
    when: ({ a, b }, _, { shape }) => isFull(a, b, shape),
    replace: ({ a, b }) => op(a, b),
  }),
  rewrite(`implicit-broadcast-right-of-${op.opName}`, 'a ∘ broadcast(b) = a ∘ b where a has the full shape.', {
    match: ({ a, b }, { shape }) => op(a, broadcastTo(b, { shape })),
    when: ({ a, b }, _, { shape }) => isFull(b, a, shape),
    replace: ({ a, b }) => op(a, b),
  }),
]);

/** An op on repeated elements is done once and its result repeated. */
export const broadcastLast: readonly Rewrite[] = [
  ...unaries.map((op) =>
    rewrite<Broadcast>(`broadcast-after-${op.opName}`, 'f(broadcast(x)) = broadcast(f(x)).', {
      match: ({ x }, { shape }) => op(broadcastTo(x, { shape })),
      replace: ({ x }, { shape }) => broadcastTo(op(x), { shape }),
    }),
  ),
  ...binaries.map((op) =>
    rewrite<Broadcast>(`broadcast-after-${op.opName}`, 'broadcast(a) ∘ broadcast(b) = broadcast(a ∘ b).', {
      match: ({ a, b }, { shape }) => op(broadcastTo(a, { shape }), broadcastTo(b, { shape })),
      when: ({ a, b }) => broadcastsTo(a.shape, b.shape) || broadcastsTo(b.shape, a.shape) || 'neither is the larger',
      replace: ({ a, b }, { shape }) => broadcastTo(op(a, b), { shape }),
    }),
  ),
  rewrite<Broadcast & { dtype: 'f32' }>('broadcast-after-cast', 'cast(broadcast(x)) = broadcast(cast(x)).', {
    match: ({ x }, { shape, dtype }) => cast(broadcastTo(x, { shape }), { dtype }),
    replace: ({ x }, { shape, dtype }) => broadcastTo(cast(x, { dtype }), { shape }),
  }),
];

function isFull(repeated: Value, other: Value, shape: Shape): true | string {
  const full = shapesEqual(other.shape, shape) && broadcastsTo(repeated.shape, other.shape);
  return full || 'the other operand lacks the full shape';
}
