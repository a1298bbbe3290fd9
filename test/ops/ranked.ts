/** Every op at every rank: its samples lifted to tensors of one to nine axes, with each way of broadcasting. */
import type { Value } from '../../src/compiler/ir/graph';
import { ops, type OpName } from '../../src/compiler/ops/index';
import type { Sample, SampleInput } from './samples';

/** An op's applications to tensors of `rank` axes; none where the op knows one rank only. */
type Lift = (rank: number) => readonly Sample[];

type Shape = readonly number[];

/** Sizes 2, 3, 2, 2, 3 …: no two neighbours that could stand in for one another throughout. */
const sizes = [2, 3, 2, 2, 3, 2, 2, 2, 2];
const full = (rank: number): Shape => sizes.slice(0, rank);
/** Size 1 at every second axis, beginning with the first or the second. */
const even = (rank: number): Shape => full(rank).map((d, i) => (i % 2 === 0 ? 1 : d));
const odd = (rank: number): Shape => full(rank).map((d, i) => (i % 2 === 1 ? 1 : d));
const firstOnly = (rank: number): Shape => full(rank).map((d, i) => (i === 0 ? d : 1));
const lastOnly = (rank: number): Shape => full(rank).map((d, i) => (i === rank - 1 ? d : 1));
/** Nothing at all along one axis. */
const empty = (rank: number): Shape => full(rank).with(rank >> 1, 0);

const f32 = (shape: Shape, low = -1, high = 1): SampleInput => ({ shape, low, high });
const i32 = (shape: Shape, low = -5, high = 6): SampleInput => ({ shape, dtype: 'i32', low, high });
const bool = (shape: Shape): SampleInput => ({ shape, dtype: 'bool' });
const of = (inputs: readonly SampleInput[], apply: Sample['apply']): Sample => ({ inputs, apply });

function unary(op: (x: Value) => Value, low = -1, high = 1, make: typeof f32 = f32): Lift {
  return (rank) => [full, even, odd, empty].map((shape) => of([make(shape(rank), low, high)], op));
}

/** Each operand repeated along other axes than the other one; a shorter one; one value for both. */
function binary(op: (a: Value, b: Value) => Value, low = -1, high = 1, make: typeof f32 = f32): Lift {
  return (rank) => {
    const pairs: [Shape, Shape][] = [
      [full(rank), full(rank)],
      [full(rank), even(rank)],
      [odd(rank), full(rank)],
      [even(rank), odd(rank)],
      [firstOnly(rank), lastOnly(rank)],
      [full(rank).slice(1), full(rank)],
      [full(rank), []],
      [empty(rank), odd(rank).with(rank >> 1, 1)],
    ];
    const shared = of([make(full(rank), low, high)], (x) => op(x, x));
    return [...pairs.map(([a, b]) => of([make(a, low, high), make(b, low, high)], op)), shared];
  };
}

function together(...lifts: readonly Lift[]): Lift {
  return (rank) => lifts.flatMap((lift) => lift(rank));
}

const ints = (low = -5, high = 6) => [low, high, i32] as const;
const bools = [0, 1, bool as typeof f32] as const;

/** Reversed; two by two; the first axis last; all axes far from where they were. */
function permutations(rank: number): number[][] {
  const axes = Array.from({ length: rank }, (_, i) => i);
  const swapped = axes.map((i) => (i % 2 === 0 ? Math.min(i + 1, rank - 1) : i - 1));
  const sieve = [...axes.filter((i) => i % 2 === 1), ...axes.filter((i) => i % 2 === 0)];
  const all = [axes.toReversed(), [...axes.slice(1), 0], sieve, ...(rank % 2 === 0 ? [swapped] : [])];
  return all.filter((perm) => perm.length > 0);
}

function reduction(
  op: (x: Value, attrs: { axes: number[]; keepDims?: boolean }) => Value,
  make: typeof f32 = f32,
): Lift {
  return (rank) => {
    const axes = Array.from({ length: rank }, (_, i) => i);
    const chosen = [axes, [0], [rank - 1], axes.filter((i) => i % 2 === 0), axes.filter((i) => i % 2 === 1), []];
    return chosen.flatMap((over) => [
      of([make(full(rank))], (x) => op(x, { axes: over })),
      of([make(odd(rank))], (x) => op(x, { axes: over, keepDims: true })),
    ]);
  };
}

function norm(op: (x: Value, ...weights: Value[]) => Value, weights: number): Lift {
  return (rank) => {
    const shapes = rank < 1 ? [] : [full(rank), odd(rank), even(rank)];
    return shapes.map((shape) => of([f32(shape), ...Array.from({ length: weights }, () => f32(shape.slice(-1)))], op));
  };
}

/** Leading axes before those that an op is about, which are `own`. */
const lead = (rank: number, ...own: number[]): Shape => [...full(rank - own.length), ...own];
const oneLead = (rank: number, ...own: number[]): Shape => [...even(rank - own.length), ...own];
const otherLead = (rank: number, ...own: number[]): Shape => [...odd(rank - own.length), ...own];

const matmuls: Lift = (rank) => {
  if (rank < 2) return [];
  const product = (ta: boolean, tb: boolean, left: typeof lead, right: typeof lead): Sample =>
    of([f32(ta ? left(rank, 3, 2) : left(rank, 2, 3)), f32(tb ? right(rank, 4, 3) : right(rank, 3, 4))], (a, b) =>
      ops.matmul(a, b, { transposeA: ta, transposeB: tb }),
    );
  return [
    product(false, false, lead, lead),
    product(true, false, lead, oneLead),
    product(false, true, otherLead, lead),
    product(true, true, oneLead, otherLead),
    of([f32(lead(rank, 3, 3))], (x) => ops.matmul(x, x)),
    of([f32(lead(rank, 2, 3))], (x) => ops.matmul(x, x, { transposeB: true })),
    // One tensor read under two shapes, by either operand.
    of([f32([8])], (x) => {
      const [wide, long] = [ops.reshape(x, { shape: [2, 4] }), ops.reshape(x, { shape: [1, 8] })];
      const columns = ops.matmul(ops.reshape(ops.reduceSum(x, { axes: [0], keepDims: true }), { shape: [1, 1] }), long);
      return ops.add(
        ops.matmul(ops.matmul(wide, wide, { transposeB: true }), wide),
        ops.reshape(columns, { shape: [2, 4] }),
      );
    }),
  ];
};

const attentions: Lift = (rank) => {
  if (rank < 2) return [];
  const scale = 0.5;
  return [
    of([f32(lead(rank, 3, 4)), f32(lead(rank, 5, 4)), f32(lead(rank, 5, 2))], (q, k, v) =>
      ops.attention(q, k, v, { scale }),
    ),
    of([f32(lead(rank, 3, 4)), f32(oneLead(rank, 5, 4)), f32(oneLead(rank, 5, 2))], (q, k, v) =>
      ops.attention(q, k, v, { scale }),
    ),
    of([f32(lead(rank, 3, 4))], (x) => ops.attention(x, x, x, { scale })),
    of([f32(lead(rank, 3, 4))], (x) => {
      const y = ops.mul(x, 0.8);
      return ops.attention(y, y, y, { scale: -0.7 });
    }),
  ];
};

type BesideScores = typeof ops.maskedAttention | typeof ops.biasedAttention;

function attentionsBeside(attention: BesideScores, make: typeof f32): Lift {
  return (rank) => {
    if (rank < 2) return [];
    const scale = 0.5;
    const operands = [f32(lead(rank, 3, 4)), f32(lead(rank, 5, 4)), f32(lead(rank, 5, 2))];
    return [lead(rank, 3, 5), oneLead(rank, 1, 5), [3, 5], lead(rank, 1, 5)].map((shape) =>
      of([...operands, make(shape)], (q, k, v, beside) => attention(q, k, v, beside, { scale })),
    );
  };
}

const pads: Lift = (rank) => {
  const zeros = full(rank).map(() => 0);
  const some = zeros.map((_, i) => (i % 2 === 0 ? 1 : 0));
  const pad = (before: number[], after: number[], make: typeof f32): Sample =>
    of([make(full(rank))], (x) => ops.pad(x, { before, after }));
  return [
    pad(zeros, zeros.with(-1, 1), f32),
    pad(some, zeros, f32),
    pad(
      zeros.map(() => 1),
      some,
      f32,
    ),
    pad(some, zeros, i32),
    of([f32(empty(rank))], (x) => ops.pad(x, { before: some, after: zeros.map(() => 1) })),
  ];
};

const slices: Lift = (rank) => {
  const whole = full(rank);
  const cut = (start: number[], size: readonly number[], make: typeof f32): Sample =>
    of([make(whole)], (x) => ops.slice(x, { start, size }));
  const zeros = whole.map(() => 0);
  return [
    cut(zeros, whole, f32),
    cut(zeros.with(-1, 1), whole.with(-1, whole[rank - 1] - 1), f32),
    cut(zeros.with(0, 1), whole.with(0, 1), i32),
    cut(
      zeros.map(() => 1),
      whole.map(() => 1),
      f32,
    ),
    cut(
      zeros.map((_, i) => (i % 2 === 0 ? 1 : 0)),
      whole.map((d, i) => (i % 2 === 0 ? d - 1 : d)),
      f32,
    ),
    cut(
      zeros,
      whole.map(() => 0),
      f32,
    ),
    of([bool(whole)], (x) => ops.slice(x, { start: zeros.map(() => 1), size: whole.map(() => 1) })),
  ];
};

const concats: Lift = (rank) =>
  [0, rank >> 1, rank - 1].flatMap((axis) => [
    of([f32(full(rank)), f32(full(rank).with(axis, 1))], (a, b) => ops.concat([a, b], { axis })),
    of([i32(full(rank)), i32(full(rank))], (a, b) => ops.concat([a, b], { axis })),
    of([f32(full(rank)), f32(full(rank).with(axis, 0))], (a, b) => ops.concat([a, b], { axis })),
    of([f32(full(rank))], (x) => ops.concat([x, x, ops.neg(x)], { axis })),
    of([bool(full(rank)), bool(full(rank))], (a, b) => ops.concat([a, b], { axis })),
  ]);

const broadcasts: Lift = (rank) => {
  const to = full(rank);
  return [even(rank), odd(rank), firstOnly(rank), lastOnly(rank), [], to, to.slice(1)].flatMap((shape) => [
    of([f32(shape)], (x) => ops.broadcastTo(x, { shape: to })),
    of([i32(shape)], (x) => ops.broadcastTo(x, { shape: to })),
    of([bool(shape)], (x) => ops.broadcastTo(x, { shape: to })),
  ]);
};

const selects: Lift = (rank) => {
  const shapes: [Shape, Shape, Shape][] = [
    [full(rank), full(rank), full(rank)],
    [even(rank), odd(rank), full(rank)],
    [firstOnly(rank), lastOnly(rank), odd(rank)],
    [full(rank), [], []],
    [[], full(rank), even(rank)],
    [full(rank).slice(1), firstOnly(rank), full(rank)],
  ];
  return [f32, i32, bool as typeof f32].flatMap((make) =>
    shapes.map(([c, a, b]) => of([bool(c), make(a), make(b)], (p, x, y) => ops.select(p, x, y))),
  );
};

const casts: Lift = (rank) => {
  const shape = full(rank);
  return [
    of([f32(shape, -3, 3)], (x) => ops.cast(x, { dtype: 'i32' })),
    of([f32(shape, -3, 3)], (x) => ops.cast(x, { dtype: 'bool' })),
    of([i32(shape, -2, 3)], (x) => ops.cast(x, { dtype: 'f32' })),
    of([i32(shape, -2, 3)], (x) => ops.cast(x, { dtype: 'bool' })),
    of([bool(shape)], (x) => ops.cast(x, { dtype: 'f32' })),
    of([bool(shape)], (x) => ops.cast(x, { dtype: 'i32' })),
  ];
};

const reshapes: Lift = (rank) => [
  of([f32(full(rank))], (x) => ops.reshape(x, { shape: full(rank).toReversed() })),
  of([i32(odd(rank))], (x) =>
    ops.reshape(x, { shape: [1, ...odd(rank).toReversed()].slice(0, Math.max(rank, 1) + 1) }),
  ),
  of([bool(full(rank))], (x) => ops.reshape(x, { shape: [full(rank).reduce((a, b) => a * b, 1)] })),
  of([f32(empty(rank))], (x) => ops.reshape(x, { shape: empty(rank).toReversed() })),
];

const transposes: Lift = (rank) =>
  permutations(rank).flatMap((perm) =>
    [f32(full(rank)), f32(even(rank)), i32(full(rank)), bool(full(rank)), f32(empty(rank))].map((x) =>
      of([x], (v) => ops.transpose(v, { perm })),
    ),
  );

const gathers: Lift = (rank) => [
  of([f32([4, ...full(rank - 1)]), i32([2, 2], 0, 4)], (table, at) => ops.gather(table, at)),
  of([f32([4, 3]), i32(full(rank), 0, 4)], (table, at) => ops.gather(table, at)),
  of([i32([4]), i32(full(rank), 0, 4)], (table, at) => ops.gather(table, at)),
  of([f32([4, ...full(rank - 1)]), i32([], 0, 4)], (table, at) => ops.gather(table, at)),
];

const scatters: Lift = (rank) => [
  of([i32(full(rank), 0, 3), f32(full(rank))], (at, x) => ops.scatterAdd(at, x, { rows: 3 })),
  of([i32([2], 0, 3), f32([2, ...full(rank - 1)])], (at, x) => ops.scatterAdd(at, x, { rows: 3 })),
];

const upsamples: Lift = (rank) =>
  rank < 2 ? [] : [f32, i32].map((make) => of([make(full(rank))], (x) => ops.upsample(x, { factor: 2 })));

const ropes: Lift = (rank) =>
  rank < 2
    ? []
    : [lead, otherLead].map((shape) =>
        of([f32(shape(rank, 3, 4)), f32([3, 2]), f32([3, 2])], (x, c, s) => ops.rope(x, c, s)),
      );

const groupNorms: Lift = (rank) =>
  rank < 2
    ? []
    : [
        of([f32([2, 4, ...full(rank - 2)]), f32([4]), f32([4])], (x, w, b) =>
          ops.groupNorm(x, w, b, { groups: 2, eps: 1e-5 }),
        ),
      ];

const linears: Lift = (rank) =>
  [lead, otherLead].map((shape) => of([f32(shape(rank, 3)), f32([4, 3])], (x, w) => ops.linear(x, w)));

const bases: Lift = (rank) =>
  rank < 2 ? [] : [lead, otherLead].map((shape) => of([f32(shape(rank, 4, 3))], (x) => ops.orthonormal(x)));

const none: Lift = () => [];

/** Total over the ops: one that is missing does not compile. */
export const ranked: { readonly [K in OpName]: Lift } = {
  add: together(
    binary((a, b) => ops.add(a, b)),
    binary((a, b) => ops.add(a, b), ...ints()),
  ),
  sub: together(
    binary((a, b) => ops.sub(a, b)),
    binary((a, b) => ops.sub(a, b), ...ints()),
  ),
  mul: together(
    binary((a, b) => ops.mul(a, b)),
    binary((a, b) => ops.mul(a, b), ...ints()),
  ),
  div: binary((a, b) => ops.div(a, b), 0.5, 2),
  pow: binary((a, b) => ops.pow(a, b), 0.5, 2),
  maximum: together(
    binary((a, b) => ops.maximum(a, b)),
    binary((a, b) => ops.maximum(a, b), ...ints()),
  ),
  minimum: together(
    binary((a, b) => ops.minimum(a, b)),
    binary((a, b) => ops.minimum(a, b), ...ints()),
  ),
  neg: together(
    unary((x) => ops.neg(x)),
    unary((x) => ops.neg(x), ...ints()),
  ),
  abs: together(
    unary((x) => ops.abs(x)),
    unary((x) => ops.abs(x), ...ints()),
  ),
  sign: together(
    unary((x) => ops.sign(x)),
    unary((x) => ops.sign(x), ...ints()),
  ),
  floor: unary((x) => ops.floor(x), -3, 3),
  square: together(
    unary((x) => ops.square(x)),
    unary((x) => ops.square(x), ...ints()),
  ),
  reciprocal: unary((x) => ops.reciprocal(x), 0.5, 2),
  sqrt: unary((x) => ops.sqrt(x), 0.5, 2),
  rsqrt: unary((x) => ops.rsqrt(x), 0.5, 2),
  exp: unary((x) => ops.exp(x)),
  log: unary((x) => ops.log(x), 0.5, 2),
  sin: unary((x) => ops.sin(x), -4, 4),
  cos: unary((x) => ops.cos(x), -4, 4),
  tanh: unary((x) => ops.tanh(x), -3, 3),
  sigmoid: unary((x) => ops.sigmoid(x), -5, 5),
  erf: unary((x) => ops.erf(x), -3, 3),
  less: together(
    binary((a, b) => ops.less(a, b)),
    binary((a, b) => ops.less(a, b), ...ints()),
  ),
  lessEqual: together(
    binary((a, b) => ops.lessEqual(a, b)),
    binary((a, b) => ops.lessEqual(a, b), ...ints()),
  ),
  greater: together(
    binary((a, b) => ops.greater(a, b)),
    binary((a, b) => ops.greater(a, b), ...ints()),
  ),
  greaterEqual: together(
    binary((a, b) => ops.greaterEqual(a, b)),
    binary((a, b) => ops.greaterEqual(a, b), ...ints()),
  ),
  equal: together(
    binary((a, b) => ops.equal(a, b), ...ints(0, 2)),
    binary((a, b) => ops.equal(a, b), ...bools),
  ),
  logicalAnd: binary((a, b) => ops.logicalAnd(a, b), ...bools),
  logicalOr: binary((a, b) => ops.logicalOr(a, b), ...bools),
  logicalNot: unary((x) => ops.logicalNot(x), ...bools),
  select: selects,
  cast: casts,
  stopGradient: together(
    unary((x) => ops.stopGradient(x)),
    unary((x) => ops.stopGradient(x), ...ints()),
    unary((x) => ops.stopGradient(x), ...bools),
  ),
  reshape: reshapes,
  transpose: transposes,
  broadcastTo: broadcasts,
  slice: slices,
  pad: pads,
  concat: concats,
  reduceSum: together(reduction(ops.reduceSum), reduction(ops.reduceSum, i32)),
  reduceMean: reduction(ops.reduceMean),
  reduceMax: together(reduction(ops.reduceMax), reduction(ops.reduceMax, i32)),
  matmul: matmuls,
  linear: linears,
  orthonormal: bases,
  axisProduct: (rank) =>
    full(rank).map((size, axis) => of([f32(full(rank)), f32([4, size])], (x, t) => ops.axisProduct(x, t, { axis }))),
  gather: gathers,
  scatterAdd: scatters,
  oneHot: (rank) => [of([i32(full(rank), 0, 3)], (at) => ops.oneHot(at, { depth: 3 }))],
  topIndices: (rank) => [1, 3].map((count) => of([f32(lead(rank, 3))], (x) => ops.topIndices(x, { count }))),
  cumulativeSum: (rank) =>
    [false, true].map((reverse) => of([f32(lead(rank, 3))], (x) => ops.cumulativeSum(x, { reverse }))),
  noise: unary((x) => ops.noise(x)),
  dropout: unary((x) => ops.dropout(ops.square(x), { rate: 0.5, over: 'elements' })),
  randomNormal: none,
  randomUniform: none,
  randomNormalPart: none,
  randomUniformPart: none,
  dimension: (rank) => [of([f32(full(rank))], (x) => ops.mul(x, ops.dimension({ size: 5 })))],
  barrier: (rank) => [of([f32(full(rank)), f32(odd(rank))], (x, event) => ops.mul(ops.barrier(x, event), x))],
  range: (rank) => [of([f32(lead(rank, 4))], (x) => ops.mul(x, ops.range({ count: 4 })))],
  relu: unary((x) => ops.relu(x)),
  silu: unary((x) => ops.silu(x), -4, 4),
  gelu: unary((x) => ops.gelu(x), -4, 4),
  geluTanh: unary((x) => ops.geluTanh(x), -4, 4),
  softplus: unary((x) => ops.softplus(x), -4, 4),
  softmax: (rank) => [full, odd, even].map((shape) => of([f32(shape(rank), -3, 3)], (x) => ops.softmax(x))),
  rmsNorm: norm((x, w) => ops.rmsNorm(x, w, { eps: 1e-2 }), 1),
  layerNorm: norm((x, w, b) => ops.layerNorm(x, w, b, { eps: 1e-2 }), 2),
  attention: attentions,
  maskedAttention: attentionsBeside(ops.maskedAttention, bool),
  biasedAttention: attentionsBeside(ops.biasedAttention, f32),
  rope: ropes,
  conv2d: none,
  conv2dTranspose: none,
  conv2dKernelGradient: none,
  groupNorm: groupNorms,
  upsample: upsamples,
};
