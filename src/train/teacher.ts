/** The frozen image encoder of an alignment (REPA), run on the clean images of each batch; here one that is an ONNX file. */
import { loadOnnx, type OnnxModel } from '../backends/onnx/runtime';
import type { HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { resizeImages } from '../data/resize';
import { fileSum } from '../files/checksums';
import type { TeacherShape } from '../compiler/programs/objectives/teacher';

export interface Teacher {
  /** Tells this encoder from another: a digest of its files. */
  readonly digest: string;
  /** The encoder's tokens of images `[batch, 3, height, width]` in [-1, 1]. */
  encode(images: HostTensor): Promise<HostTensor>;
  close(): Promise<void>;
}

/** What image encoders were trained on: mean and standard deviation of ImageNet's red, green and blue in [0, 1]. */
const mean = [0.485, 0.456, 0.406] as const;
const deviation = [0.229, 0.224, 0.225] as const;

/**
 * Loads an encoder with one input `[batch, 3, height, width]`. Images are brought to its size bilinearly where the file fixes
 * one. Of its outputs the first with three axes counts; tokens before those of the image (class, registers) are left out.
 */
export async function openTeacher(path: string, wanted: TeacherShape, threads?: number): Promise<Teacher> {
  const model = await loadOnnx(path, threads);
  if (model.inputs.length !== 1) {
    await model.dispose();
    throw new WeftError(
      `The encoder ${path} has ${model.inputs.length} inputs: ${model.inputs.map((i) => i.name).join(', ')}.`,
      'Export it with the image as its only input.',
    );
  }
  const [{ name, shape }] = model.inputs;
  const size = shape.slice(2).map((d) => (typeof d === 'number' && d > 0 ? d : null));
  return {
    digest: (await fileSum(path)).sha256,
    encode: async (images) => {
      const [height, width] = images.shape.slice(2);
      const image = normalizedImages(images, size[0] ?? height, size[1] ?? width);
      return imageTokens(path, await model.run({ [name]: image }), wanted);
    },
    close: () => model.dispose(),
  };
}

/** The last `tokens` tokens of the encoder's output. */
function imageTokens(path: string, outputs: Awaited<ReturnType<OnnxModel['run']>>, wanted: TeacherShape): HostTensor {
  const found = Object.values(outputs).find((t) => t.shape.length === 3);
  const { tokens, width } = wanted;
  if (!found || found.shape[1] < tokens || found.shape[2] !== width) {
    const shapes = Object.entries(outputs).map(([name, t]) => `${name} [${t.shape.join(', ')}]`);
    throw new WeftError(
      `The recipe aligns with ${tokens} tokens of ${width}, but the encoder ${path} gives ${shapes.join(', ')}.`,
      'Set `width` and `tokens` of align = repa(…) to those of the encoder.',
    );
  }
  const [batch, have] = found.shape;
  const data = new Float32Array(batch * tokens * width);
  for (let b = 0; b < batch; b++) {
    const end = (b + 1) * have * width;
    data.set(found.data.subarray(end - tokens * width, end), b * tokens * width);
  }
  return { shape: [batch, tokens, width], dtype: 'f32', data };
}

/** Images in [-1, 1] as encoders take them, `[batch, 3, height, width]`. */
export function normalizedImages(images: HostTensor, height: number, width: number): HostTensor {
  const channels = images.shape[1];
  if (channels !== mean.length) {
    throw new WeftError(
      `Image encoders take 3 channels; these images have ${channels}.`,
      'Leave align out of the recipe.',
    );
  }
  const resized = resizeImages(images, height, width);
  const plane = height * width;
  const data = Float32Array.from(resized.data, (value, i) => {
    const c = Math.floor(i / plane) % channels;
    return ((value + 1) / 2 - mean[c]) / deviation[c];
  });
  return { ...resized, data };
}
