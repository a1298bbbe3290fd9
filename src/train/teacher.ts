/** The frozen image encoder of an alignment (REPA), run on the clean images of each batch; here an ONNX file. */
import { messageOf } from '../files/file-error';
import { loadOnnx, type OnnxModel, type OnnxValue } from '../backends/onnx/runtime';
import type { HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { levelChange } from '../compiler/lower/levels';
import type { TeacherShape } from '../compiler/programs/objectives/teacher';
import { fileSum } from '../files/checksums';
import { resizeImages } from '../data/resize';
import { encoderInput, runInPieces, type Encoder, type EncoderInput } from './encoder-calls';
import { alignedTokens, leadingTokens, tokenOutputs } from './teacher-tokens';

export interface Teacher {
  /** A digest of its files, which tells encoders apart. */
  readonly digest: string;
  /** The encoder's tokens `[batch, tokens, width]` for images `[batch, 3, height, width]` in [-1, 1]. */
  encode(images: HostTensor): Promise<HostTensor>;
  close(): Promise<void>;
}

/** From the levels of the language to those that image encoders were trained on, for each colour. */
const { scale, shift } = levelChange('signed', 'imagenet');

export interface TeacherFileOptions {
  /** Shape of the batches that it will get, `[batch, 3, height, width]`. */
  readonly images: readonly number[];
  readonly threads?: number;
  /** Called for tokens that are left out. */
  readonly onWarning?: (message: string) => void;
}

/**
 * Loads an encoder with one input `[batch, 3, height, width]` and tries it, so that a wrong output is reported here and not in the
 * middle of a run. Images are resized bilinearly if the file fixes their size, and go through in pieces if it fixes the batch.
 * The tokens are the first output with three axes that fits; the class token and registers, which come first,
 * are left out.
 */
export async function openTeacher(path: string, wanted: TeacherShape, options: TeacherFileOptions): Promise<Teacher> {
  const model = await loadOnnx(path, options.threads);
  try {
    return await tryTeacher(path, model, wanted, options);
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

async function tryTeacher(
  path: string,
  model: OnnxModel,
  wanted: TeacherShape,
  { images: shape, onWarning }: TeacherFileOptions,
): Promise<Teacher> {
  const input = encoderInput(path, model);
  const encoder = { path, model, input };
  const candidates = tokenOutputs(path, model);
  const blank: HostTensor = { shape, dtype: 'f32', data: new Float32Array(shape.reduce((a, b) => a * b, 1)) };
  const { piece, outputs } = await firstRun(encoder, blank, candidates);
  const found = alignedTokens(path, outputs, wanted, shape[0]);
  const { dropped, name } = found;
  if (dropped > 0) {
    onWarning?.(
      `The encoder ${path} gives ${wanted.tokens + dropped} tokens; the first ${dropped} (class and registers) are left out.`,
    );
  }
  const encode = async (images: HostTensor): Promise<HostTensor> => {
    const all = await runInPieces(encoder, normalizedFor(input, images), piece, [name]);
    return leadingTokens(all[name], dropped);
  };
  return { digest: (await fileSum(path)).sha256, encode, close: () => model.dispose() };
}

/** The outputs of a whole batch, and how many images go through at a time. A file may fix that number without stating it. */
async function firstRun(
  encoder: Encoder,
  images: HostTensor,
  candidates: readonly OnnxValue[],
): Promise<{ piece: number; outputs: { readonly [name: string]: HostTensor } }> {
  const { path, input } = encoder;
  const names = candidates.map((c) => c.name);
  const pieces = input.batch === null ? [...new Set([images.shape[0], 1])] : [input.batch];
  let problem = '';
  for (const piece of pieces) {
    try {
      return { piece, outputs: await runInPieces(encoder, normalizedFor(input, images), piece, names) };
    } catch (error) {
      if (error instanceof WeftError) throw error;
      problem = messageOf(error).split('\n')[0];
    }
  }
  throw new WeftError(
    `The encoder ${path} does not run on images of ${input.height ?? images.shape[2]}x${input.width ?? images.shape[3]}: ${problem}`,
    'Export it for images of that size, or with sides that it takes as they come.',
  );
}

function normalizedFor({ height, width }: EncoderInput, images: HostTensor): HostTensor {
  return normalizedImages(images, height ?? images.shape[2], width ?? images.shape[3]);
}

/** Images in [-1, 1], normalised as encoders take them, `[batch, 3, height, width]`. */
export function normalizedImages(images: HostTensor, height: number, width: number): HostTensor {
  const channels = images.shape[1];
  if (channels !== scale.length) {
    throw new WeftError(
      `Image encoders take 3 channels; these images have ${channels}.`,
      'Leave align out of the recipe.',
    );
  }
  const resized = resizeImages(images, height, width);
  const plane = height * width;
  const data = Float32Array.from(resized.data, (value, i) => {
    const c = Math.floor(i / plane) % channels;
    return value * scale[c] + shift[c];
  });
  return { ...resized, data };
}
