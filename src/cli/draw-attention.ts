/** `weft sample --attention`: what a model looks at in the first images that it has drawn. */
// Tested by test/sample/attention.test.ts.
import { rowsOf } from '../backends/host';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { ModelGraph } from '../compiler/lower/model';
import { chosenAttentions } from '../compiler/programs/attention-maps';
import { denoise } from '../compiler/programs/denoise';
import { velocityModel } from '../compiler/programs/objectives/velocity-model';
import { requireWritableFile } from '../files/atomic';
import { attentionOf, type AttentionRequest } from '../sample/attention';
import { writeAttention } from './attention-sheet';
import type { SampleCommandOptions } from './sample';

/** The images whose maps are drawn, and the share of the image in what the model sees. */
const [most, usualTime] = [4, 0.5];

/** Refuses attentions that a model does not have, before anything is drawn. */
export function requireAttention(model: ModelGraph, { attention, attentionAt }: SampleCommandOptions): void {
  if (attention !== undefined) chosenAttentions(denoise(velocityModel(model)), model.name, attentionAt);
}

/** Refuses a file that maps are not written to, and what says how they are drawn where they are not. */
export async function checkAttention({ attention, attentionAt, attentionTime }: SampleCommandOptions): Promise<void> {
  const idle = attentionAt ? '--attention-at' : attentionTime === undefined ? null : '--attention-time';
  if (attention === undefined && idle !== null)
    throw new WeftError(`${idle} says how maps of attention are drawn, and none are.`, 'Add --attention maps.png.', 2);
  if (attention === undefined) return;
  if (attention.endsWith('.png') || attention.endsWith('.safetensors')) return requireWritableFile(attention);
  throw new WeftError(
    `--attention ${attention} is neither a picture nor a file of numbers.`,
    'End it in .png, or in .safetensors for the weights of all heads.',
    2,
  );
}

/** Draws the maps if they are asked for. */
export async function drawAttention(
  model: ModelGraph,
  drawn: Omit<AttentionRequest, 'seed' | 'time' | 'at' | 'backend' | 'threads'>,
  { attention, attentionAt: at, attentionTime: time = usualTime, seed, backend, threads }: SampleCommandOptions,
): Promise<void> {
  if (attention === undefined) return;
  const first = firstOf(drawn);
  const texts = Object.values(first.text ?? {})[0]?.shape[1] ?? 0;
  const maps = await attentionOf(model, { ...first, seed, time, at, backend, threads });
  for (const line of await writeAttention(attention, maps, first.images, texts)) console.error(line);
  console.log(attention);
}

/** The first images with their labels and texts; other conditions are used in turn. */
function firstOf<D extends Pick<AttentionRequest, 'images' | 'labels' | 'text'>>(drawn: D): D {
  const count = Math.min(most, drawn.images.shape[0]);
  const rows = Array.from({ length: count }, (_, i) => i);
  const text = drawn.text && Object.entries(drawn.text).map(([name, all]) => [name, rowsOf(all, rows)] as const);
  return {
    ...drawn,
    images: rowsOf(drawn.images, rows),
    labels: drawn.labels?.slice(0, count) ?? null,
    ...(text && { text: Object.fromEntries(text) }),
  };
}
