/** What one value costs in floating-point operations, by the reference's convention and in full. */
import { bindShape, type Bindings } from '../ir/dims';
import type { Value } from '../ir/graph';
import { ops, type OpName } from '../ops';

export interface Flops {
  /** Matrix products outside attention: 2 per multiply-add, `2 · rows · in · out` for every linear layer. */
  readonly linear: number;
  /** Both products of attention: `2·n·m·e + 2·n·m·f` for each head. */
  readonly attention: number;
  /** These and everything the convention takes as free: elementwise ops, norms, softmax, rotations. */
  readonly full: number;
}

/** The costs of one value once symbols are bound; operands are not included. */
export function flopsOf(v: Value, bindings: Bindings): Flops {
  const count = v.op && counts.get(v.op.opName);
  if (!count) return free;
  const sizes = { result: sizeIn(v, bindings), operands: v.inputs.map((x) => bound(x, bindings)) };
  return count(sizes, v);
}

interface Sizes {
  readonly result: number;
  readonly operands: readonly (readonly number[])[];
}
type Count = (sizes: Sizes, v: Value) => Flops;

const free: Flops = { linear: 0, attention: 0, full: 0 };

/** Operations per element of the result. Every function counts as one, whatever an implementation takes for it. */
function perResult(weight: number): Count {
  return ({ result }) => ({ ...free, full: weight * result });
}

function perElementRead(weight: number): Count {
  return ({ operands }) => ({ ...free, full: weight * product(operands[operands.length - 1]) });
}

const linearCount: Count = ({ result, operands: [x] }) => {
  const flops = 2 * result * x[x.length - 1];
  return { linear: flops, attention: 0, full: flops };
};

/** A linear layer whatever it is called; its weights may be computed, as a neural field's are. */
const matmulCount: Count = ({ result, operands: [a] }, v) => {
  const { transposeA = false } = v.attrs as { readonly transposeA?: boolean };
  const flops = 2 * result * a[a.length - (transposeA ? 2 : 1)];
  return { linear: flops, attention: 0, full: flops };
};

/** 2 · (in / groups) · kh · kw for every element of the result, which has out · positions of them. */
const convolutionCount: Count = ({ result, operands: [, weight] }) => {
  const flops = 2 * result * product(weight.slice(1));
  return { linear: flops, attention: 0, full: flops };
};

/** As many products as the convolution itself takes. */
const kernelGradientCount: Count = ({ result, operands: [, dy] }) => {
  const flops = (2 * result * product(dy)) / dy[1];
  return { linear: flops, attention: 0, full: flops };
};

const attentionCount: Count = ({ operands: [q, k, v] }) => {
  const [n, e] = q.slice(-2);
  const [m, f] = [k[k.length - 2], v[v.length - 1]];
  const heads = product(q.slice(0, -2));
  const products = heads * n * m * 2 * (e + f);
  return { linear: 0, attention: products, full: products + heads * n * (e + softmaxWeight * m) };
};

/** Largest, difference, exponential, sum, quotient. */
const softmaxWeight = 5;

/** Every op has a count; moving elements is free. */
const counted: { readonly [K in OpName]: Count } = {
  neg: perResult(1),
  abs: perResult(1),
  sign: perResult(1),
  floor: perResult(1),
  square: perResult(1),
  reciprocal: perResult(1),
  sqrt: perResult(1),
  rsqrt: perResult(1),
  exp: perResult(1),
  log: perResult(1),
  sin: perResult(1),
  cos: perResult(1),
  tanh: perResult(1),
  sigmoid: perResult(1),
  erf: perResult(1),
  add: perResult(1),
  sub: perResult(1),
  mul: perResult(1),
  div: perResult(1),
  pow: perResult(1),
  maximum: perResult(1),
  minimum: perResult(1),
  less: perResult(1),
  lessEqual: perResult(1),
  greater: perResult(1),
  greaterEqual: perResult(1),
  equal: perResult(1),
  logicalAnd: perResult(0),
  logicalOr: perResult(0),
  logicalNot: perResult(0),
  select: perResult(0),
  cast: perResult(0),
  stopGradient: perResult(0),
  barrier: perResult(0),
  reshape: perResult(0),
  transpose: perResult(0),
  broadcastTo: perResult(0),
  slice: perResult(0),
  pad: perResult(0),
  concat: perResult(0),
  gather: perResult(0),
  oneHot: perResult(0),
  dimension: perResult(0),
  range: perResult(0),
  randomNormal: perResult(0),
  randomUniform: perResult(0),
  scatterAdd: perElementRead(1),
  reduceSum: perElementRead(1),
  reduceMean: perElementRead(1),
  reduceMax: perElementRead(1),
  relu: perResult(1),
  silu: perResult(2),
  gelu: perResult(5),
  geluTanh: perResult(8),
  softplus: perResult(3),
  softmax: perResult(softmaxWeight),
  rmsNorm: perResult(4),
  layerNorm: perResult(7),
  rope: perResult(3),
  matmul: matmulCount,
  linear: linearCount,
  attention: attentionCount,
  maskedAttention: attentionCount,
  conv2d: convolutionCount,
  conv2dKernelGradient: kernelGradientCount,
  groupNorm: perResult(7),
  upsample: perResult(0),
};

const counts: ReadonlyMap<string, Count> = new Map(
  Object.entries(counted).map(([name, count]) => [ops[name as OpName].opName, count]),
);

/** The number of elements of a value once symbols are bound. */
export function sizeIn(v: Value, bindings: Bindings): number {
  return product(bound(v, bindings));
}

function bound(v: Value, bindings: Bindings): number[] {
  return bindShape(v.shape, bindings).map((d) => {
    if (typeof d === 'number') return d;
    throw new Error(`a report needs a number for every symbol; ${d} has none`);
  });
}

function product(xs: readonly number[]): number {
  return xs.reduce((a, b) => a * b, 1);
}
