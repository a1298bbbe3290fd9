/** Pictures that an exported sampler draws (`weft export --program sample`), by ONNX Runtime. */
// Tested by test/cli/evaluate.test.ts.
import { rowsOf } from '../backends/host';
import { loadOnnx, type OnnxModel, type OnnxValue } from '../backends/onnx/runtime';
import type { HostTensor } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { fileSum } from '../files/checksums';
import { checkDrawn } from '../sample/check-drawn';
import { noiseOf } from '../sample/noise';
import type { PictureSource } from './picture-source';

export interface SamplerRequest {
  readonly count: number;
  /** Seed of the noise; picture i depends on it and on i alone. */
  readonly seed: number;
  /** Of a sampler by class: classes 0 to `classes - 1` are drawn in turn. */
  readonly classes?: number;
  readonly threads?: number;
}

/** Pictures per call of a file that takes any number. */
const usualBatch = 16;

/** Opens a file; close it after use. */
export async function samplerPictures(
  path: string,
  { count, seed, classes, threads }: SamplerRequest,
): Promise<PictureSource & { close(): Promise<void> }> {
  const model = await loadOnnx(path, threads);
  try {
    const { size, batch, isClassed } = samplerIn(path, model);
    if (isClassed !== (classes !== undefined))
      throw new WeftError(
        isClassed ? `${path} draws by class, and does not say how many there are.` : `${path} knows no classes.`,
        isClassed ? 'Add --classes N: they are drawn in turn.' : 'Leave --classes out.',
        2,
      );
    const draw = async (wanted: readonly number[]): Promise<HostTensor[]> => {
      const numbers = Array.from({ length: batch }, (_, i) => wanted[i] ?? wanted[0]);
      const noise = noiseOf(seed, size, numbers);
      const y = Int32Array.from(numbers, (i) => i % (classes ?? 1));
      const { image } = await model.run({ noise, ...(isClassed && { y: { shape: [batch], dtype: 'i32', data: y } }) });
      checkDrawn(image);
      return wanted.map((_, i) => rowsOf(image, [i]));
    };
    return {
      count,
      facts: { sampler: (await fileSum(path)).sha256, seed, classes },
      read: async (numbers) => {
        const pictures: HostTensor[] = [];
        for (let at = 0; at < numbers.length; at += batch)
          pictures.push(...(await draw(numbers.slice(at, at + batch))));
        return pictures;
      },
      close: () => model.dispose(),
    };
  } catch (error) {
    await model.dispose();
    throw error;
  }
}

interface Sampler {
  /** Channels, height, width. */
  readonly size: readonly number[];
  readonly batch: number;
  readonly isClassed: boolean;
}

function samplerIn(path: string, { inputs, outputs }: OnnxModel): Sampler {
  const noise = inputs.find((i) => i.name === 'noise');
  const refuse = (why: string): WeftError =>
    new WeftError(
      `${path} is no sampler whose pictures can be measured: ${why}.`,
      'Make one with weft export --program sample; evaluate a run where it needs texts or other conditions.',
    );
  if (!noise || !outputs.some((o) => o.name === 'image')) throw refuse('it does not make an "image" of "noise"');
  const other = inputs.find((i) => i.name !== 'noise' && i.name !== 'y');
  if (other) throw refuse(`it also needs "${other.name}"`);
  const size = noise.shape.slice(1).filter((n): n is number => typeof n === 'number' && n > 0);
  if (size.length !== 3) throw refuse(`its images are ${shapeText(noise)}, of no fixed size`);
  if (size[0] !== 1 && size[0] !== 3) throw refuse(`its images have ${size[0]} channels, and pictures have 1 or 3`);
  const [rows] = noise.shape;
  const batch = typeof rows === 'number' && rows > 0 ? rows : usualBatch;
  return { size, batch, isClassed: inputs.some((i) => i.name === 'y') };
}

function shapeText({ shape }: OnnxValue): string {
  return `[${shape.join(', ')}]`;
}
