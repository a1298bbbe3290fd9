/** Reductions over axes. */
import { staticShape, type Shape } from '../ir/dims';
import type { NdArray, TensorType } from '../ir/graph';
import { fold, mapUnary } from './arrays';
import { asShape, divideByCount, keptShape, rebroadcast } from './broadcasting';
import { perElementRead } from './cost';
import { definePrimitive, type Op } from './define';
import { cast, div, equal, mul } from './elementwise';
import { expectAxes, expectFloat } from './shapes';
import type { GraphDefOp, GraphDefTarget, GraphDefTensor, OnnxOp, OnnxTarget, OnnxTensor } from './targets';
import { usual } from './traits';

export interface ReduceAttrs {
  readonly axes: readonly number[];
  /** Keeps folded axes with size 1; by default they are dropped. */
  readonly keepDims?: boolean;
}

export const reduceSum: Op<['x'], ReduceAttrs> = definePrimitive('reduce_sum', {
  doc: 'The sum over `axes`.',
  inputs: ['x'],
  traits: { ...usual, memory: 'reduction', axes: 'reduction', half: 'statistic' },
  flops: ({ x }) => perElementRead(x),
  infer: ({ x }, attrs) => reducedType('reduce_sum', x, attrs),
  grad: ({ x, dy }, { axes }) => ({ x: rebroadcast(dy, axes, x.shape) }),
  evaluate: ({ x }, { axes }, { shape }) => sum(x, axes, staticShape(shape)),
  lower: {
    eager: (tf, { x }, { axes, keepDims }) => tf.sum(x, [...axes], keepDims),
    graphDef: (g, { x }, attrs) => reduceNode(g, 'Sum', x, attrs),
    onnx: (g, { x }, attrs) => onnxReduce(g, 'ReduceSum', x, attrs, 13),
  },
});

export const reduceMean: Op<['x'], ReduceAttrs> = definePrimitive('reduce_mean', {
  doc: 'The mean over `axes`.',
  inputs: ['x'],
  traits: { ...usual, memory: 'reduction', axes: 'reduction', half: 'statistic' },
  flops: ({ x }) => perElementRead(x),
  infer: ({ x }, attrs) => {
    expectFloat('reduce_mean', x);
    return reducedType('reduce_mean', x, attrs);
  },
  grad: ({ x, dy }, { axes }) => ({ x: rebroadcast(divideByCount(dy, axes, x.shape), axes, x.shape) }),
  evaluate: ({ x }, { axes }, { shape }) => {
    const count = axes.reduce((n, axis) => n * x.shape[axis], 1);
    return mapUnary(sum(x, axes, staticShape(shape)), (s) => s / count);
  },
  lower: {
    eager: (tf, { x }, { axes, keepDims }) => tf.mean(x, [...axes], keepDims),
    graphDef: (g, { x }, attrs) => reduceNode(g, 'Mean', x, attrs),
    onnx: (g, { x }, attrs) => onnxReduce(g, 'ReduceMean', x, attrs, 18),
  },
});

export const reduceMax: Op<['x'], ReduceAttrs> = definePrimitive('reduce_max', {
  doc: 'The largest element over `axes`; equal largest elements share the derivative evenly.',
  inputs: ['x'],
  traits: { ...usual, memory: 'reduction', axes: 'reduction', half: 'statistic' },
  flops: ({ x }) => perElementRead(x),
  infer: ({ x }, attrs) => reducedType('reduce_max', x, attrs),
  grad: ({ x, y, dy }, { axes }) => {
    const kept = keptShape(x.shape, axes);
    const largest = cast(equal(x, asShape(y, kept)), { dtype: x.dtype });
    const share = div(asShape(dy, kept), reduceSum(largest, { axes, keepDims: true }));
    return { x: mul(largest, share) };
  },
  evaluate: ({ x }, { axes }, { shape }) => fold(x, axes, staticShape(shape), -Infinity, Math.max),
  lower: {
    eager: (tf, { x }, { axes, keepDims }) => tf.max(x, [...axes], keepDims),
    graphDef: (g, { x }, attrs) => reduceNode(g, 'Max', x, attrs),
    onnx: (g, { x }, attrs) => onnxReduce(g, 'ReduceMax', x, attrs, 18),
  },
});

function reducedType(opName: string, x: TensorType, { axes, keepDims }: ReduceAttrs): TensorType {
  expectAxes(opName, axes, x.shape.length);
  const shape: Shape = keepDims ? keptShape(x.shape, axes) : x.shape.filter((_, i) => !axes.includes(i));
  return { shape, dtype: x.dtype };
}

function sum(x: NdArray, axes: readonly number[], shape: readonly number[]): NdArray {
  return fold(x, axes, shape, 0, (a, b) => a + b);
}

function reduceNode(
  g: GraphDefTarget,
  op: GraphDefOp,
  x: GraphDefTensor,
  { axes, keepDims = false }: ReduceAttrs,
): GraphDefTensor {
  return g.node(op, [x, g.int32s(axes)], { keep_dims: keepDims });
}

/** ONNX moved `axes` from an attribute to an operand, op by op; an empty list would mean all axes. */
function onnxReduce(
  g: OnnxTarget,
  op: OnnxOp,
  x: OnnxTensor,
  attrs: ReduceAttrs,
  axesAreOperandFrom: number,
): OnnxTensor {
  const { axes } = attrs;
  const keepdims = Number(attrs.keepDims ?? false);
  if (axes.length === 0) return g.node('Identity', [x]);
  if (g.opset >= axesAreOperandFrom) return g.node(op, [x, g.int64s(axes)], { keepdims });
  return g.node(op, [x], { axes, keepdims });
}
