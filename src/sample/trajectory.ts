/** Keeps what images look like on their way from noise to data, and writes it as an animation. */
import { resolve } from 'node:path';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { animationFormatOf, animationFormats, requireFramesFit, writeAnimation } from '../data/animation';
import { toBytes } from '../data/png';
import { requireWritableFile } from '../files/atomic';
import type { DrawnStep } from './sample-images';
import { gridScale, isPicture } from './write-samples';

/** The most pictures of an animation: of more steps, so many are shown, evenly spread. */
const mostFrames = 100;

/** Refuses names whose ending is not that of an animation, and that of the images; checked before anything is drawn. */
export function checkTrajectoryPath(path: string, out?: string): void {
  if (out !== undefined && resolve(path) === resolve(out))
    throw new WeftError(`--out and --trajectory both name ${path}.`, 'Name two files.', 2);
  if (animationFormatOf(path) !== null) return;
  throw new WeftError(
    `${path} is no animation that is written (${animationFormats.map((f) => `.${f}`).join(', ')}).`,
    'Name one of these with --trajectory.',
    2,
  );
}

/** Refuses an animation of images `[count, channels, height, width]` that cannot be written to this path. */
export async function requireTrajectoryFits(path: string, shape: readonly number[], columns: number): Promise<void> {
  const [, channels, , width] = shape;
  if (!isPicture(channels))
    throw new WeftError(
      `The model draws latents of ${channels} channels, which are no picture: there is nothing to animate.`,
      'Leave --trajectory out.',
      2,
    );
  requireFramesFit(path, shape, { columns, scale: gridScale(width) });
  await requireWritableFile(path);
}

/** The numbers of the steps that are shown, 0 for the noise: all, or some of very many. */
export function framesOf(steps: number): readonly number[] {
  const count = Math.min(steps + 1, mostFrames);
  return Array.from({ length: count }, (_, i) => Math.round((i * steps) / (count - 1)));
}

/** The images of some steps, as bytes. Its `add` is the `onStep` of drawing. */
export class Trajectory {
  private readonly frames = new Map<number, Uint8Array>();

  /** For images `[count, channels, height, width]`. */
  constructor(private readonly shape: readonly number[]) {}

  readonly add = ({ step, steps, first, images }: DrawnStep): void => {
    if (!framesOf(steps).includes(step)) return;
    const [, ...size] = this.shape;
    const length = size.reduce((a, b) => a * b, 1);
    const frame = this.frames.get(step) ?? new Uint8Array(this.shape[0] * length);
    frame.set(toBytes(images.data), first * length);
    this.frames.set(step, frame);
  };

  /** Writes them with `columns` images per row. */
  async write(path: string, columns: number): Promise<void> {
    const ordered = [...this.frames].sort(([a], [b]) => a - b);
    const images = ordered.map(([, data]) => ({ shape: this.shape, data }));
    await writeAnimation(path, images, { columns, scale: gridScale(this.shape[3]) });
  }
}
