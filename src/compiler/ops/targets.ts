/** The words each backend offers to a lowering. Backends implement these interfaces; ops only use them, so no op loads a backend. */
import type * as tfjs from '@tensorflow/tfjs-core';
import type { Dim, Shape } from '../ir/dims';
import type { DType, NdArray } from '../ir/graph';

export interface Target<V> {
  /** Only names the type of the target's values. */
  readonly __value?: V;
}

export type Attr =
  number | string | boolean | readonly number[] | { readonly type: DType } | { readonly float: number };

/** A tensor inside a GraphDef: where it comes from, and its bound type. */
export interface GraphDefTensor {
  readonly ref: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** TensorFlow's GraphDef; every dimension is bound when it is written. */
export interface GraphDefTarget extends Target<GraphDefTensor> {
  /**
   * What XLA compiles the whole graph for; null where it does not. XLA fuses slices and joins, so what spares kernels by
   * itself may be worse.
   */
  readonly compiled: 'cpu' | 'gpu' | null;
  /**
   * Adds a node. Type attributes (`T`, `Tidx` …) are filled in from the operands; `attrs` names the others.
   * The result's type is the type of the op being lowered unless `result` says otherwise (an inner step of a lowering).
   */
  node(
    op: string,
    inputs: readonly GraphDefTensor[],
    attrs?: { readonly [name: string]: Attr },
    result?: { readonly dtype?: DType; readonly shape?: readonly number[] },
  ): GraphDefTensor;
  int32s(values: readonly number[]): GraphDefTensor;
  constant(data: NdArray, dtype: DType): GraphDefTensor;
}

/** A tensor inside an ONNX graph. */
export type OnnxTensor = string;

/** An ONNX graph of one opset; the batch axis may be symbolic. */
export interface OnnxTarget extends Target<OnnxTensor> {
  readonly opset: number;
  node(op: string, inputs: readonly OnnxTensor[], attrs?: { readonly [name: string]: Attr }): OnnxTensor;
  int64s(values: readonly number[]): OnnxTensor;
  /** A 1-D int64 tensor holding a shape; symbolic dimensions become -1 or are computed from the graph's inputs. */
  shape(dims: Shape): OnnxTensor;
  /** A scalar int64 tensor of one dimension. */
  dim(d: Dim): OnnxTensor;
  constant(data: NdArray, dtype: DType): OnnxTensor;
}

/** The functions of @tensorflow/tfjs-core, on whatever backend is active. A string lowering names one of them. */
export type TfjsTarget = typeof tfjs & Target<tfjs.Tensor>;

export interface Targets {
  readonly onnx: OnnxTarget;
  readonly tfjs: TfjsTarget;
  readonly graphDef: GraphDefTarget;
}
export type Backend = keyof Targets;
