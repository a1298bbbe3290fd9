/** At least one small application of every op: what the conformance test and every backend run. */
import { input, type DType, type Value } from '../../src/compiler/ir/graph';
import { ops, type OpName } from '../../src/compiler/ops/index';

/** One operand: its shape, and what its elements are drawn from. */
export interface SampleInput {
  readonly shape: readonly number[];
  readonly dtype?: Extract<DType, 'f32' | 'i32' | 'bool'>;
  /** Elements lie in [low, high), whole numbers for i32; -1 and 1 by default. */
  readonly low?: number;
  readonly high?: number;
  /** The elements themselves, where chance would not do. */
  readonly data?: readonly number[];
}

export interface Sample {
  readonly inputs: readonly SampleInput[];
  readonly apply: (...operands: Value[]) => Value;
  /** Random draws agree with other backends in law only: shape, moments and repeatability are compared. */
  readonly random?: 'normal' | 'uniform';
  /** Inference programs have no such op: the onnx backend skips the sample. */
  readonly training?: true;
}

/** Leaves for a sample's operands, named x0, x1, … */
export function leavesOf(sample: Sample): Value[] {
  return sample.inputs.map((x, i) => input(`x${i}`, x.shape, x.dtype ?? 'f32'));
}

/** The operands' elements: the same on every call. */
export function elementsOf(
  { shape, dtype = 'f32', low = -1, high = 1, data }: SampleInput,
  seed: number,
): Float64Array {
  if (data) return Float64Array.from(data);
  let state = seed + 1;
  const next = (): number => {
    state = (state * 16807) % 2147483647;
    return state / 2147483647;
  };
  for (let i = 0; i < 10; i++) next();
  const count = shape.reduce((a, b) => a * b, 1);
  return Float64Array.from({ length: count }, () => {
    if (dtype === 'bool') return Number(next() < 0.5);
    const x = low + next() * (high - low);
    return dtype === 'i32' ? Math.floor(x) : Math.fround(x);
  });
}

const f32 = (shape: readonly number[], low = -1, high = 1): SampleInput => ({ shape, low, high });
const bool = (shape: readonly number[]): SampleInput => ({ shape, dtype: 'bool' });
const i32 = (shape: readonly number[], data: readonly number[]): SampleInput => ({ shape, dtype: 'i32', data });
/** Small whole numbers without a pattern. */
const repeated = (n: number): number[] => Array.from({ length: n }, (_, i) => ((i * 7919) % 13) - 6);
const seed = i32([2], [12, 34]);

/** One operand [2, 3] and a scalar, between bounds that keep clear of kinks and poles. */
function unary(op: (x: Value) => Value, low = -1, high = 1): [Sample, Sample] {
  return [
    { inputs: [f32([2, 3], low, high)], apply: op },
    { inputs: [f32([], low, high)], apply: op },
  ];
}

/** Equal shapes, and each way of broadcasting. */
function binary(op: (a: Value, b: Value) => Value, low = -1, high = 1): [Sample, ...Sample[]] {
  const of = (a: readonly number[], b: readonly number[]): Sample => ({
    inputs: [f32(a, low, high), f32(b, low, high)],
    apply: op,
  });
  return [of([2, 3], [2, 3]), of([2, 1, 3], [4, 1]), of([3], [2, 2, 3]), of([], [2, 3])];
}

const normal = { random: 'normal', training: true } as const;
const uniform = { random: 'uniform', training: true } as const;

function sample(inputs: readonly SampleInput[], apply: Sample['apply'], more: Partial<Sample> = {}): Sample {
  return { inputs, apply, ...more };
}

export const samples: { readonly [K in OpName]: readonly [Sample, ...Sample[]] } = {
  add: [...binary((a, b) => ops.add(a, b)), sample([i32([3], [1, -2, 3])], (a) => ops.add(a, 2))],
  sub: binary((a, b) => ops.sub(a, b)),
  mul: [...binary((a, b) => ops.mul(a, b)), sample([f32([2, 3])], (x) => ops.mul(x, x))],
  div: binary((a, b) => ops.div(a, b), 0.5, 2),
  pow: [...binary((a, b) => ops.pow(a, b), 0.5, 2), sample([f32([4])], (x) => ops.pow(x, 3))],
  maximum: [...binary((a, b) => ops.maximum(a, b)), sample([i32([3], [1, -2, 3])], (a) => ops.maximum(a, 2))],
  minimum: binary((a, b) => ops.minimum(a, b)),
  neg: unary((x) => ops.neg(x)),
  abs: unary((x) => ops.abs(x)),
  sign: unary((x) => ops.sign(x), 0.1, 1),
  floor: [sample([{ shape: [4], data: [-1.5, -0.25, 0.5, 2.75] }], (x) => ops.floor(x))],
  square: unary((x) => ops.square(x)),
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
  less: binary((a, b) => ops.less(a, b)),
  lessEqual: [sample([i32([3], [1, 2, 3]), i32([], [2])], (a, b) => ops.lessEqual(a, b))],
  greater: binary((a, b) => ops.greater(a, b)),
  greaterEqual: [sample([i32([3], [1, 2, 3]), i32([], [2])], (a, b) => ops.greaterEqual(a, b))],
  equal: [sample([i32([2, 1], [1, 2]), i32([3], [1, 2, 3])], (a, b) => ops.equal(a, b))],
  logicalAnd: [sample([bool([4, 1]), bool([5])], (a, b) => ops.logicalAnd(a, b))],
  logicalOr: [sample([bool([4, 1]), bool([5])], (a, b) => ops.logicalOr(a, b))],
  logicalNot: [sample([bool([5])], (x) => ops.logicalNot(x))],
  select: [
    sample([bool([2, 3]), f32([2, 3]), f32([2, 3])], (c, a, b) => ops.select(c, a, b)),
    sample([bool([3]), f32([2, 1]), f32([])], (c, a, b) => ops.select(c, a, b)),
    sample([f32([2, 3])], (x) => ops.select(ops.greater(x, 0.1), x, 0)),
  ],
  cast: [
    sample([{ shape: [4], data: [-1.5, 0.5, 2.75, 0] }], (x) => ops.cast(x, { dtype: 'i32' })),
    sample([i32([3], [-1, 0, 2])], (x) => ops.cast(x, { dtype: 'f32' })),
    sample([{ shape: [3], data: [-0.5, 0, 2] }], (x) => ops.cast(x, { dtype: 'bool' })),
    sample([bool([4])], (x) => ops.cast(x, { dtype: 'f32' })),
    sample([f32([3])], (x) => ops.cast(x, { dtype: 'f32' })),
  ],
  stopGradient: [
    sample([i32([3], [1, 2, 3]), f32([3])], (n, x) => ops.mul(ops.stopGradient(ops.cast(n, { dtype: 'f32' })), x)),
  ],
  reshape: [
    sample([f32([2, 3])], (x) => ops.reshape(x, { shape: [3, 1, 2] })),
    sample([f32([1])], (x) => ops.reshape(x, { shape: [] })),
  ],
  transpose: [
    sample([f32([2, 3, 4])], (x) => ops.transpose(x, { perm: [2, 0, 1] })),
    sample([f32([2, 3, 2, 2, 3])], (x) => ops.transpose(x, { perm: [0, 3, 1, 4, 2] })),
    sample([f32([2, 1, 3, 2, 2, 2])], (x) => ops.transpose(x, { perm: [0, 2, 4, 1, 3, 5] })),
  ],
  broadcastTo: [
    sample([f32([2, 1, 3])], (x) => ops.broadcastTo(x, { shape: [2, 4, 3] })),
    sample([f32([3])], (x) => ops.broadcastTo(x, { shape: [2, 2, 3] })),
    sample([f32([])], (x) => ops.broadcastTo(x, { shape: [2, 3] })),
  ],
  slice: [
    sample([f32([3, 4])], (x) => ops.slice(x, { start: [1, 0], size: [2, 4] })),
    sample([f32([3, 4, 2])], (x) => ops.slice(x, { start: [0, 1, 1], size: [3, 2, 1] })),
    sample([f32([2, 6])], (x) => {
      const thirds = [0, 2, 4].map((at) => ops.slice(x, { start: [0, at], size: [2, 2] }));
      return ops.mul(thirds[0], ops.add(thirds[1], ops.square(thirds[2])));
    }),
  ],
  pad: [
    sample([f32([2, 3])], (x) => ops.pad(x, { before: [0, 1], after: [0, 2] })),
    sample([f32([2, 3])], (x) => ops.pad(x, { before: [1, 0], after: [0, 1] })),
  ],
  concat: [
    sample([f32([2, 3]), f32([2, 1])], (a, b) => ops.concat([a, b], { axis: 1 })),
    sample([f32([1, 2]), f32([2, 2]), f32([1, 2])], (a, b, c) => ops.concat([a, b, c], { axis: 0 })),
  ],
  reduceSum: [
    sample([f32([2, 3, 4])], (x) => ops.reduceSum(x, { axes: [0, 2] })),
    sample([f32([2, 3])], (x) => ops.reduceSum(x, { axes: [0], keepDims: true })),
    sample([f32([2, 3, 4])], (x) => ops.reduceSum(x, { axes: [0, 1] })),
    sample([f32([2, 3])], (x) => ops.reduceSum(x, { axes: [0, 1] })),
  ],
  reduceMean: [
    sample([f32([2, 3, 4])], (x) => ops.reduceMean(x, { axes: [0, 2] })),
    sample([f32([2, 3])], (x) => ops.reduceMean(x, { axes: [1], keepDims: true })),
  ],
  reduceMax: [
    sample([f32([2, 3, 4])], (x) => ops.reduceMax(x, { axes: [0, 2] })),
    sample([f32([2, 3])], (x) => ops.reduceMax(x, { axes: [1], keepDims: true })),
  ],
  matmul: [
    sample([f32([2, 3]), f32([3, 4])], (a, b) => ops.matmul(a, b)),
    sample([f32([3, 2]), f32([3, 4])], (a, b) => ops.matmul(a, b, { transposeA: true })),
    sample([f32([2, 3]), f32([4, 3])], (a, b) => ops.matmul(a, b, { transposeB: true })),
    sample([f32([2, 5, 2]), f32([2, 4, 5])], (a, b) => ops.matmul(a, b, { transposeA: true, transposeB: true })),
    sample([f32([2, 1, 2, 3]), f32([1, 3, 3, 2])], (a, b) => ops.matmul(a, b)),
    sample([f32([2, 5, 3]), f32([1, 4, 3])], (a, b) => ops.matmul(a, b, { transposeB: true })),
    // Large enough for a backend to multiply batches one by one.
    sample([i32([2, 96, 128], repeated(24576)), i32([1, 128, 96], repeated(12288))], (a, b) =>
      ops.matmul(ops.cast(a, { dtype: 'f32' }), ops.cast(b, { dtype: 'f32' })),
    ),
  ],
  linear: [
    sample([f32([2, 3]), f32([4, 3])], (x, w) => ops.linear(x, w)),
    sample([f32([2, 2, 3]), f32([4, 3])], (x, w) => ops.linear(x, w)),
    sample([f32([3]), f32([4, 3])], (x, w) => ops.linear(x, w)),
  ],
  orthonormal: [
    sample([f32([4, 4])], (x) => ops.orthonormal(x)),
    sample([f32([2, 7, 5])], (x) => ops.orthonormal(x)),
    sample([f32([3, 1])], (x) => ops.orthonormal(x)),
    // Entries on and below the diagonal that are 0 already, and a negative one above.
    sample([{ shape: [3, 3], data: [2, -3, 1, 0, -4, 2, 0, 0, 5] }], (x) => ops.orthonormal(x)),
  ],
  axisProduct: [
    sample([f32([2, 3, 4]), f32([5, 4])], (x, table) => ops.axisProduct(x, table, { axis: 2 })),
    sample([f32([2, 3, 4]), f32([2, 3])], (x, table) => ops.axisProduct(x, table, { axis: 1 })),
    sample([f32([3]), f32([4, 3])], (x, table) => ops.axisProduct(x, table, { axis: 0 })),
  ],
  gather: [
    sample([f32([4, 3]), i32([2, 2], [3, 0, 3, 1])], (table, at) => ops.gather(table, at)),
    sample([f32([4]), i32([3], [3, 0, 3])], (table, at) => ops.gather(table, at)),
  ],
  scatterAdd: [
    sample([i32([2, 2], [3, 0, 3, 1]), f32([2, 2, 3])], (at, x) => ops.scatterAdd(at, x, { rows: 5 })),
    sample([i32([3], [3, 0, 3]), f32([3])], (at, x) => ops.scatterAdd(at, x, { rows: 4 })),
  ],
  oneHot: [
    sample([i32([2, 2], [2, 0, 3, 1])], (at) => ops.oneHot(at, { depth: 4 })),
    sample([i32([2], [0, 0])], (at) => ops.oneHot(at, { depth: 1 })),
  ],
  randomNormal: [
    sample([seed], (s) => ops.randomNormal(s, { shape: [64, 65] }), normal),
    sample([seed], (s) => ops.randomNormal(s, { shape: [4096], stream: 3 }), normal),
  ],
  randomUniform: [
    sample([seed], (s) => ops.randomUniform(s, { shape: [64, 65] }), uniform),
    sample([seed], (s) => ops.randomUniform(s, { shape: [4096], stream: 3 }), uniform),
  ],
  randomNormalPart: [
    sample([seed, i32([], [2])], (s, part) => ops.randomNormalPart(s, part, { shape: [64, 65], count: 3 }), normal),
    // It begins inside of the four numbers that are drawn together.
    sample(
      [seed, i32([], [1])],
      (s, part) => ops.randomNormalPart(s, part, { shape: [4097], stream: 3, count: 2 }),
      normal,
    ),
  ],
  randomUniformPart: [
    sample([seed, i32([], [2])], (s, part) => ops.randomUniformPart(s, part, { shape: [64, 65], count: 3 }), uniform),
  ],
  topIndices: [
    sample([f32([2, 3, 5])], (x) => ops.topIndices(x, { count: 2 })),
    // Equal elements, all of them, and the whole axis in order.
    sample([{ shape: [2, 6], data: [1, 3, 3, -2, 3, 1, 0, 0, 0, 0, 0, 0] }], (x) => ops.topIndices(x, { count: 4 })),
    sample([f32([7])], (x) => ops.topIndices(x, { count: 7 })),
  ],
  cumulativeSum: [
    sample([f32([2, 3, 4])], (x) => ops.cumulativeSum(x, { reverse: false })),
    sample([f32([5])], (x) => ops.cumulativeSum(x, { reverse: true })),
  ],
  noise: [sample([f32([2, 3])], (like) => ops.noise(like))],
  dropout: [sample([f32([2, 3])], (x) => ops.dropout(ops.square(x), { rate: 0.5, over: 'elements' }))],
  dimension: [sample([f32([3])], (x) => ops.mul(x, ops.dimension({ size: 5 })))],
  barrier: [
    sample([f32([2, 3]), f32([2])], (x, event) => ops.add(ops.barrier(x, event), ops.reduceSum(event, { axes: [0] }))),
  ],
  range: [sample([f32([4])], (x) => ops.mul(x, ops.range({ count: 4 })))],
  relu: unary((x) => ops.relu(x)),
  silu: unary((x) => ops.silu(x), -4, 4),
  gelu: unary((x) => ops.gelu(x), -4, 4),
  geluTanh: unary((x) => ops.geluTanh(x), -4, 4),
  softplus: unary((x) => ops.softplus(x), -4, 4),
  softmax: [sample([f32([2, 3, 4], -3, 3)], (x) => ops.softmax(x)), sample([f32([5], 80, 100)], (x) => ops.softmax(x))],
  rmsNorm: [sample([f32([2, 3, 4]), f32([4])], (x, w) => ops.rmsNorm(x, w, { eps: 1e-6 }))],
  layerNorm: [sample([f32([2, 3, 4]), f32([4]), f32([4])], (x, w, b) => ops.layerNorm(x, w, b, { eps: 1e-6 }))],
  attention: [
    sample([f32([2, 2, 3, 4]), f32([2, 2, 5, 4]), f32([2, 2, 5, 2])], (q, k, v) =>
      ops.attention(q, k, v, { scale: 0.5 }),
    ),
    sample([f32([3, 4]), f32([5, 4]), f32([5, 4])], (q, k, v) => ops.attention(q, k, v, { scale: 0.5 })),
    sample([f32([2, 3, 4])], (x) => ops.attention(x, x, x, { scale: 0.5 })),
  ],
  maskedAttention: [
    sample(
      [
        f32([2, 2, 3, 4]),
        f32([2, 2, 5, 4]),
        f32([2, 2, 5, 4]),
        { shape: [2, 1, 1, 5], dtype: 'bool', data: [1, 1, 0, 1, 0, 1, 0, 0, 0, 0] },
      ],
      (q, k, v, mask) => ops.maskedAttention(q, k, v, mask, { scale: 0.5 }),
    ),
    sample(
      [f32([2, 4]), f32([3, 4]), f32([3, 4]), { shape: [2, 3], dtype: 'bool', data: [1, 0, 1, 0, 0, 0] }],
      (q, k, v, mask) => ops.maskedAttention(q, k, v, mask, { scale: 0.5 }),
    ),
  ],
  biasedAttention: [
    sample([f32([2, 2, 3, 4]), f32([2, 2, 5, 4]), f32([2, 2, 5, 2]), f32([2, 3, 5])], (q, k, v, bias) =>
      ops.biasedAttention(q, k, v, bias, { scale: 0.5 }),
    ),
    sample([f32([2, 2, 3, 4]), f32([2, 2, 5, 4]), f32([2, 2, 5, 2]), f32([2, 1, 1, 5])], (q, k, v, bias) =>
      ops.biasedAttention(q, k, v, bias, { scale: 0.5 }),
    ),
    sample([f32([3, 4]), f32([5, 4]), f32([5, 4]), f32([3, 5])], (q, k, v, bias) =>
      ops.biasedAttention(q, k, v, bias, { scale: 0.5 }),
    ),
  ],
  rope: [
    sample([f32([2, 2, 3, 4]), f32([3, 2]), f32([3, 2])], (x, cos, sin) => ops.rope(x, cos, sin)),
    sample([f32([3, 8]), f32([3, 4]), f32([3, 4])], (x, cos, sin) => ops.rope(x, cos, sin)),
  ],
  conv2d: [
    sample([f32([2, 3, 5, 4]), f32([4, 3, 3, 3])], (x, w) => ops.conv2d(x, w, { stride: 1, padding: 1, groups: 1 })),
    sample([f32([2, 2, 6, 5]), f32([3, 2, 3, 3])], (x, w) => ops.conv2d(x, w, { stride: 2, padding: 1, groups: 1 })),
    sample([f32([1, 2, 5, 6]), f32([3, 2, 2, 3])], (x, w) => ops.conv2d(x, w, { stride: 3, padding: 0, groups: 1 })),
    sample([f32([2, 4, 4, 4]), f32([6, 2, 3, 3])], (x, w) => ops.conv2d(x, w, { stride: 2, padding: 2, groups: 2 })),
    sample([f32([2, 3, 5, 4]), f32([3, 1, 3, 3])], (x, w) => ops.conv2d(x, w, { stride: 1, padding: 1, groups: 3 })),
    sample([f32([2, 2, 5, 4]), f32([3, 2, 3, 2])], (x, w) => ops.conv2d(x, w, { stride: 1, padding: 0, groups: 1 })),
    sample([f32([2, 2, 6, 7]), f32([3, 2, 3, 3])], (x, w) =>
      ops.conv2d(x, w, { stride: 1, padding: 2, groups: 1, dilation: 2 }),
    ),
    sample([f32([1, 2, 8, 7]), f32([3, 2, 3, 2])], (x, w) =>
      ops.conv2d(x, w, { stride: 2, padding: 1, groups: 1, dilation: 3 }),
    ),
    sample([f32([2, 4, 6, 5]), f32([4, 1, 3, 3])], (x, w) =>
      ops.conv2d(x, w, { stride: 1, padding: 0, groups: 4, dilation: 2 }),
    ),
    sample([f32([2, 3, 2, 3]), f32([4, 3, 1, 1])], (x, w) => ops.conv2d(x, w, { stride: 1, padding: 0, groups: 1 })),
    sample([f32([1, 2, 4, 5]), f32([3, 2, 1, 1])], (x, w) => ops.conv2d(x, w, { stride: 2, padding: 0, groups: 1 })),
  ],
  conv2dTranspose: [
    sample([f32([2, 4, 3, 4]), f32([4, 2, 4, 4])], (x, w) =>
      ops.conv2dTranspose(x, w, { stride: 2, padding: 1, groups: 1 }),
    ),
    sample([f32([1, 4, 3, 2]), f32([4, 2, 3, 3])], (x, w) =>
      ops.conv2dTranspose(x, w, { stride: 3, padding: 0, groups: 2 }),
    ),
    sample([f32([2, 2, 3, 4]), f32([2, 3, 3, 2])], (x, w) =>
      ops.conv2dTranspose(x, w, { stride: 1, padding: 1, groups: 1 }),
    ),
    sample([f32([1, 2, 3, 3]), f32([2, 2, 3, 3])], (x, w) =>
      ops.conv2dTranspose(x, w, { stride: 2, padding: 1, groups: 1, dilation: 2 }),
    ),
    sample([f32([1, 3, 2, 3]), f32([3, 2, 1, 1])], (x, w) =>
      ops.conv2dTranspose(x, w, { stride: 2, padding: 0, groups: 1 }),
    ),
  ],
  conv2dKernelGradient: [
    sample([f32([2, 2, 6, 7]), f32([2, 3, 3, 4])], (x, dy) =>
      ops.conv2dKernelGradient(x, dy, { kernel: [3, 3], stride: 2, padding: 2, groups: 1, dilation: 2 }),
    ),
    sample([f32([2, 3, 5, 4]), f32([2, 4, 5, 4])], (x, dy) =>
      ops.conv2dKernelGradient(x, dy, { kernel: [3, 3], stride: 1, padding: 1, groups: 1 }),
    ),
    sample([f32([2, 2, 6, 5]), f32([2, 3, 3, 3])], (x, dy) =>
      ops.conv2dKernelGradient(x, dy, { kernel: [3, 3], stride: 2, padding: 1, groups: 1 }),
    ),
    sample([f32([1, 4, 4, 4]), f32([1, 2, 4, 4])], (x, dy) =>
      ops.conv2dKernelGradient(x, dy, { kernel: [1, 1], stride: 1, padding: 0, groups: 2 }),
    ),
  ],
  groupNorm: [
    sample([f32([2, 6, 2, 3]), f32([6]), f32([6])], (x, w, b) => ops.groupNorm(x, w, b, { groups: 3, eps: 1e-5 })),
    sample([f32([2, 4, 3]), f32([4]), f32([4])], (x, w, b) => ops.groupNorm(x, w, b, { groups: 1, eps: 1e-5 })),
  ],
  upsample: [
    sample([f32([2, 3, 2, 3])], (x) => ops.upsample(x, { factor: 2 })),
    sample([f32([2, 1])], (x) => ops.upsample(x, { factor: 3 })),
  ],
};
