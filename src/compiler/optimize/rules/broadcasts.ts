/** Rules of broadcasting: elementwise ops broadcast their operands, so most explicit broadcasts are not needed. */
// Tested by test/compiler/optimize/rules/rules.test.ts.
import type { Shape } from '../../ir/dims';
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

/** Applies an op before its operand is repeated, and then repeats the result. */
const last: readonly Rewrite[] = [
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

/** Drops a broadcast if the other operand alone gives the result its shape: the op then broadcasts by itself. */
const implicit: readonly Rewrite[] = binaries.flatMap((op) => [
  rewrite(`implicit-broadcast-left-of-${op.opName}`, 'broadcast(a) ∘ b = a ∘ b where the shape stays.', {
    match: ({ a, b }, { shape }) => op(broadcastTo(a, { shape }), b),
    replace: ({ a, b }) => op(a, b),
  }),
  rewrite(`implicit-broadcast-right-of-${op.opName}`, 'a ∘ broadcast(b) = a ∘ b where the shape stays.', {
    match: ({ a, b }, { shape }) => op(a, broadcastTo(b, { shape })),
    replace: ({ a, b }) => op(a, b),
  }),
]);

/** The rules that apply an op before repeating come first: they save work, while dropping a broadcast only saves memory. */
export const broadcastRules: readonly Rewrite[] = [...last, ...implicit];
