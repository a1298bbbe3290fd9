/**
 * The forms in which an op record says its op, and the operators each has. A backend takes one of them, or has words of its own
 * for all primitives (emit/words.ts). Types only: no op loads a backend, and none can ask which one runs.
 */
import type * as tensors from '@tensorflow/tfjs-core';
import type { Dim, Shape } from '../ir/dims';
import type { DType, NdArray } from '../ir/graph';

/** What a dialect's lowerings write to, what they give, and the operators that a name alone stands for. */
export interface Dialects {
  readonly graphDef: { readonly target: GraphDefTarget; readonly value: GraphDefTensor; readonly name: GraphDefOp };
  readonly onnx: { readonly target: OnnxTarget; readonly value: OnnxTensor; readonly name: OnnxOp };
  readonly eager: { readonly target: EagerTarget; readonly value: EagerTensor; readonly name: EagerOp };
}
export type Dialect = keyof Dialects;

/** The words of a text. */
export type OneOf<S extends string> = S extends `${infer First} ${infer Rest}` ? First | OneOf<Rest> : S;

export type Attr =
  number | string | boolean | readonly number[] | { readonly type: DType } | { readonly float: number };

/** TensorFlow's operators that lowerings use. */
export type GraphDefOp =
  | OneOf<'Neg Abs Sign Floor Square Reciprocal Sqrt Rsqrt Exp Log Sin Cos'>
  | OneOf<'Tanh Sigmoid Erf AddV2 Sub Mul RealDiv Pow Maximum Minimum'>
  | OneOf<'Less LessEqual Greater GreaterEqual Equal LogicalAnd LogicalOr LogicalNot'>
  | OneOf<'SelectV2 Cast Identity StopGradient Relu Softplus Softmax'>
  | OneOf<'Reshape Transpose BroadcastTo Slice Pad ReverseV2 ConcatV2 Sum Mean Max'>
  | OneOf<'MatMul BatchMatMulV2 Conv2D Conv2DBackpropFilter Conv2DBackpropInput GatherV2 UnsortedSegmentSum OneHot TopKV2 Cumsum'>
  | OneOf<'Range Fill StatelessRandomNormal StatelessRandomUniform'>;

/** A tensor inside a GraphDef: where it comes from, and its bound type. */
export interface GraphDefTensor {
  readonly ref: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** TensorFlow's GraphDef; every dimension is bound when it is written. */
export interface GraphDefTarget {
  /** Whether the graph is compiled as a whole. Slices and joins are fused then, so what spares kernels by itself may be worse. */
  readonly fuses: boolean;
  /**
   * Adds a node. Type attributes (`T`, `Tidx` …) are filled in from the operands; `attrs` names the others.
   * The result's type is the type of the op being lowered unless `result` says otherwise (an inner step of a lowering).
   */
  node(
    op: GraphDefOp,
    inputs: readonly GraphDefTensor[],
    attrs?: { readonly [name: string]: Attr },
    result?: { readonly dtype?: DType; readonly shape?: readonly number[] },
  ): GraphDefTensor;
  int32s(values: readonly number[]): GraphDefTensor;
  constant(data: NdArray, dtype: DType): GraphDefTensor;
}

/** ONNX's operators that lowerings use. */
export type OnnxOp =
  | OneOf<'Neg Abs Sign Floor Reciprocal Sqrt Exp Log Sin Cos Tanh Sigmoid Erf'>
  | OneOf<'Add Sub Mul Div Pow Max Min'>
  | OneOf<'Less LessOrEqual Greater GreaterOrEqual Equal And Or Not'>
  | OneOf<'Where Cast Identity Relu Gelu Softplus Softmax RMSNormalization LayerNormalization'>
  | OneOf<'Attention Reshape Transpose Expand Slice Pad Concat Unsqueeze'>
  | OneOf<'ReduceSum ReduceMean ReduceMax MatMul Conv ConvTranspose Gather ScatterND Range TopK CumSum'>;

/** ONNX's indices are of a type that programs do not have. */
export type OnnxAttr = Attr | { readonly type: 'i64' };

/** A tensor inside an ONNX graph. */
export type OnnxTensor = string;

/** An ONNX graph of one opset; the batch axis may be symbolic. */
export interface OnnxTarget {
  readonly opset: number;
  /** Adds a node; `output` counts its outputs from 0, the one that is given. */
  node(
    op: OnnxOp,
    inputs: readonly OnnxTensor[],
    attrs?: { readonly [name: string]: OnnxAttr },
    output?: number,
  ): OnnxTensor;
  int64s(values: readonly number[]): OnnxTensor;
  /** A 1-D int64 tensor holding a shape; symbolic dimensions become -1 or are computed from the graph's inputs. */
  shape(dims: Shape): OnnxTensor;
  /** A scalar int64 tensor of one dimension. */
  dim(d: Dim): OnnxTensor;
  constant(data: NdArray, dtype: DType): OnnxTensor;
}

/** A tensor that is there at once. */
export type EagerTensor = tensors.Tensor;

/** One of four axes. */
export type EagerImage = tensors.Tensor4D;

/** Functions from tensors to a tensor, in the words of @tensorflow/tfjs-core. */
export type EagerOp =
  | OneOf<'neg abs sign floor square reciprocal sqrt rsqrt exp log sin cos'>
  | OneOf<'tanh sigmoid erf add sub mul div pow maximum minimum'>
  | OneOf<'less lessEqual greater greaterEqual equal logicalAnd logicalOr logicalNot'>
  | OneOf<'where clone gather relu softplus softmax'>;

/** All that a lowering may call; what engine computes is none of it. */
export type EagerTarget = Pick<typeof tensors, Extract<keyof typeof tensors, EagerCall>>;

type EagerCall =
  | EagerOp
  | OneOf<'tidy reshape transpose broadcastTo slice pad concat expandDims cast notEqual zerosLike'>
  | OneOf<'sum mean max matMul conv2d scatterND topk cumsum range scalar tensor tensor2d'>;
