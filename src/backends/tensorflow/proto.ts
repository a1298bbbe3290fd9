/** The part of TensorFlow's protobuf messages that a SavedModel needs, and its encoder. */
// Tested by test/backends/tensorflow/variables.test.ts.
import protobuf from 'protobufjs';

/** Kept as text inside the program, so that a bundled build needs no file beside it. */
const definition = `
syntax = "proto3";
package tensorflow;
message TensorShapeProto {
  message Dim { int64 size = 1; }
  repeated Dim dim = 2;
  bool unknown_rank = 3;
}
message TensorProto {
  int32 dtype = 1;
  TensorShapeProto tensor_shape = 2;
  bytes tensor_content = 4;
  repeated bytes string_val = 8;
}
message NameAttrList { string name = 1; }
message AttrValue {
  message ListValue {
    repeated bytes s = 2;
    repeated int64 i = 3;
    repeated int32 type = 6;
    repeated TensorShapeProto shape = 7;
  }
  oneof value {
    ListValue list = 1;
    bytes s = 2;
    int64 i = 3;
    float f = 4;
    bool b = 5;
    int32 type = 6;
    TensorShapeProto shape = 7;
    TensorProto tensor = 8;
    NameAttrList func = 10;
  }
}
message NodeDef {
  string name = 1;
  string op = 2;
  repeated string input = 3;
  map<string, AttrValue> attr = 5;
}
message VersionDef { int32 producer = 1; int32 min_consumer = 2; }
message OpDef {
  message ArgDef { string name = 1; int32 type = 3; }
  string name = 1;
  repeated ArgDef input_arg = 2;
  repeated ArgDef output_arg = 3;
  bool is_stateful = 17;
  repeated string control_output = 20;
}
message FunctionDef {
  OpDef signature = 1;
  repeated NodeDef node_def = 3;
  map<string, string> ret = 4;
  map<string, AttrValue> attr = 5;
  map<string, string> control_ret = 6;
}
message FunctionDefLibrary { repeated FunctionDef function = 1; }
message GraphDef { repeated NodeDef node = 1; FunctionDefLibrary library = 2; VersionDef versions = 4; }
message TensorInfo { string name = 1; int32 dtype = 2; TensorShapeProto tensor_shape = 3; }
message SignatureDef {
  map<string, TensorInfo> inputs = 1;
  map<string, TensorInfo> outputs = 2;
  string method_name = 3;
}
message MetaInfoDef { repeated string tags = 4; string tensorflow_version = 5; }
message MetaGraphDef {
  MetaInfoDef meta_info_def = 1;
  GraphDef graph_def = 2;
  map<string, SignatureDef> signature_def = 5;
}
message SavedModel { int64 saved_model_schema_version = 1; repeated MetaGraphDef meta_graphs = 2; }
`;

/** TensorFlow's element types by the names Weft uses, and those that only handles and file names have. */
export const dataTypes = { f32: 1, i32: 3, string: 7, i64: 9, bool: 10, bf16: 14, f16: 19, resource: 20 } as const;
export type GraphDType = keyof typeof dataTypes;

export interface ShapeProto {
  readonly dim: readonly { readonly size: number }[];
}
export interface TensorProto {
  readonly dtype: number;
  readonly tensorShape: ShapeProto;
  readonly tensorContent?: Uint8Array;
  readonly stringVal?: readonly Uint8Array[];
}
/** One of the fields is set. */
export interface AttrProto {
  readonly list?: {
    readonly i?: readonly number[];
    readonly type?: readonly number[];
    readonly shape?: readonly ShapeProto[];
  };
  readonly s?: Uint8Array;
  readonly i?: number;
  readonly f?: number;
  readonly b?: boolean;
  readonly type?: number;
  readonly shape?: ShapeProto;
  readonly tensor?: TensorProto;
  readonly func?: { readonly name: string };
}
export interface NodeProto {
  readonly name: string;
  readonly op: string;
  readonly input: readonly string[];
  readonly attr: { readonly [name: string]: AttrProto };
}
export interface ArgProto {
  readonly name: string;
  readonly type: number;
}
export interface FunctionProto {
  readonly signature: {
    readonly name: string;
    readonly inputArg: readonly ArgProto[];
    readonly outputArg: readonly ArgProto[];
    readonly isStateful: boolean;
    readonly controlOutput: readonly string[];
  };
  readonly nodeDef: readonly NodeProto[];
  readonly ret: { readonly [output: string]: string };
  readonly controlRet: { readonly [output: string]: string };
  readonly attr: { readonly [name: string]: AttrProto };
}
export interface TensorInfoProto {
  readonly name: string;
  readonly dtype: number;
  readonly tensorShape: ShapeProto;
}
export interface SignatureProto {
  readonly inputs: { readonly [name: string]: TensorInfoProto };
  readonly outputs: { readonly [name: string]: TensorInfoProto };
  readonly methodName: string;
}
export interface MetaGraphProto {
  readonly metaInfoDef: { readonly tags: readonly string[]; readonly tensorflowVersion: string };
  readonly graphDef: {
    readonly node: readonly NodeProto[];
    readonly library: { readonly function: readonly FunctionProto[] };
    readonly versions: { readonly producer: number; readonly minConsumer: number };
  };
  readonly signatureDef: { readonly [name: string]: SignatureProto };
}

let savedModel: protobuf.Type | null = null;

/** The bytes of a SavedModel with one meta graph. */
export function encodeSavedModel(metaGraph: MetaGraphProto): Uint8Array {
  savedModel ??= protobuf.parse(definition).root.lookupType('tensorflow.SavedModel');
  return savedModel.encode({ savedModelSchemaVersion: 1, metaGraphs: [metaGraph] }).finish();
}

const encoder = new TextEncoder();

/** Constructors of attribute values, named after what they hold. */
export const attr = {
  type: (dtype: GraphDType): AttrProto => ({ type: dataTypes[dtype] }),
  types: (dtypes: readonly GraphDType[]): AttrProto => ({ list: { type: dtypes.map((d) => dataTypes[d]) } }),
  shape: (shape: readonly number[]): AttrProto => ({ shape: shapeProto(shape) }),
  int: (i: number): AttrProto => ({ i }),
  ints: (i: readonly number[]): AttrProto => ({ list: { i } }),
  float: (f: number): AttrProto => ({ f }),
  bool: (b: boolean): AttrProto => ({ b }),
  text: (s: string): AttrProto => ({ s: encoder.encode(s) }),
  bytes: (s: Uint8Array): AttrProto => ({ s }),
  func: (name: string): AttrProto => ({ func: { name } }),
  tensor: (tensor: TensorProto): AttrProto => ({ tensor }),
  strings: (values: readonly string[], shape: readonly number[]): AttrProto => ({
    tensor: {
      dtype: dataTypes.string,
      tensorShape: shapeProto(shape),
      stringVal: values.map((v) => encoder.encode(v)),
    },
  }),
};

export function shapeProto(shape: readonly number[]): ShapeProto {
  return { dim: shape.map((size) => ({ size })) };
}
