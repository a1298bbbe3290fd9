/** ONNX's protobuf messages and enumerations, and which IR version goes with which opset. */
// Tested by test/backends/onnx/export.test.ts.
import onnxProto from 'onnx-proto';
import type { DType } from '../../compiler/ir/graph';

/** Message classes (`ModelProto`, `GraphProto`, …). Their types are under `onnx` of the package `onnx-proto`. */
export const messages = onnxProto.onnx;

/** Element types a tensor of the file may have: the IR's, and the int64 of shapes. */
export type OnnxDType = DType | 'i64';

/** TensorProto.DataType of an element type. */
export const dataTypes: { readonly [D in OnnxDType]: number } = { f32: 1, i32: 6, i64: 7, bool: 9, f16: 10, bf16: 16 };

/** Bytes of one element in a file. */
export const itemSizes: { readonly [D in OnnxDType]: number } = { f32: 4, i32: 4, i64: 8, bool: 1, f16: 2, bf16: 2 };

/** Opsets this exporter writes. */
export const opsetRange = { least: 17, most: 25 } as const;

/** The version of the file format in the first ONNX release with an opset. */
export function irVersionOf(opset: number): number {
  const versions: { readonly [opset: number]: number } = {
    17: 8,
    18: 8,
    19: 9,
    20: 9,
    21: 10,
    22: 10,
    23: 11,
    24: 12,
    25: 13,
  };
  return versions[opset];
}
