/**
 * The dialects in which an op record can lower its op, and the operators of each. A backend uses one of them, or has its own words
 * for all primitives (emit/words.ts). Types only: no op loads a backend, and no op can ask which one runs.
 */
import type * as tensors from '@tensorflow/tfjs-core';
import type { Dim, Shape } from '../ir/dims';
import type { DType, NdArray } from '../ir/graph';

/** For each dialect: the target that its lowerings write to, the values they return, and the operators that a name alone can stand for. */
export interface Dialects {
  readonly graphDef: { readonly target: GraphDefTarget; readonly value: GraphDefTensor; readonly name: GraphDefOp };
  readonly onnx: { readonly target: OnnxTarget; readonly value: OnnxTensor; readonly name: OnnxOp };
  readonly eager: { readonly target: EagerTarget; readonly value: EagerTensor; readonly name: EagerOp };
}
export type Dialect = keyof Dialects;

/** The words of a string separated by spaces, as a union. */
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
  | OneOf<'MatMul BatchMatMulV2 Conv2D Conv2DBackpropFilter Conv2DBackpropInput GatherV2 UnsortedSegmentSum OneHot TopKV2 Cumsum Qr'>
  | OneOf<'Range Fill StatelessRandomNormal StatelessRandomUniform'>;

/** A tensor inside a GraphDef: the node output it comes from, and its type with all symbols bound. */
export interface GraphDefTensor {
  readonly ref: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** TensorFlow's GraphDef; every dimension is bound when it is written. */
export interface GraphDefTarget {
  /** Whether the graph is compiled as a whole. Slices and joins are fused then, so code that saves kernels may be slower. */
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

/** ONNX's indices are int64, a type that programs do not have. */
export type OnnxAttr = Attr | { readonly type: 'i64' };

/** A tensor inside an ONNX graph. */
export type OnnxTensor = string;

/** An ONNX graph of one opset; the batch axis may be symbolic. */
export interface OnnxTarget {
  readonly opset: number;
  /** Adds a node; `output` is the index, from 0, of the output to return. */
  node(
    op: OnnxOp,
    inputs: readonly OnnxTensor[],
    attrs?: { readonly [name: string]: OnnxAttr },
    output?: number,
  ): OnnxTensor;
  int64s(values: readonly number[]): OnnxTensor;
  /** A 1-D int64 tensor with the sizes of a shape; symbolic dimensions become -1 or are computed from the graph's inputs. */
  shape(dims: Shape): OnnxTensor;
  /** A scalar int64 tensor with the size of one dimension. */
  dim(d: Dim): OnnxTensor;
  constant(data: NdArray, dtype: DType): OnnxTensor;
}

/** A tensor whose data exists at once. */
export type EagerTensor = tensors.Tensor;

/** An image batch with four axes. */
export type EagerImage = tensors.Tensor4D;

/** Functions from tensors to a tensor, by their names in @tensorflow/tfjs-core. */
export type EagerOp =
  | OneOf<'neg abs sign floor square reciprocal sqrt rsqrt exp log sin cos'>
  | OneOf<'tanh sigmoid erf add sub mul div pow maximum minimum'>
  | OneOf<'less lessEqual greater greaterEqual equal logicalAnd logicalOr logicalNot'>
  | OneOf<'where clone gather relu softplus softmax'>;

/** All functions that a lowering may call; functions that configure the engine are not included. */
export type EagerTarget = Pick<typeof tensors, Extract<keyof typeof tensors, EagerCall>>;

type EagerCall =
  | EagerOp
  | OneOf<'tidy reshape transpose broadcastTo slice pad concat expandDims cast notEqual zerosLike'>
  | OneOf<'sum mean max matMul conv2d scatterND topk cumsum range scalar tensor tensor2d'>;
