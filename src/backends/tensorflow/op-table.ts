/**
 * What a GraphDef must say about each TensorFlow operator: the attribute that every input's element type sets, the name
 * and type of the output (inside a function a tensor is `node:output:0`), and attributes with their defaults.
 */
import { invariant } from '../../compiler/invariant';
import type { Attr } from '../../compiler/ops/targets';

export interface OpEntry {
  /** One per input: an attribute (`T`), a fixed type (`i32`), or `N*T` for a run of inputs of one type counted by `N`. */
  readonly inputs: readonly string[];
  /** Name of the output argument, and its type: an attribute or a fixed type. */
  readonly output: string;
  readonly type: string;
  readonly defaults: { readonly [name: string]: Attr };
}

const entries: { readonly [op: string]: OpEntry } = {
  ...each(
    'Neg Abs Sign Floor Ceil Round Rint Square Reciprocal Sqrt Rsqrt Exp Expm1 Log Log1p Sin Cos Tan',
    'T',
    'y:T',
  ),
  ...each('Tanh Sinh Cosh Asin Acos Atan Sigmoid Erf Erfc Invert ZerosLike OnesLike', 'T', 'y:T'),
  ...each('AddV2 Sub Mul RealDiv Pow Maximum Minimum FloorDiv FloorMod SquaredDifference Atan2', 'T T', 'z:T'),
  ...each('MulNoNan DivNoNan BitwiseAnd BitwiseOr BitwiseXor LeftShift RightShift', 'T T', 'z:T'),
  ...each('Less LessEqual Greater GreaterEqual', 'T T', 'z:bool'),
  ...each('Equal NotEqual', 'T T', 'z:bool', { incompatible_shape_error: true }),
  ...each('LogicalAnd LogicalOr', 'bool bool', 'z:bool'),
  ...each('LogicalNot', 'bool', 'y:bool'),
  ...each('IsFinite IsNan IsInf', 'T', 'y:bool'),
  ...each('SelectV2', 'bool T T', 'output:T'),
  ...each('ClipByValue', 'T T T', 'output:T'),
  ...each('Cast', 'SrcT', 'y:DstT', { Truncate: false }),
  ...each('Bitcast', 'T', 'output:type'),
  ...each('Identity StopGradient PreventGradient Snapshot', 'T', 'output:T'),
  ...each('Relu Relu6 Elu Softplus', 'T', 'activations:T'),
  ...each('LeakyRelu', 'T', 'activations:T', { alpha: { float: 0.2 } }),
  ...each('Softmax', 'T', 'softmax:T'),
  ...each('LogSoftmax', 'T', 'logsoftmax:T'),

  ...each('Reshape', 'T Tshape', 'output:T'),
  ...each('Transpose', 'T Tperm', 'y:T'),
  ...each('BroadcastTo', 'T Tidx', 'output:T'),
  ...each('ExpandDims', 'T Tdim', 'output:T'),
  ...each('Squeeze', 'T', 'output:T', { squeeze_dims: [] }),
  ...each('Slice', 'T Index Index', 'output:T'),
  ...each('StridedSlice', 'T Index Index Index', 'output:T', {
    begin_mask: 0,
    end_mask: 0,
    ellipsis_mask: 0,
    new_axis_mask: 0,
    shrink_axis_mask: 0,
  }),
  ...each('Pad', 'T Tpaddings', 'output:T'),
  ...each('PadV2', 'T Tpaddings T', 'output:T'),
  ...each('MirrorPad', 'T Tpaddings', 'output:T', { mode: 'REFLECT' }),
  ...each('Tile', 'T Tmultiples', 'output:T'),
  ...each('ReverseV2', 'T Tidx', 'output:T'),
  ...each('Roll', 'T Tshift Taxis', 'output:T'),
  ...each('ConcatV2', 'N*T Tidx', 'output:T'),
  ...each('Pack', 'N*T', 'output:T', { axis: 0 }),
  ...each('SpaceToDepth DepthToSpace', 'T', 'output:T', { data_format: 'NHWC' }),

  ...each('Sum Mean Max Min Prod', 'T Tidx', 'output:T', { keep_dims: false }),
  ...each('Any All', 'bool Tidx', 'output:bool', { keep_dims: false }),
  ...each('ArgMax ArgMin', 'T Tidx', 'output:output_type'),
  ...each('Cumsum Cumprod', 'T Tidx', 'out:T', { exclusive: false, reverse: false }),
  ...each('AddN', 'N*T', 'sum:T'),

  ...each('MatMul', 'T T', 'product:T', { transpose_a: false, transpose_b: false, grad_a: false, grad_b: false }),
  ...each('BatchMatMulV2', 'T T', 'output:T', { adj_x: false, adj_y: false, grad_x: false, grad_y: false }),
  ...each('BatchMatMulV3', 'Ta Tb', 'output:Tout', { adj_x: false, adj_y: false, grad_x: false, grad_y: false }),
  ...each('Einsum', 'N*T', 'output:T'),
  ...each('BiasAdd', 'T T', 'output:T', { data_format: 'NHWC' }),
  ...each('Conv2D', 'T T', 'output:T', convolution()),
  ...each('Conv2DBackpropInput', 'i32 T T', 'output:T', convolution()),
  ...each('Conv2DBackpropFilter', 'T i32 T', 'output:T', convolution()),
  ...each('MatrixBandPart', 'T Tindex Tindex', 'band:T'),

  ...each('GatherV2', 'Tparams Tindices Taxis', 'output:Tparams', { batch_dims: 0 }),
  ...each('GatherNd', 'Tparams Tindices', 'output:Tparams', { bad_indices_policy: '' }),
  ...each('ScatterNd', 'Tindices T Tindices', 'output:T', { bad_indices_policy: '' }),
  ...each('TensorScatterAdd TensorScatterUpdate', 'T Tindices T', 'output:T', { bad_indices_policy: '' }),
  ...each('UnsortedSegmentSum', 'T Tindices Tnumsegments', 'output:T'),
  ...each('OneHot', 'TI i32 T T', 'output:T', { axis: -1 }),

  ...each('Range', 'Tidx Tidx Tidx', 'output:Tidx'),
  ...each('Fill', 'index_type T', 'output:T'),
  ...each('StatelessRandomNormal StatelessRandomUniform', 'T Tseed', 'output:dtype'),
  ...each('ResizeBilinear', 'T i32', 'resized_images:f32', { align_corners: false, half_pixel_centers: true }),
};

/** The entry of an operator. An operator that is missing here was never tried: add it with its names from the op registry. */
export function opEntry(op: string): OpEntry {
  invariant(Object.hasOwn(entries, op), `TensorFlow's operator ${op} is not in src/backends/tensorflow/op-table.ts`);
  return entries[op];
}

function each(
  ops: string,
  inputs: string,
  output: string,
  defaults: OpEntry['defaults'] = {},
): { [op: string]: OpEntry } {
  const [name, type] = output.split(':');
  const entry: OpEntry = { inputs: inputs.split(' '), output: name, type, defaults };
  return Object.fromEntries(ops.split(' ').map((op) => [op, entry]));
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
