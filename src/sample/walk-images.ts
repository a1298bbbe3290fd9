/** Draws images with a walk of the language: one program runs per step, on any backend. */
import { setImmediate } from 'node:timers/promises';
import { rowsOf } from '../backends/host';
import type { HostTensor, HostTensors, Session } from '../backends/session';
import type { Program } from '../compiler/ir/graph';
import { drawName, drawsOf, type WalkPlan } from '../compiler/programs/walk';
import { imageDraws } from './noise';
import { takeRows, type SampleOptions } from './sample-images';

/** The options of `SampleOptions` without the settings, which the plan already contains. */
export interface WalkOptions extends Pick<SampleOptions, 'noise' | 'conditions' | 'batch' | 'onProgress' | 'onStep'> {
  /** Seed of the random draws during the walk. */
  readonly seed: number;
  /** The number of each image, counted from 0 by default. */
  readonly numbers?: readonly number[];
  /** Replaces the random draws during the walk, `[draws, count, channels, height, width]`. */
  readonly draws?: HostTensor;
}

/** Images `[count, channels, height, width]` in the units of the training data, about [-1, 1]. */
export async function walkImages(session: Session, plan: WalkPlan, options: WalkOptions): Promise<HostTensor> {
  const { noise, batch } = options;
  const [count, ...image] = noise.shape;
  const size = image.reduce((a, b) => a * b, 1);
  const images = new Float32Array(noise.data.length);
  const parts = Math.ceil(count / batch);
  let calls = 0;
  for (let part = 0; part < parts; part++) {
    const first = part * batch;
    // The last batch is filled up with copies of its first image, since some backends run only one batch size.
    const rows = Array.from({ length: batch }, (_, i) => (first + i < count ? first + i : first));
    const conditions = takeRows(options.conditions, rows, count);
    let draw = 0;
    let latents: HostTensor = rowsOf(noise, rows);
    const states = new Map<string, HostTensor>(
      plan.states.map(({ name, start }) => {
        const data = new Float32Array(batch * size).fill(start);
        return [name, { shape: [batch, ...image], dtype: 'f32', data }];
      }),
    );
    const own = Math.min(batch, count - first);
    const tell = async (step: number): Promise<void> => {
      const data = Float32Array.from(latents.data).subarray(0, own * size);
      await options.onStep?.({
        step,
        steps: plan.steps.length,
        first,
        images: { shape: [own, ...image], dtype: 'f32', data },
      });
    };
    await tell(0);
    for (const [step, { kind, numbers }] of plan.steps.entries()) {
      const program = plan.kinds[kind];
      const fresh = Array.from({ length: drawsOf(program) }, (_, use): [string, HostTensor] => {
        const drawn = drawnRows(options, draw + use, rows);
        return [drawName(use), drawn];
      });
      draw += fresh.length;
      const all: { readonly [name: string]: HostTensor } = {
        ...conditions,
        ...Object.fromEntries(Object.entries(numbers).map(([name, x]) => [name, number(x)])),
        ...Object.fromEntries([...states].map(([name, value]) => [`loop/${name}`, value])),
        ...Object.fromEntries(fresh),
        'loop/latents': latents,
      };
      const { latents: next, ...changed } = await session.run(program.name, inputsOf(program, all));
      latents = next;
      for (const [name, value] of Object.entries(changed)) states.set(name, value);
      await tell(step + 1);
      options.onProgress?.(++calls, parts * plan.steps.length);
      // As in sampleImages, signals have their turn.
      await setImmediate();
    }
    images.set(Float32Array.from(latents.data).subarray(0, own * size), first * size);
  }
  return { shape: noise.shape, dtype: 'f32', data: images };
}

/** The draw with this number, for the images with these numbers. */
function drawnRows({ noise, seed, numbers, draws }: WalkOptions, draw: number, rows: readonly number[]): HostTensor {
  const [count, ...image] = noise.shape;
  if (!draws) {
    const images = numbers ? rows.map((row) => numbers[row]) : rows;
    return imageDraws({ seed, draw }, image, images);
  }
  return rowsOf(
    { ...draws, shape: [draws.shape[0] * count, ...image] },
    rows.map((row) => draw * count + row),
  );
}

function inputsOf({ inputs }: Program, all: HostTensors): HostTensors {
  const names = inputs.flatMap((v) => (v.leaf?.kind === 'input' ? [v.leaf.name] : []));
  return Object.fromEntries(names.map((name) => [name, all[name]]));
}

function number(x: number): HostTensor {
  return { shape: [], dtype: 'f32', data: Float32Array.of(x) };
}
