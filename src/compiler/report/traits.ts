/** How each op meets memory: what the estimate of a fusing compiler has to know about it. */
import type { Value } from '../ir/graph';
import { ops, type OpName } from '../ops';
import type { AnyOp } from '../ops/define';

/**
 * `view`: reads its operand's memory under another shape. `cheap`: makes each element from a few of its operands', so that
 * readers can do it for themselves. `costly`: the same, but nobody computes it twice. `reduction`: goes through its operand.
 * `whole`: reads operands from memory and writes its result there. `written out`: consists of the others.
 */
export type Trait = 'view' | 'cheap' | 'costly' | 'reduction' | 'whole' | 'written out';

/** The trait of the op that makes a value; leaves are in memory. */
export function traitOf(v: Value): Trait {
  return (v.op && byName.get(v.op.opName)) ?? 'whole';
}

/** Composites that a fusing compiler sees the insides of; convolutions are operators of its own. */
export function isWrittenOut(op: AnyOp): boolean {
  return byName.get(op.opName) === 'written out';
}

const traits: { readonly [K in OpName]: Trait } = {
  reshape: 'view',
  stopGradient: 'view',
  barrier: 'view',
  neg: 'cheap',
  abs: 'cheap',
  sign: 'cheap',
  floor: 'cheap',
  square: 'cheap',
  add: 'cheap',
  sub: 'cheap',
  mul: 'cheap',
  maximum: 'cheap',
  minimum: 'cheap',
  less: 'cheap',
  lessEqual: 'cheap',
  greater: 'cheap',
  greaterEqual: 'cheap',
  equal: 'cheap',
  logicalAnd: 'cheap',
  logicalOr: 'cheap',
  logicalNot: 'cheap',
  select: 'cheap',
  cast: 'cheap',
  transpose: 'cheap',
  broadcastTo: 'cheap',
  slice: 'cheap',
  pad: 'cheap',
  concat: 'cheap',
  oneHot: 'cheap',
  reciprocal: 'costly',
  sqrt: 'costly',
  rsqrt: 'costly',
  exp: 'costly',
  log: 'costly',
  sin: 'costly',
  cos: 'costly',
  tanh: 'costly',
  sigmoid: 'costly',
  erf: 'costly',
  div: 'costly',
  pow: 'costly',
  reduceSum: 'reduction',
  reduceMean: 'reduction',
  reduceMax: 'reduction',
  matmul: 'whole',
  conv2d: 'whole',
  conv2dKernelGradient: 'whole',
  gather: 'whole',
  scatterAdd: 'whole',
  randomNormal: 'whole',
  randomUniform: 'whole',
  dimension: 'whole',
  range: 'whole',
  linear: 'written out',
  attention: 'written out',
  maskedAttention: 'written out',
  rope: 'written out',
  softmax: 'written out',
  rmsNorm: 'written out',
  layerNorm: 'written out',
  groupNorm: 'written out',
  upsample: 'written out',
  relu: 'written out',
  silu: 'written out',
  gelu: 'written out',
  geluTanh: 'written out',
  softplus: 'written out',
};

const byName: ReadonlyMap<string, Trait> = new Map(
  Object.entries(traits).map(([name, trait]) => [ops[name as OpName].opName, trait]),
);
