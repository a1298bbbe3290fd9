/** What the axes of an op's operands mean to it: which of them may be merged. */
import type { Value } from '../../ir/graph';
import { ops, type OpName } from '../../ops';

/**
 * `elementwise`: operands are broadcast to the result. `box`: a part of a whole, or a whole around a part. `row`: the last
 * axis is one row, `pair` the last two a matrix. `product`: a batch of matrix products. `table`: rows by index.
 * `composite`: said in other ops. Ops that are none of these (null) have axes of their own, or do not look at them.
 */
export type RankKind =
  | 'elementwise'
  | 'broadcast'
  | 'transpose'
  | 'box'
  | 'join'
  | 'reduction'
  | 'row'
  | 'pair'
  | 'product'
  | 'table'
  | 'composite';

/** The kind of the op that makes a value. */
export function kindOf(v: Value): RankKind | null {
  return (v.op && byName.get(v.op.opName)) ?? null;
}

const kinds: { readonly [K in OpName]: RankKind | null } = {
  add: 'elementwise',
  sub: 'elementwise',
  mul: 'elementwise',
  div: 'elementwise',
  pow: 'elementwise',
  maximum: 'elementwise',
  minimum: 'elementwise',
  neg: 'elementwise',
  abs: 'elementwise',
  sign: 'elementwise',
  floor: 'elementwise',
  square: 'elementwise',
  reciprocal: 'elementwise',
  sqrt: 'elementwise',
  rsqrt: 'elementwise',
  exp: 'elementwise',
  log: 'elementwise',
  sin: 'elementwise',
  cos: 'elementwise',
  tanh: 'elementwise',
  sigmoid: 'elementwise',
  erf: 'elementwise',
  less: 'elementwise',
  lessEqual: 'elementwise',
  greater: 'elementwise',
  greaterEqual: 'elementwise',
  equal: 'elementwise',
  logicalAnd: 'elementwise',
  logicalOr: 'elementwise',
  logicalNot: 'elementwise',
  select: 'elementwise',
  cast: 'elementwise',
  stopGradient: 'elementwise',
  relu: 'elementwise',
  silu: 'elementwise',
  gelu: 'elementwise',
  geluTanh: 'elementwise',
  softplus: 'elementwise',
  broadcastTo: 'broadcast',
  transpose: 'transpose',
  slice: 'box',
  pad: 'box',
  concat: 'join',
  reduceSum: 'reduction',
  reduceMean: 'reduction',
  reduceMax: 'reduction',
  softmax: 'row',
  rmsNorm: 'row',
  layerNorm: 'row',
  rope: 'pair',
  matmul: 'product',
  gather: 'table',
  scatterAdd: 'table',
  oneHot: 'table',
  attention: 'composite',
  maskedAttention: 'composite',
  groupNorm: 'composite',
  barrier: null,
  reshape: null,
  linear: null,
  upsample: null,
  conv2d: null,
  conv2dKernelGradient: null,
  randomNormal: null,
  randomUniform: null,
  dimension: null,
  range: null,
};

const byName: ReadonlyMap<string, RankKind | null> = new Map(
  Object.entries(kinds).map(([name, kind]) => [ops[name as OpName].opName, kind]),
);
