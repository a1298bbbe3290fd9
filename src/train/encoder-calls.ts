/** Calls of an image encoder in an ONNX file: its input, and how a batch is split if it takes a fixed number of images. */
// Tested by test/train/teacher.test.ts.
import { rowsOf } from '../backends/host';
import type { OnnxModel } from '../backends/onnx/runtime';
import type { HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';

/** The image that an encoder takes; null for a side or batch that the file leaves open. */
export interface EncoderInput {
  readonly name: string;
  readonly batch: number | null;
  readonly height: number | null;
  readonly width: number | null;
}

/** An encoder in an ONNX file. */
export interface Encoder {
  readonly path: string;
  readonly model: OnnxModel;
  readonly input: EncoderInput;
}

/** The only input of a file, `[batch, 3, height, width]` of floats. */
export function encoderInput(path: string, { inputs }: OnnxModel): EncoderInput {
  const told = inputs.map(({ name, type, shape }) => `${name} ${type} [${shape.join(', ')}]`).join(', ');
  const fixed = inputs[0]?.shape.map((d) => (typeof d === 'number' && d > 0 ? d : null)) ?? [];
  const [batch, channels, height, width] = fixed;
  const isImage = fixed.length === 4 && (channels === 3 || channels === null);
  if (inputs.length !== 1 || !isImage || !/^float(16|32|64)$/.test(inputs[0].type)) {
    throw new WeftError(
      `The encoder ${path} takes ${told || 'nothing'}; one image [batch, 3, height, width] of floats was expected.`,
      'Export it with the image as its only input, channels before rows.',
    );
  }
  return { name: inputs[0].name, batch, height, width };
}

/** The outputs for images, `piece` at a time. The last piece is filled up with its last image, whose extra outputs are dropped. */
export async function runInPieces(
  { model, input: { name } }: Encoder,
  images: HostTensor,
  piece: number,
  wanted: readonly string[],
): Promise<{ readonly [name: string]: HostTensor }> {
  const count = images.shape[0];
  const parts: { readonly [name: string]: HostTensor }[] = [];
  for (let at = 0; at < count; at += piece) {
    const rows = Array.from({ length: piece }, (_, i) => Math.min(at + i, count - 1));
    parts.push(await model.run({ [name]: rowsOf(images, rows) }, wanted));
  }
  return Object.fromEntries(
    wanted.map((output) => [
      output,
      joined(
        parts.map((part) => part[output]),
        piece,
        count,
      ),
    ]),
  );
}

function joined(parts: readonly HostTensor[], piece: number, count: number): HostTensor {
  const [{ shape, dtype }] = parts;
  if (shape[0] !== piece) return { shape, dtype, data: parts[0].data };
  const size = shape.slice(1).reduce((a, b) => a * b, 1);
  const out = new Float32Array(count * size);
  parts.forEach(({ data }, i) =>
    out.set(data.subarray(0, Math.min(piece, count - i * piece) * size), i * piece * size),
  );
  return { shape: [count, ...shape.slice(1)], dtype, data: out };
}
