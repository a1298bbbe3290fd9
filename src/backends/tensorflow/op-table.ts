/**
 * What a GraphDef must say about each TensorFlow operator: the attribute that every input's element type sets, the name
 * and type of the output (inside a function a tensor is `node:output:0`), and attributes with their defaults.
 */
// Tested by test/backends/tensorflow/graph-def.test.ts.
import type { Attr, GraphDefOp, OneOf } from '../../compiler/ops/targets';

export interface OpEntry {
  /** One per input: an attribute (`T`), a fixed type (`i32`), or `N*T` for a run of inputs of one type counted by `N`. */
  readonly inputs: readonly string[];
  /** Name of the output argument, and its type: an attribute or a fixed type. */
  readonly output: string;
  /** Its place among the outputs, 0 unless it says otherwise. */
  readonly place?: number;
  readonly type: string;
  readonly defaults: { readonly [name: string]: Attr };
}

const entries: { readonly [O in GraphDefOp]: OpEntry } = {
  ...each('Neg Abs Sign Floor Square Reciprocal Sqrt Rsqrt Exp Log Sin Cos Tanh Sigmoid Erf', 'T', 'y:T'),
  ...each('AddV2 Sub Mul RealDiv Pow Maximum Minimum', 'T T', 'z:T'),
  ...each('Less LessEqual Greater GreaterEqual', 'T T', 'z:bool'),
  ...each('Equal', 'T T', 'z:bool', { incompatible_shape_error: true }),
  ...each('LogicalAnd LogicalOr', 'bool bool', 'z:bool'),
  ...each('LogicalNot', 'bool', 'y:bool'),
  ...each('SelectV2', 'bool T T', 'output:T'),
  ...each('Cast', 'SrcT', 'y:DstT', { Truncate: false }),
  ...each('Identity StopGradient', 'T', 'output:T'),
  ...each('Relu Softplus', 'T', 'activations:T'),
  ...each('Softmax', 'T', 'softmax:T'),

  ...each('Reshape', 'T Tshape', 'output:T'),
  ...each('Transpose', 'T Tperm', 'y:T'),
  ...each('BroadcastTo', 'T Tidx', 'output:T'),
  ...each('Slice', 'T Index Index', 'output:T'),
  ...each('Pad', 'T Tpaddings', 'output:T'),
  ...each('ReverseV2', 'T Tidx', 'output:T'),
  ...each('ConcatV2', 'N*T Tidx', 'output:T'),

  ...each('Sum Mean Max', 'T Tidx', 'output:T', { keep_dims: false }),

  ...each('MatMul', 'T T', 'product:T', { transpose_a: false, transpose_b: false, grad_a: false, grad_b: false }),
  ...each('BatchMatMulV2', 'T T', 'output:T', { adj_x: false, adj_y: false, grad_x: false, grad_y: false }),
  ...each('Qr', 'T', 'q:T', { full_matrices: false }),
  ...each('Conv2D', 'T T', 'output:T', convolution()),
  ...each('Conv2DBackpropFilter', 'T i32 T', 'output:T', convolution()),
  ...each('Conv2DBackpropInput', 'i32 T T', 'output:T', convolution()),

  ...each('GatherV2', 'Tparams Tindices Taxis', 'output:Tparams', { batch_dims: 0 }),
  ...each('UnsortedSegmentSum', 'T Tindices Tnumsegments', 'output:T'),
  ...each('OneHot', 'TI i32 T T', 'output:T', { axis: -1 }),

  TopKV2: { inputs: ['T', 'i32'], output: 'indices', place: 1, type: 'i32', defaults: { sorted: true } },
  ...each('Cumsum', 'T Tidx', 'out:T', { exclusive: false, reverse: false }),

  ...each('Range', 'Tidx Tidx Tidx', 'output:Tidx'),
  ...each('Fill', 'index_type T', 'output:T'),
  ...each('StatelessRandomNormal StatelessRandomUniform', 'T Tseed', 'output:dtype'),
};

/** The entry of an operator; its names are those of TensorFlow's op registry. */
export function opEntry(op: GraphDefOp): OpEntry {
  return entries[op];
}

/** Rows that differ in nothing but the operator. A name that no lowering may use is not a row. */
function each<S extends string>(
  ops: OneOf<S> extends GraphDefOp ? S : never,
  inputs: string,
  output: string,
  defaults: OpEntry['defaults'] = {},
): { readonly [O in OneOf<S>]: OpEntry } {
  const [name, type] = output.split(':');
  const entry: OpEntry = { inputs: inputs.split(' '), output: name, type, defaults };
  return Object.fromEntries(ops.split(' ').map((op) => [op, entry])) as { readonly [O in OneOf<S>]: OpEntry };
}

function convolution(): OpEntry['defaults'] {
  return {
    strides: [1, 1, 1, 1],
    padding: 'VALID',
    data_format: 'NHWC',
    dilations: [1, 1, 1, 1],
    explicit_paddings: [],
    use_cudnn_on_gpu: true,
  };
}
