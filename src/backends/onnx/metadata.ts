/** Reads the metadata of an ONNX file without its weights. */
// Tested by test/backends/onnx/sample.test.ts.
import protobuf from 'protobufjs';
import { openToRead } from '../../files/regular-file';
import { messages } from './proto';

/** Field numbers of ModelProto. */
const [graphField, metadataField] = [7, 14];
const headBytes = 2 ** 20;

/** The `metadata_props` that come before the graph, where this exporter writes them; files of other exporters may have none there. */
export async function readMetadata(path: string): Promise<{ readonly [key: string]: string }> {
  const head = Buffer.alloc(headBytes);
  const file = await openToRead(path);
  const { bytesRead } = await file.read(head, 0, headBytes, 0).finally(() => file.close());
  const reader = protobuf.Reader.create(head.subarray(0, bytesRead));
  const found: { [key: string]: string } = {};
  try {
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag >>> 3 === graphField) break;
      if (tag >>> 3 !== metadataField) reader.skipType(tag & 7);
      else {
        const { key, value } = messages.StringStringEntryProto.decode(reader.bytes());
        found[key] = value;
      }
    }
  } catch {
    // The runtime reports a file that is not ONNX when it loads it.
  }
  return found;
}
