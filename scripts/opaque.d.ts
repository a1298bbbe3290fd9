/** Types of the packages that Weft computes with, as its own declarations name them in dist/types: nobody who uses Weft checks theirs. */
export type Tensor = object;
export type Tensor4D = object;
export declare namespace onnx {
  type INodeProto = object;
  type IValueInfoProto = object;
}
declare const messages: { readonly onnx: object };
export default messages;
