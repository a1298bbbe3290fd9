/** The part of TensorBoard's protobuf messages that a training run writes, as records of an event file. */
// Tested by test/train/event-log.test.ts.
import protobuf from 'protobufjs';
import { tfRecord } from '../files/tf-record';
import type { Histogram } from './histogram';

/** Kept as text inside the program, so that a bundled build needs no file beside it. */
const definition = `
syntax = "proto3";
package tensorflow;
message TensorShapeProto {
  message Dim { int64 size = 1; }
  repeated Dim dim = 2;
}
message TensorProto { int32 dtype = 1; TensorShapeProto tensor_shape = 2; repeated bytes string_val = 8; }
message HistogramProto {
  double min = 1;
  double max = 2;
  double num = 3;
  double sum = 4;
  double sum_squares = 5;
  repeated double bucket_limit = 6 [packed = true];
  repeated double bucket = 7 [packed = true];
}
message SummaryMetadata {
  message PluginData { string plugin_name = 1; }
  PluginData plugin_data = 1;
}
message Summary {
  message Image { int32 height = 1; int32 width = 2; int32 colorspace = 3; bytes encoded_image_string = 4; }
  message Value {
    string tag = 1;
    oneof value { float simple_value = 2; Image image = 4; HistogramProto histo = 5; TensorProto tensor = 8; }
    SummaryMetadata metadata = 9;
  }
  repeated Value value = 1;
}
message SessionLog { int32 status = 1; }
message Event {
  double wall_time = 1;
  int64 step = 2;
  oneof what { string file_version = 3; Summary summary = 5; SessionLog session_log = 7; }
}
`;

export type SummaryValue =
  | { readonly tag: string; readonly simpleValue: number }
  | { readonly tag: string; readonly image: ImageValue }
  | { readonly tag: string; readonly histo: Histogram }
  | { readonly tag: string; readonly tensor: TextTensor; readonly metadata: PluginNote };

interface ImageValue {
  readonly height: number;
  readonly width: number;
  /** Channels: 1 for grey, 3 for colours, 4 with opacity. */
  readonly colorspace: number;
  /** The bytes of a PNG file. */
  readonly encodedImageString: Uint8Array;
}

interface TextTensor {
  readonly dtype: number;
  readonly tensorShape: { readonly dim: readonly { readonly size: number }[] };
  readonly stringVal: readonly Uint8Array[];
}

/** The TensorBoard page that a tensor is for. */
interface PluginNote {
  readonly pluginData: { readonly pluginName: string };
}

/** The content of an event. */
export type EventContent =
  | { readonly fileVersion: string }
  | { readonly sessionLog: { readonly status: number } }
  | { readonly summary: { readonly value: readonly SummaryValue[] } };

/** The first event of a file: the version of the format. */
export const firstEvent: EventContent = { fileVersion: 'brain.Event:2' };

/** Records of this step and later ones are no longer valid: training repeats them from here. */
export const startEvent: EventContent = { sessionLog: { status: 1 } };

/** The number of the element type of texts in TensorFlow. */
const stringType = 7;

/** A text, which TensorBoard reads as Markdown. */
export function textValue(tag: string, text: string): SummaryValue {
  const tensor = {
    dtype: stringType,
    tensorShape: { dim: [{ size: 1 }] },
    stringVal: [new TextEncoder().encode(text)],
  };
  return { tag, tensor, metadata: { pluginData: { pluginName: 'text' } } };
}

let event: protobuf.Type | null = null;

/** The record of an event; `wallTime` is in seconds since 1970. */
export function eventRecord(wallTime: number, step: number, content: EventContent): Uint8Array {
  event ??= protobuf.parse(definition).root.lookupType('tensorflow.Event');
  // As in every proto3 file, zeros are left out.
  return tfRecord(event.encode({ wallTime, ...(step !== 0 && { step }), ...content }).finish());
}
