/** Composites of attention: scaled dot products, masked or not, and rotary positions. */
// Tested by test/ops/conformance.test.ts.
import { dimsEqual, divDims, formatShape, shapesEqual, staticSize, type Shape } from '../ir/dims';
import type { NdArray, TensorType, Value } from '../ir/graph';
import { asShape } from './broadcasting';
import { noFlops, perElement, softmaxFlops, type Flops } from './cost';
import { defineComposite, type CompositeOp } from './define';
import { add, mul, neg, select, sub } from './elementwise';
import { matmul } from './linalg';
import { concat, slice } from './movement';
import { softmax } from './nn';
import { hiddenScore } from './numerics';
import { reduceSum } from './reduction';
import { broadcastShapes, broadcastsTo, expectDType, expectFloat, misfit, sameDType, partOf } from './shapes';
import type { EagerTarget, EagerTensor, GraphDefTarget, GraphDefTensor, OnnxTarget, OnnxTensor } from './targets';
import { usual } from './traits';

export interface AttentionAttrs {
  /** The factor for the scores, usually 1/√e. */
  readonly scale: number;
}

export const attention: CompositeOp<['q', 'k', 'v'], AttentionAttrs> = defineComposite('attention', {
  doc: 'softmax(scale · q·kᵀ) · v for q [..., n, e], k [..., m, e], v [..., m, f].',
  inputs: ['q', 'k', 'v'],
  traits: { ...usual, memory: 'written out', axes: 'composite', half: 'mixed' },
  flops: attentionFlops,
  infer: ({ q, k, v }) => attentionType('attention', q, k, v),
  expand: ({ q, k, v }, { scale }) => matmul(softmax(scores(q, k, scale)), v),
  grad: 'expand',
  lower: {
    eager: 'expand',
    graphDef: 'expand',
    onnx: (g, { q, k, v }, { scale }, types) => {
      return isFused(g, types, scale) ? g.node('Attention', [q, k, v], { scale: { float: scale } }) : null;
    },
  },
});

export const maskedAttention: CompositeOp<['q', 'k', 'v', 'mask'], AttentionAttrs> = defineComposite(
  'masked_attention',
  {
    doc: 'Attention in which a query sees a key only where the mask (bool, broadcast to [..., n, m]) is true. A query that sees none weighs all keys alike.',
    inputs: ['q', 'k', 'v', 'mask'],
    traits: { ...usual, memory: 'written out', axes: 'composite', half: 'mixed' },
    flops: attentionFlops,
    infer: ({ q, k, v, mask }) => {
      expectDType('masked_attention', mask, 'bool');
      return attentionTypeBeside('masked_attention', { q, k, v }, mask);
    },
    expand: ({ q, k, v, mask }, { scale }) => {
      return matmul(softmax(select(mask, scores(q, k, scale), hiddenScore(q.dtype))), v);
    },
    grad: 'expand',
    lower: {
      eager: 'expand',
      graphDef: 'expand',
      onnx: (g, { q, k, v, mask }, { scale }, types) => {
        if (!isFused(g, types, scale)) return null;
        const { dtype } = types.q;
        const [seen, hidden] = [0, hiddenScore(dtype)].map((x) =>
          g.constant({ shape: [], data: Float64Array.of(x) }, dtype),
        );
        const bias = wholeRows(g, g.node('Where', [mask, seen, hidden]), types.mask, types);
        return g.node('Attention', [q, k, v, bias], { scale: { float: scale } });
      },
    },
  },
);

export const biasedAttention: CompositeOp<['q', 'k', 'v', 'bias'], AttentionAttrs> = defineComposite(
  'biased_attention',
  {
    doc: 'softmax(scale · q·kᵀ + bias) · v for a bias that broadcasts to [..., n, m].',
    inputs: ['q', 'k', 'v', 'bias'],
    traits: { ...usual, memory: 'written out', axes: 'composite', half: 'mixed' },
    flops: attentionFlops,
    infer: ({ q, k, v, bias }) => {
      sameDType('biased_attention', q, bias);
      return attentionTypeBeside('biased_attention', { q, k, v }, bias);
    },
    expand: ({ q, k, v, bias }, { scale }) => matmul(softmax(add(scores(q, k, scale), bias)), v),
    grad: 'expand',
    lower: {
      eager: 'expand',
      graphDef: 'expand',
      onnx: (g, { q, k, v, bias }, { scale }, types) => {
        if (!isFused(g, types, scale)) return null;
        return g.node('Attention', [q, k, v, wholeRows(g, bias, types.bias, types)], { scale: { float: scale } });
      },
    },
  },
);

export const rope: CompositeOp<['x', 'cos', 'sin']> = defineComposite('rope', {
  doc: 'Rotates consecutive pairs of the last axis: y[2j] = x[2j]·cos[j] − x[2j+1]·sin[j], y[2j+1] = x[2j]·sin[j] + x[2j+1]·cos[j], for x [..., n, e] and angles [n, e/2].',
  inputs: ['x', 'cos', 'sin'],
  traits: { ...usual, memory: 'written out', axes: 'pair' },
  flops: perElement(3),
  infer: ({ x, cos, sin }) => {
    expectFloat('rope', x);
    const half = x.shape.length >= 2 ? divDims(x.shape[x.shape.length - 1], 2) : null;
    for (const angle of [cos, sin]) {
      const fits = half !== null && angle.shape.length === 2 && dimsEqual(angle.shape[0], x.shape[x.shape.length - 2]);
      if (!fits || !dimsEqual(angle.shape[1], half)) {
        misfit('rope', `angles ${formatShape(angle.shape)} do not rotate the pairs of ${formatShape(x.shape)}`);
      }
      sameDType('rope', x, angle);
    }
    return x;
  },
  expand: ({ x, cos, sin }) => {
    const { even, odd } = halves(x);
    const [c, s] = [column(cos), column(sin)];
    return asShape(
      concat([sub(mul(even, c), mul(odd, s)), add(mul(even, s), mul(odd, c))], { axis: x.shape.length }),
      x.shape,
    );
  },
  // The transpose of a rotation is its inverse.
  grad: ({ x, cos, sin, dy }) => {
    const [xs, ds] = [halves(x), halves(dy)];
    const lead = x.shape.slice(0, -2).map((_, i) => i);
    const overLead = (v: Value): Value => {
      const table = asShape(v, v.shape.slice(0, -1));
      return lead.length > 0 ? reduceSum(table, { axes: lead }) : table;
    };
    return {
      x: rope(dy, cos, neg(sin)),
      cos: overLead(add(mul(ds.even, xs.even), mul(ds.odd, xs.odd))),
      sin: overLead(sub(mul(ds.odd, xs.even), mul(ds.even, xs.odd))),
    };
  },
  lower: {
    eager: (tf, { x, cos, sin }) => tf.tidy(() => eagerRope(tf, x, cos, sin)),
    graphDef: (g, { x, cos, sin }) => (g.fuses ? null : graphDefRope(g, x, cos, sin)),
    onnx: 'expand',
  },
});

/** FLOPs of two matrix products per head, and of the scaling and softmax of the scores between them. */
function attentionFlops({ q, k, v }: { readonly [K in 'q' | 'k' | 'v']: readonly number[] }): Flops {
  const [n, e] = q.slice(-2);
  const [m, f] = [k[k.length - 2], v[v.length - 1]];
  const heads = staticSize(q.slice(0, -2));
  const products = heads * n * m * 2 * (e + f);
  return { ...noFlops, attention: products, full: products + heads * n * (e + softmaxFlops * m) };
}

function scores(q: Value, k: Value, scale: number): Value {
  return matmul(mul(q, scale), k, { transposeB: true });
}

function attentionType(opName: string, q: TensorType, k: TensorType, v: TensorType): TensorType {
  expectFloat(opName, q);
  sameDType(opName, q, k);
  const rank = q.shape.length;
  const fits =
    rank >= 2 &&
    k.shape.length === rank &&
    v.shape.length === rank &&
    dimsEqual(q.shape[rank - 1], k.shape[rank - 1]) &&
    dimsEqual(k.shape[rank - 2], v.shape[rank - 2]);
  if (!fits) {
    misfit(
      opName,
      `q ${formatShape(q.shape)}, k ${formatShape(k.shape)} and v ${formatShape(v.shape)} do not fit [n, e], [m, e], [m, f]`,
    );
  }
  const batch = (t: TensorType): Shape => t.shape.slice(0, -2);
  const shared = broadcastShapes(opName, broadcastShapes(opName, batch(q), batch(k)), batch(v));
  return { shape: [...shared, q.shape[rank - 2], v.shape[rank - 1]], dtype: sameDType(opName, q, v) };
}

/** The type of attention with a mask or bias for its scores. */
function attentionTypeBeside(opName: string, { q, k, v }: Operands, beside: TensorType): TensorType {
  const type = attentionType(opName, q, k, v);
  const weights = [...type.shape.slice(0, -1), k.shape[k.shape.length - 2]];
  if (!broadcastsTo(beside.shape, weights)) {
    misfit(opName, `${formatShape(beside.shape)} does not broadcast to the scores ${formatShape(weights)}`);
  }
  return type;
}

interface Operands {
  readonly q: TensorType;
  readonly k: TensorType;
  readonly v: TensorType;
}

/** Whether ONNX's Attention can express the op. ONNX Runtime refuses a scale that is not positive. */
function isFused(g: OnnxTarget, types: Operands, scale: number): boolean {
  return g.opset >= 23 && isHeaded(types) && scale > 0;
}

/** A bias with four axes for Attention; ONNX Runtime broadcasts it along batch and heads only. */
function wholeRows(g: OnnxTarget, bias: OnnxTensor, { shape }: TensorType, { q, k }: Operands): OnnxTensor {
  const lead = Array.from({ length: 4 }, (_, i) => shape[shape.length - 4 + i] ?? 1).slice(0, 2);
  const whole = [...lead, q.shape[2], k.shape[2]];
  return shapesEqual(shape, whole) ? bias : g.node('Expand', [bias, g.shape(whole)]);
}

/** Whether the operands have the form of ONNX's Attention: [batch, heads, tokens, width] with equal leading axes. */
function isHeaded({ q, k, v }: Operands): boolean {
  const equalLead = [k, v].every((t) => t.shape.slice(0, -2).every((d, i) => dimsEqual(d, q.shape[i])));
  return q.shape.length === 4 && equalLead;
}

/** The even and the odd elements of the last axis, each as [..., n, e/2, 1]. */
function halves(x: Value): { even: Value; odd: Value } {
  const half = partOf(x.shape[x.shape.length - 1], 2);
  const size = [...x.shape.slice(0, -1), half, 1];
  const pairs = asShape(x, [...x.shape.slice(0, -1), half, 2]);
  const zeros = x.shape.map(() => 0);
  return { even: slice(pairs, { start: [...zeros, 0], size }), odd: slice(pairs, { start: [...zeros, 1], size }) };
}

function column(x: Value): Value {
  return asShape(x, [...x.shape, 1]);
}

/** y = x · c + swap(x) · s with cos doubled to [c0 c0 c1 c1 …] and sin to [−s0 s0 −s1 s1 …]: one reversal of pairs, no shuffle. */
function graphDefRope(g: GraphDefTarget, x: GraphDefTensor, cos: GraphDefTensor, sin: GraphDefTensor): GraphDefTensor {
  const [n, half] = cos.shape;
  const { dtype } = x;
  const reshape = (v: GraphDefTensor, shape: readonly number[]): GraphDefTensor =>
    g.node('Reshape', [v, g.int32s(shape)], {}, { dtype, shape });
  const twice = (a: GraphDefTensor, b: GraphDefTensor): GraphDefTensor => {
    const last = g.constant({ shape: [], data: Float64Array.of(2) }, 'i32');
    const columns = [a, b].map((v) => reshape(v, [n, half, 1]));
    return reshape(g.node('ConcatV2', [...columns, last], { N: 2 }, { dtype, shape: [n, half, 2] }), [n, 2 * half]);
  };
  const pairs = [x.shape.reduce((a, b) => a * b, 1) / 2, 2];
  const reversed = g.node('ReverseV2', [reshape(x, pairs), g.int32s([1])], {}, { dtype, shape: pairs });
  const minusSin = g.node('Neg', [sin], {}, { dtype, shape: sin.shape });
  const turned = g.node('Mul', [reshape(reversed, x.shape), twice(minusSin, sin)], {}, { dtype, shape: x.shape });
  return g.node('AddV2', [g.node('Mul', [x, twice(cos, cos)], {}, { dtype, shape: x.shape }), turned]);
}

/** The same with products by constant matrices, which are exact in float32: strided copies are slow in portable backends. */
function eagerRope(tf: EagerTarget, x: EagerTensor, cos: EagerTensor, sin: EagerTensor): EagerTensor {
  const [half] = cos.shape.slice(1);
  const width = 2 * half;
  const matrix = (rows: number, entry: (i: number, j: number) => number): EagerTensor => {
    const { shape, data } = filled(rows, width, entry);
    return tf.tensor2d(Float32Array.from(data), [shape[0], shape[1]]);
  };
  const doubled = tf.matMul(
    cos,
    matrix(half, (i, j) => Number(j >> 1 === i)),
  );
  const signed = tf.matMul(
    sin,
    matrix(half, (i, j) => (j >> 1 === i ? (j & 1 ? 1 : -1) : 0)),
  );
  const rows = tf.reshape(x, [x.size / width, width]);
  const swapped = tf.reshape(
    tf.matMul(
      rows,
      matrix(width, (i, j) => Number((i ^ 1) === j)),
    ),
    x.shape,
  );
  return tf.add(tf.mul(x, doubled), tf.mul(swapped, signed));
}

function filled(rows: number, columns: number, entry: (i: number, j: number) => number): NdArray {
  const data = Float64Array.from({ length: rows * columns }, (_, f) => entry(Math.floor(f / columns), f % columns));
  return { shape: [rows, columns], data };
}
