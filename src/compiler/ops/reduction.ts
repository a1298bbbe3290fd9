/** Reductions over axes. */
// Tested by test/ops/conformance.test.ts.
import { staticShape, type Shape } from '../ir/dims';
import type { NdArray, TensorType, Value } from '../ir/graph';
import { fold, mapUnary } from './arrays';
import { asShape, divideByCount, keptShape, rebroadcast } from './broadcasting';
import { perElementRead } from './cost';
import { definePrimitive, type Op, type Primitive } from './define';
import { cast, div, equal, mul } from './elementwise';
import { expectAxes, expectFloat } from './shapes';
import type { GraphDefOp, OnnxOp } from './targets';
import { usual } from './traits';

export interface ReduceAttrs {
  readonly axes: readonly number[];
  /** Keeps folded axes with size 1; by default they are dropped. */
  readonly keepDims?: boolean;
}

export const reduceSum: Op<['x'], ReduceAttrs> = reduction('reduce_sum', {
  doc: 'The sum over `axes`.',
  grad: ({ x, dy }, { axes }) => rebroadcast(dy, axes, x.shape),
  evaluate: sum,
  lower: {
    eager: (tf, { x }, { axes, keepDims }) => tf.sum(x, [...axes], keepDims),
    graphDef: 'Sum',
    onnx: { op: 'ReduceSum', operandFrom: 13 },
  },
});

export const reduceMean: Op<['x'], ReduceAttrs> = reduction('reduce_mean', {
  doc: 'The mean over `axes`, of a floating-point operand.',
  operand: expectFloat,
  grad: ({ x, dy }, { axes }) => rebroadcast(divideByCount(dy, axes, x.shape), axes, x.shape),
  evaluate: (x, axes, shape) => {
    const count = axes.reduce((n, axis) => n * x.shape[axis], 1);
    return mapUnary(sum(x, axes, shape), (s) => s / count);
  },
  lower: {
    eager: (tf, { x }, { axes, keepDims }) => tf.mean(x, [...axes], keepDims),
    graphDef: 'Mean',
    onnx: { op: 'ReduceMean', operandFrom: 18 },
  },
});

export const reduceMax: Op<['x'], ReduceAttrs> = reduction('reduce_max', {
  doc: 'The largest element over `axes`; equal largest elements share the derivative evenly.',
  grad: ({ x, y, dy }, { axes }) => {
    const kept = keptShape(x.shape, axes);
    const largest = cast(equal(x, asShape(y, kept)), { dtype: x.dtype });
    const share = div(asShape(dy, kept), reduceSum(largest, { axes, keepDims: true }));
    return mul(largest, share);
  },
  evaluate: (x, axes, shape) => fold(x, axes, shape, { from: -Infinity, by: Math.max }),
  lower: {
    eager: (tf, { x }, { axes, keepDims }) => tf.max(x, [...axes], keepDims),
    graphDef: 'Max',
    onnx: { op: 'ReduceMax', operandFrom: 18 },
  },
});

interface ReductionFacets {
  readonly doc: string;
  /** Throws on an operand that the reduction does not support. */
  readonly operand?: (opName: string, x: TensorType) => void;
  readonly grad: (v: { readonly x: Value; readonly y: Value; readonly dy: Value }, attrs: ReduceAttrs) => Value;
  readonly evaluate: (x: NdArray, axes: readonly number[], shape: readonly number[]) => NdArray;
  readonly lower: {
    readonly eager: Primitive<['x'], ReduceAttrs>['lower']['eager'];
    readonly graphDef: GraphDefOp;
    /** ONNX moved `axes` from an attribute to an operand, op by op: from this opset on. */
    readonly onnx: { readonly op: OnnxOp; readonly operandFrom: number };
  };
}

function reduction(opName: string, { doc, operand, grad, evaluate, lower }: ReductionFacets): Op<['x'], ReduceAttrs> {
  const { eager, graphDef, onnx } = lower;
  return definePrimitive<['x'], ReduceAttrs>(opName, {
    doc,
    inputs: ['x'],
    traits: { ...usual, memory: 'reduction', axes: 'reduction', half: 'statistic' },
    flops: ({ x }) => perElementRead(x),
    infer: ({ x }, { axes, keepDims }) => {
      operand?.(opName, x);
      expectAxes(opName, axes, x.shape.length);
      const shape: Shape = keepDims ? keptShape(x.shape, axes) : x.shape.filter((_, i) => !axes.includes(i));
      return { shape, dtype: x.dtype };
    },
    grad: (v, attrs) => ({ x: grad(v, attrs) }),
    evaluate: ({ x }, { axes }, { shape }) => evaluate(x, axes, staticShape(shape)),
    lower: {
      eager,
      graphDef: (g, { x }, { axes, keepDims = false }) =>
        g.node(graphDef, [x, g.int32s(axes)], { keep_dims: keepDims }),
      onnx: (g, { x }, { axes, keepDims = false }) => {
        // ONNX reads an empty list as all axes.
        if (axes.length === 0) return g.node('Identity', [x]);
        const keepdims = Number(keepDims);
        if (g.opset >= onnx.operandFrom) return g.node(onnx.op, [x, g.int64s(axes)], { keepdims });
        return g.node(onnx.op, [x], { axes, keepdims });
      },
    },
  });
}

function sum(x: NdArray, axes: readonly number[], shape: readonly number[]): NdArray {
  return fold(x, axes, shape, { from: 0, by: (a, b) => a + b });
}
