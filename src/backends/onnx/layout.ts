/** Lays out an exported model: the protobuf parts of the `.onnx` file, and the place of each weight, in that file or in a separate one. */
// Tested by test/backends/onnx/model.test.ts.
import { held } from '../../compiler/invariant';
import type { onnx } from 'onnx-proto';
import { formatDim } from '../../compiler/ir/dims';
import type { Program, TensorType } from '../../compiler/ir/graph';
import { WeftError } from '../../compiler/diagnostics/diagnostic';
import { inputName } from '../host';
import type { EmittedProgram, WeightTensor } from './emit';
import { dataTypes, irVersionOf, itemSizes, messages, type OnnxDType } from './proto';

/** Bytes of weights above which they go to a separate file unless told otherwise: a protobuf file must not exceed 2 GiB. */
const externalAbove = 1.5e9;
const protobufLimit = 2 ** 31 - 1;
/** Tensors of fewer bytes stay in the `.onnx` file. */
const leastExternal = 1024;
const page = 4096;

/** A piece of a file: known bytes, or a weight that is read when it is written. `offset` counts bytes from the file's start. */
export type Piece = { readonly offset: number } & (
  { readonly kind: 'bytes'; readonly bytes: Uint8Array } | { readonly kind: 'weight'; readonly weight: WeightTensor }
);

/** A file to be written: pieces in order of offset, gaps between them zero. */
export interface FileLayout {
  readonly pieces: readonly Piece[];
  readonly bytes: number;
}

/** The `.onnx` file, and the file of weights beside it if there is one. */
export interface ModelLayout {
  readonly model: FileLayout;
  readonly data: FileLayout | null;
}

export interface LayoutOptions {
  readonly externalData: 'auto' | boolean;
  /** The name, without folders, by which the model file refers to the file of weights. */
  readonly dataName: string;
  readonly producerVersion: string;
  readonly metadata: { readonly [key: string]: string };
}

/** The bytes that a weight takes in the file. */
function weightBytes(weight: WeightTensor): number {
  return weight.dims.reduce((a, b) => a * b, 1) * itemSizes[weight.variable.dtype];
}

/** Lays out an emitted program; sizes follow from shapes, so no weight is read for it. */
export function layoutModel(program: Program, emitted: EmittedProgram, options: LayoutOptions): ModelLayout {
  const total = emitted.weights.reduce((sum, w) => sum + weightBytes(w), 0);
  const external = options.externalData === 'auto' ? total > externalAbove : options.externalData;
  const outside = emitted.weights.filter((w) => external && weightBytes(w) >= leastExternal);
  const { data, offsets } = layoutData(outside);
  const graph = new PieceWriter();
  graph.message(encodeGraph(program, emitted));
  for (const weight of emitted.weights) {
    const offset = offsets.get(weight);
    if (offset === undefined) graph.inlineWeight(weight);
    else graph.field(5, messages.TensorProto.encode(externalTensor(weight, offset, options.dataName)).finish());
  }
  const model = new PieceWriter();
  model.message(encodeModel(emitted, options));
  model.header(7, graph.length);
  model.append(graph);
  if (model.length > protobufLimit) {
    throw new WeftError(
      `One ONNX file would hold ${model.length} bytes; the format allows ${protobufLimit}.`,
      'Let the weights go to a file beside it (external data).',
    );
  }
  return { model: { pieces: model.pieces, bytes: model.length }, data: outside.length > 0 ? data : null };
}

/** Tensors one after another, from multiples of 64 bytes, or of a page so that runtimes can map them. */
function layoutData(weights: readonly WeightTensor[]): { data: FileLayout; offsets: Map<WeightTensor, number> } {
  const offsets = new Map<WeightTensor, number>();
  let end = 0;
  for (const weight of weights) {
    const alignment = weightBytes(weight) >= page ? page : 64;
    const offset = Math.ceil(end / alignment) * alignment;
    offsets.set(weight, offset);
    end = offset + weightBytes(weight);
  }
  const pieces = weights.map((weight): Piece => ({ kind: 'weight', weight, offset: held(offsets, weight) }));
  return { data: { pieces, bytes: end }, offsets };
}

/** Assembles protobuf bytes in pieces, so that the place of each weight is known without loading it. */
class PieceWriter {
  readonly pieces: Piece[] = [];
  length = 0;

  message(bytes: Uint8Array): void {
    this.pieces.push({ kind: 'bytes', bytes, offset: this.length });
    this.length += bytes.length;
  }

  /** Opens a length-delimited field of `length` bytes. */
  header(field: number, length: number): void {
    this.message(Uint8Array.from([...varint(field * 8 + 2), ...varint(length)]));
  }

  field(field: number, bytes: Uint8Array): void {
    this.header(field, bytes.length);
    this.message(bytes);
  }

  /** An initializer (field 5 of GraphProto) whose raw data (field 9 of TensorProto) is the weight. */
  inlineWeight(weight: WeightTensor): void {
    const bytes = weightBytes(weight);
    const head = messages.TensorProto.encode(tensorHead(weight)).finish();
    const rawHeader = Uint8Array.from([...varint(9 * 8 + 2), ...varint(bytes)]);
    this.header(5, head.length + rawHeader.length + bytes);
    this.message(head);
    this.message(rawHeader);
    this.pieces.push({ kind: 'weight', weight, offset: this.length });
    this.length += bytes;
  }

  append(other: PieceWriter): void {
    for (const piece of other.pieces) this.pieces.push({ ...piece, offset: this.length + piece.offset });
    this.length += other.length;
  }
}

function varint(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest = Math.floor(rest / 128)) {
    if (rest < 128) return [...bytes, rest];
    bytes.push((rest % 128) + 128);
  }
}

function encodeModel({ graph }: EmittedProgram, options: LayoutOptions): Uint8Array {
  return messages.ModelProto.encode({
    irVersion: irVersionOf(graph.opset),
    producerName: 'weft',
    producerVersion: options.producerVersion,
    opsetImport: [{ domain: '', version: graph.opset }],
    metadataProps: Object.entries(options.metadata).map(([key, value]) => ({ key, value })),
  }).finish();
}

function encodeGraph(program: Program, { graph }: EmittedProgram): Uint8Array {
  return messages.GraphProto.encode({
    name: program.name,
    node: graph.nodes,
    input: program.inputs.map((v) => valueInfo(inputName(v), v.type)),
    output: Object.entries(program.outputs).map(([name, v]) => valueInfo(name, v.type)),
    initializer: [...graph.constants.values()].map((c): onnx.ITensorProto => ({
      name: c.name,
      dataType: dataTypes[c.dtype],
      dims: [...c.dims],
      rawData: c.data,
    })),
  }).finish();
}

/** The type of a tensor that enters or leaves a graph. */
export function valueInfo(
  name: string,
  type: Pick<TensorType, 'shape'> & { readonly dtype: OnnxDType },
): onnx.IValueInfoProto {
  const dim = type.shape.map((d) => (typeof d === 'number' ? { dimValue: d } : { dimParam: formatDim(d) }));
  return { name, type: { tensorType: { elemType: dataTypes[type.dtype], shape: { dim } } } };
}

function tensorHead(weight: WeightTensor): onnx.ITensorProto {
  return { name: weight.name, dataType: dataTypes[weight.variable.dtype], dims: [...weight.dims] };
}

function externalTensor(weight: WeightTensor, offset: number, location: string): onnx.ITensorProto {
  const entries = { location, offset: String(offset), length: String(weightBytes(weight)) };
  return {
    ...tensorHead(weight),
    dataLocation: messages.TensorProto.DataLocation.EXTERNAL,
    externalData: Object.entries(entries).map(([key, value]) => ({ key, value })),
  };
}
