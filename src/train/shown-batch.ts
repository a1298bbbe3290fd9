/** The first images of a training run as its step gets them, with their conditions, on a contact sheet and in a list. */
// Tested by test/cli/data.test.ts.
import { rowsOf } from '../backends/host';
import type { HostTensor, HostTensors } from '../backends/session';
import { makesMask } from '../compiler/lower/givens/conditions';
import type { ModelGraph } from '../compiler/lower/model';
import { encodersOf } from '../compiler/programs/givens';
import type { TrainRecipe } from '../compiler/recipe/index';
import { batches } from '../data/batches';
import { writeContactSheet } from '../data/contact-sheet';
import { madeConditions } from './made-conditions';
import type { SummarizedData } from './summarize-data';

export interface ContactSheet {
  readonly path: string;
  readonly columns: number;
  readonly seed: number;
  /** The pictures beside each image, from left to right. */
  readonly beside: readonly string[];
  readonly images: readonly ShownImage[];
}

export interface ShownImage {
  /** Counted from 1, from the top left. */
  readonly row: number;
  readonly column: number;
  /** Its file; null for an image without one. */
  readonly file: string | null;
  readonly class: string;
  /** Null if the recipe reads no captions. */
  readonly caption: string | null;
  readonly mirrored: boolean;
  /** Conditions of a few numbers, by the input's name. */
  readonly numbers: { readonly [input: string]: readonly number[] };
}

/** Conditions with more numbers are not listed, unless they are pictures. */
const mostNumbers = 8;

/**
 * Writes the first `count` images in the order of the seed. The reference backend makes the conditions, since it compiles nothing,
 * unless an encoder makes one; its random draws differ from those of other backends.
 */
export async function writeShownBatch(
  model: ModelGraph,
  recipe: TrainRecipe,
  { set, pairs, names, summary }: Pick<SummarizedData, 'set' | 'pairs' | 'names' | 'summary'>,
  { path, count }: { readonly path: string; readonly count: number },
): Promise<ContactSheet> {
  const { seed, given = {} } = recipe;
  const { value: batch } = await batches(set, { batch: count, seed, flip: summary.shown.flip }).next();
  const own = { x0: batch.images, ...(await pairs.inputs(batch)) };
  const backend = encodersOf(given).length > 0 ? 'auto' : 'reference';
  const made = await madeConditions(model, own, { given, seed, batch: count, backend });
  const conditions = Object.entries(made).filter(([name]) => Object.hasOwn(given, name));
  const pictures = conditions.filter(([, tensor]) => isPictures(tensor));
  const levels = pictures.map(([name, tensor]) => (makesMask(given[name]) ? signed(tensor) : tensor));
  const texts = batch.shown.map(({ index }, i) => ({
    class: set.classes[set.labels[index]],
    caption: summary.captions ? batch.captions[i] : null,
  }));
  const cells = texts.map((text, i) => ({
    pictures: [batch.images, ...levels].map((tensor) => pictureOf(tensor, i)),
    text: text.caption ?? (set.classes.length > 1 ? text.class : ''),
  }));
  const columns = await writeContactSheet(path, cells);
  const images = batch.shown.map(({ index, mirrored }, i) => ({
    row: Math.floor(i / columns) + 1,
    column: (i % columns) + 1,
    file: names ? names[index] : null,
    ...texts[i],
    mirrored,
    numbers: numbersOf(Object.fromEntries(conditions), i),
  }));
  return { path, columns, seed, beside: pictures.map(([name]) => name), images };
}

function isPictures({ shape }: HostTensor): boolean {
  return shape.length === 4 && (shape[1] === 1 || shape[1] === 3);
}

/** From [0, 1] to [-1, 1]. */
function signed({ shape, data }: HostTensor): HostTensor {
  return { shape, dtype: 'f32', data: Float32Array.from(data, (x) => 2 * x - 1) };
}

function pictureOf(tensor: HostTensor, row: number): { shape: readonly number[]; data: Float32Array } {
  const { shape, data } = rowsOf(tensor, [row]);
  return { shape, data: Float32Array.from(data) };
}

function numbersOf(conditions: HostTensors, row: number): ShownImage['numbers'] {
  const few = Object.entries(conditions).filter(
    ([, tensor]) => !isPictures(tensor) && tensor.data.length <= mostNumbers * tensor.shape[0],
  );
  return Object.fromEntries(few.map(([name, tensor]) => [name, Array.from(rowsOf(tensor, [row]).data)]));
}
