/** Matrix products, and orthonormal columns. */
// Tested by test/ops/conformance.test.ts.
import { boundsOf, dimsEqual, formatShape, sizeOf, staticShape, staticSize, type Shape } from '../ir/dims';
import type { NdArray, TensorType, Value } from '../ir/graph';
import { broadcastStrides, stridesOf, walk } from './arrays';
import { asShape } from './broadcasting';
import { noFlops, products } from './cost';
import { defineComposite, definePrimitive, type CompositeOp, type Op } from './define';
import { maximum, mul, rsqrt, square, sub } from './elementwise';
import { concat, slice, transpose } from './movement';
import { multiply } from './multiply';
import { orthonormalColumns } from './orthonormal-columns';
import { reduceSum } from './reduction';
import { broadcastShapes, expectFloat, misfit, sameDType } from './shapes';
import type { EagerTensor } from './targets';
import { usual } from './traits';
import { unbroadcast } from './unbroadcast';

export interface MatmulAttrs {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

export const matmul: Op<['a', 'b'], MatmulAttrs> = definePrimitive('matmul', {
  doc: 'a · b over the last two axes, either read transposed; leading axes are equal or 1.',
  inputs: ['a', 'b'],
  traits: { ...usual, memory: 'whole', axes: 'product', half: 'product' },
  flops: ({ a, y }, { transposeA = false }) => products(2 * staticSize(y) * a[a.length - (transposeA ? 2 : 1)]),
  infer: ({ a, b }, attrs) => matmulType(a, b, attrs),
  // y = a·b: da = dy·bᵀ, db = aᵀ·dy; the cotangent of a transposed operand is transposed too.
  grad: ({ a, b, dy }, { transposeA: ta = false, transposeB: tb = false }) => {
    const da = ta
      ? matmul(b, dy, { transposeA: tb, transposeB: true })
      : matmul(dy, b, { transposeA: false, transposeB: !tb });
    const db = tb
      ? matmul(dy, a, { transposeA: true, transposeB: ta })
      : matmul(a, dy, { transposeA: !ta, transposeB: false });
    return { a: unbroadcast(da, a.type), b: unbroadcast(db, b.type) };
  },
  evaluate: ({ a, b }, attrs) => matmulArrays(a, b, attrs),
  lower: {
    eager: (tf, { a, b }, { transposeA = false, transposeB = false }, { y }) => {
      const batch = staticShape(y.shape.slice(0, -2));
      const whole = (x: EagerTensor): EagerTensor => {
        return batch.every((d, i) => x.shape[i] === d) ? x : tf.broadcastTo(x, [...batch, ...x.shape.slice(-2)]);
      };
      return tf.matMul(whole(a), whole(b), transposeA, transposeB);
    },
    graphDef: (g, { a, b }, { transposeA = false, transposeB = false }) =>
      a.shape.length === 2
        ? g.node('MatMul', [a, b], { transpose_a: transposeA, transpose_b: transposeB })
        : g.node('BatchMatMulV2', [a, b], { adj_x: transposeA, adj_y: transposeB }),
    onnx: (g, { a, b }, { transposeA, transposeB }, types) => {
      const perm = types.a.shape.map((_d, i, { length }) => (i < length - 2 ? i : 2 * length - 3 - i));
      const read = (x: string, transposed?: boolean): string => (transposed ? g.node('Transpose', [x], { perm }) : x);
      return g.node('MatMul', [read(a, transposeA), read(b, transposeB)]);
    },
  },
});

export const linear: CompositeOp<['x', 'weight']> = defineComposite('linear', {
  doc: 'y = x · weightᵀ for x [..., in] and weight [out, in].',
  inputs: ['x', 'weight'],
  traits: { ...usual, memory: 'written out', axes: null, half: 'product' },
  flops: ({ x, y }) => products(2 * staticSize(y) * x[x.length - 1]),
  infer: ({ x, weight }) => {
    const fits =
      x.shape.length > 0 && weight.shape.length === 2 && dimsEqual(x.shape[x.shape.length - 1], weight.shape[1]);
    if (!fits)
      misfit(
        'linear',
        `x ${formatShape(x.shape)} does not meet a weight ${formatShape(weight.shape)}; it is stored [out, in]`,
      );
    return { shape: x.shape.with(-1, weight.shape[0]), dtype: sameDType('linear', x, weight) };
  },
  expand: ({ x, weight }) => {
    return asShape(matmul(asRows(x), weight, { transposeB: true }), x.shape.with(-1, weight.shape[0]));
  },
  // dx = dy · W; dW = dyᵀ · x, over all leading axes at once.
  grad: ({ x, weight, dy }) => {
    const rows = asRows(dy);
    return { x: asShape(matmul(rows, weight), x.shape), weight: matmul(rows, asRows(x), { transposeA: true }) };
  },
  lower: {
    eager: 'expand',
    graphDef: 'expand',
    // A constant weight is transposed once, when the file is loaded; x keeps its axes.
    onnx: (g, { x, weight }) => g.node('MatMul', [x, g.node('Transpose', [weight], { perm: [1, 0] })]),
  },
});

export const axisProduct: CompositeOp<['x', 'table'], { readonly axis: number }> = defineComposite('axis_product', {
  doc: 'y[…, i, …] = Σⱼ table[i, j] · x[…, j, …] along one axis; in f32 where other products have half precision.',
  inputs: ['x', 'table'],
  traits: { ...usual, memory: 'written out', axes: null, half: 'statistic' },
  flops: ({ table, y }) => products(2 * staticSize(y) * table[1]),
  infer: ({ x, table }, { axis }) => {
    expectFloat('axis_product', x);
    const fits = axis in x.shape && table.shape.length === 2 && dimsEqual(x.shape[axis], table.shape[1]);
    if (!fits) {
      const found = `axis ${axis} of ${formatShape(x.shape)} and a table ${formatShape(table.shape)}`;
      misfit('axis_product', `${found} do not multiply`);
    }
    return { shape: x.shape.with(axis, table.shape[0]), dtype: sameDType('axis_product', x, table) };
  },
  expand: ({ x, table }, { axis }) => {
    const perm = x.shape.map((_, i) => i);
    const last = perm.length - 1;
    if (axis === last)
      return asShape(matmul(asRows(x), table, { transposeB: true }), x.shape.with(last, table.shape[0]));
    // A swap of two axes is its own inverse.
    const swapped = { perm: perm.with(axis, last).with(last, axis) };
    return transpose(axisProduct(transpose(x, swapped), table, { axis: last }), swapped);
  },
  grad: 'expand',
  lower: { eager: 'expand', graphDef: 'expand', onnx: 'expand' },
});

export const orthonormal: CompositeOp<['x']> = defineComposite('orthonormal', {
  doc: 'Q of x = Q·R for x [..., n, m] with n ≥ m: orthonormal columns that span those of x in order, with a diagonal of R that is not negative.',
  inputs: ['x'],
  traits: { ...usual, memory: 'whole', axes: 'pair', half: 'statistic' },
  // Householder's reflections, and their product.
  flops: ({ x, y }) => ({ ...noFlops, full: 4 * staticSize(y) * x[x.length - 1] }),
  infer: ({ x }) => {
    expectFloat('orthonormal', x);
    const [n, m] = x.shape.slice(-2);
    if (x.shape.length < 2 || typeof m !== 'number' || m < 1 || boundsOf(n).least < m)
      misfit('orthonormal', `${formatShape(x.shape)} is no matrix with a known number of columns and as many rows`);
    return x;
  },
  expand: ({ x }) => byHalves(x),
  grad: 'expand',
  lower: {
    eager: (tf, { x }) => {
      const [n, m] = x.shape.slice(-2);
      const columns = orthonormalColumns(Float64Array.from(x.dataSync()), n, m);
      return tf.tensor(Float32Array.from(columns), x.shape, 'float32');
    },
    graphDef: (g, { x }) => {
      // TensorFlow compares tensors of at most eight axes.
      const [n, m] = x.shape.slice(-2);
      const flat = { shape: [x.shape.slice(0, -2).reduce((a, b) => a * b, 1), n, m] };
      const rows = g.node('Reshape', [x, g.int32s(flat.shape)], {}, flat);
      const q = g.node('Qr', [rows], { full_matrices: false }, flat);
      // R[j, j] = q[j] · x[j]; libraries choose its sign.
      const sums = { shape: [flat.shape[0], 1, m] };
      const product = g.node('Mul', [q, rows], {}, flat);
      const diagonal = g.node('Sum', [product, g.int32s([1])], { keep_dims: true }, sums);
      const zero = g.constant({ shape: [], data: Float64Array.of(0) }, x.dtype);
      const isNegative = g.node('Less', [diagonal, zero], {}, { ...sums, dtype: 'bool' });
      const signed = g.node('SelectV2', [isNegative, g.node('Neg', [q], {}, flat), q], {}, flat);
      return g.node('Reshape', [signed, g.int32s(x.shape)]);
    },
    onnx: 'expand',
  },
});

/**
 * Gram–Schmidt by halves: Q of the first columns, then of what the others have beside them. What is left of a column is made
 * orthogonal twice, since rounding spoils it once.
 */
function byHalves(x: Value): Value {
  const axis = x.shape.length - 1;
  const columns = Number(x.shape[axis]);
  if (columns === 1) {
    // The square of a smaller length is not a normal number of single precision.
    const length = reduceSum(square(x), { axes: [axis - 1], keepDims: true });
    return mul(x, rsqrt(maximum(length, 1e-37)));
  }
  const half = Math.ceil(columns / 2);
  const part = (from: number, count: number): Value =>
    slice(x, { start: x.shape.map((_, i) => (i === axis ? from : 0)), size: x.shape.with(axis, count) });
  const first = byHalves(part(0, half));
  const beside = (v: Value): Value => sub(v, matmul(first, matmul(first, v, { transposeA: true })));
  return concat([first, byHalves(beside(beside(part(half, columns - half))))], { axis });
}

/** Merges all leading axes into one: [..., d] → [n, d]. */
function asRows(x: Value): Value {
  const last = x.shape.length - 1;
  return asShape(x, [sizeOf(x.shape.slice(0, last)), x.shape[last]]);
}

function matmulType(a: TensorType, b: TensorType, { transposeA, transposeB }: MatmulAttrs): TensorType {
  expectFloat('matmul', a, b);
  const rank = a.shape.length;
  const [n, k] = lastTwo(a.shape, transposeA);
  const [k2, m] = lastTwo(b.shape, transposeB);
  if (rank < 2 || b.shape.length !== rank || !dimsEqual(k, k2)) {
    const marks = [transposeA ? 'ᵀ' : '', transposeB ? 'ᵀ' : ''];
    misfit('matmul', `${formatShape(a.shape)}${marks[0]} and ${formatShape(b.shape)}${marks[1]} do not multiply`);
  }
  const batch = broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2));
  return { shape: [...batch, n, m], dtype: sameDType('matmul', a, b) };
}

function lastTwo(shape: Shape, transposed = false): Shape {
  const last = shape.slice(-2);
  return transposed ? last.toReversed() : last;
}

function matmulArrays(a: NdArray, b: NdArray, { transposeA = false, transposeB = false }: MatmulAttrs): NdArray {
  const [n, k] = staticShape(lastTwo(a.shape, transposeA));
  const m = staticShape(lastTwo(b.shape, transposeB))[1];
  const batch = staticShape(broadcastShapes('matmul', a.shape.slice(0, -2), b.shape.slice(0, -2)));
  const shape = [...batch, n, m];
  const made = { shape, data: new Float64Array(staticSize(shape)) };
  const strides = [
    broadcastStrides(a.shape.slice(0, -2), batch).map((s) => s * n * k),
    broadcastStrides(b.shape.slice(0, -2), batch).map((s) => s * k * m),
    stridesOf(batch).map((s) => s * n * m),
  ];
  walk(batch, strides, [0, 0, 0], ([p, q, o], length, [stepA, stepB, step]) => {
    for (let i = 0; i < length; i++) {
      const left = { data: part(a, p + i * stepA, n * k), transposed: transposeA };
      const right = { data: part(b, q + i * stepB, k * m), transposed: transposeB };
      multiply(left, right, part(made, o + i * step, n * m), [n, k, m]);
    }
  });
  return made;
}

function part({ data }: NdArray, at: number, size: number): Float64Array {
  return data.subarray(at, at + size);
}
