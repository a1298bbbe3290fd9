/** Editing pictures from a program. */
import { requireTensors } from '../backends/host';
import type { BackendName, HostTensor, HostTensors } from '../backends/session';
import { nonNegativeRange, requireInRange } from '../compiler/bind/number-range';
import { counted } from '../compiler/diagnostics/counted';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { requireList, requireOptions } from '../compiler/diagnostics/require-kind';
import { staticShape } from '../compiler/ir/dims';
import type { ModelGraph } from '../compiler/lower/model';
import { requireModel } from '../compiler/lower/require-model';
import { requireGuidable } from '../compiler/programs/guided';
import { methodText, isDeclaredGuidance } from '../compiler/recipe/sample';
import type { Guidance, SampleSettings } from '../compiler/recipe/index';
import { editImages, type Edited } from '../edit/edit-images';
import { equalSidesNote } from '../edit/equal-sides';
import { chooseMethod, type EditMethod, type SaidOfEdit } from '../edit/method';
import { editedImage } from '../edit/read-images';
import { conditionsShown, isSaid, type Shown } from '../edit/shown';
import { trainedAs } from '../run/load-weights';
import { checkDrawn, warnOnStderr } from '../sample/check-drawn';
import { checkSampling } from '../sample/check-settings';
import { defaultSampling } from '../sample/defaults';
import type { Reading } from '../text/encoder';
import type { EncodeOptions } from '../text/prompts';

export interface EditCallOptions extends Omit<SaidOfEdit, 'has'> {
  /** Weights by path, as `loadWeights` gives them. */
  readonly weights: HostTensors;
  /** The pictures, `[count, channels, height, width]`, in about [-1, 1]. */
  readonly images: HostTensor;
  /** What the pictures show: one for each, or one for all. */
  readonly from?: readonly Shown[];
  /** What they are to show: one for each, or one for all. */
  readonly to?: readonly Shown[];
  /** For inpainting: 1 where a picture is drawn again, 0 where it is kept, `[count or 1, 1, height, width]`. */
  readonly mask?: HostTensor;
  /** How prompts become features: the `text` of the recipe the model was trained by; for the encoder `vocabulary` also `words`. */
  readonly reading?: Reading;
  /** Steps of the whole way, shift, guidance of the target and conditions; others are those of `defaultSampling`. */
  readonly settings?: Partial<Omit<SampleSettings, 'name' | 'model'>>;
  /** The scale of guidance where the source is followed; 1, for none, by default. */
  readonly fromGuidance?: number;
  /** Other conditions by the input's name, with rows that are used in turn. */
  readonly given?: HostTensors;
  /** Of the noise, 0 by default. */
  readonly seed?: number;
  /** `auto` by default: native TensorFlow if it is set up, else tfjs. */
  readonly backend?: BackendName | 'auto';
  /** Threads of the backend, at least 1; all cores by default. */
  readonly threads?: number;
  /** Images per call of the model; all at once up to 64 by default. */
  readonly batch?: number;
  /** Called with the number of calls of the model that are done, and how many there are. */
  readonly onProgress?: (done: number, total: number) => void;
  /**
   * Called for pictures of one colour, which show nothing, and where equal `from` and `to` change pictures all the same; on
   * stderr by default.
   */
  readonly onWarning?: (message: string) => void;
  /** How prompts are encoded. */
  readonly encoding?: EncodeOptions;
}

/** Edited pictures, and how they were made. */
export interface EditResult extends Edited {
  readonly method: EditMethod;
}

/**
 * Edits pictures: FlowEdit from what they show to what they are to show, SDEdit, inversion, or a part that is drawn again.
 *
 *     const { images } = await edit(model, {
 *       weights, images: photos, reading: recipe.text, from: [{ prompt: 'red heart' }], to: [{ prompt: 'blue heart' }],
 *     });
 */
export async function edit(given: ModelGraph, options: EditCallOptions): Promise<EditResult> {
  requireModel(given);
  requireOptions(options);
  const { weights, images, mask, seed = 0, fromGuidance = 1, onWarning, encoding, reading, ...request } = options;
  requireTensors('weights', weights, 'Give what loadWeights(path, model) gives.');
  requireTensors('images', { images });
  if (mask !== undefined) requireTensors('mask', { mask });
  const model = trainedAs(given, weights);
  const count = requireImages(model, images);
  const [from, to] = [listFor('from', options.from, count), listFor('to', options.to, count)];
  const has = { from: from.some(isSaid), to: to.some(isSaid), mask: mask !== undefined };
  const method = chooseMethod({ ...options, has });
  const settings = settingsOf(model, options.settings);
  requireInRange('fromGuidance', fromGuidance, nonNegativeRange);
  checkSampling({ ...settings, count, seed, batch: options.batch, threads: options.threads });
  const [shown, wanted] = [has.from ? from : to, has.to ? to : from];
  const [source, target] = await conditionsShown(model, reading, [shown, wanted], encoding);
  // Where nothing is said, there is nothing for guidance to lead to.
  const guided = has.from || has.to ? settings : { ...settings, guidance: null };
  const sides = { from: source, to: target, guidance: guided.guidance, fromGuidance };
  const note = has.from && has.to ? equalSidesNote(method, sides) : null;
  if (note !== null) (onWarning ?? warnOnStderr)(note);
  const edited = await editImages(model, {
    ...request,
    settings: guided,
    weights,
    images,
    method,
    mask: mask && maskFor(mask, images),
    from: source,
    to: target,
    fromGuidance: has.from || has.to ? fromGuidance : 1,
    seed,
  });
  checkDrawn(edited.images, onWarning);
  return { ...edited, method };
}

function settingsOf(
  model: ModelGraph,
  given: EditCallOptions['settings'] = {},
): SampleSettings & { readonly guidance: Guidance | null } {
  const stated = Object.entries(given).filter(([, value]) => value !== undefined);
  const settings: SampleSettings = { ...defaultSampling(model), ...Object.fromEntries(stated) };
  const { guidance } = settings;
  if (isDeclaredGuidance(guidance))
    throw new WeftError(
      `The guidance ${methodText(guidance)} is a declaration of the language, and an edit is guided by a scale.`,
      'Take another for the edit: --set "sample.guidance=cfg(3)", or from a program settings: { guidance: { scale: 3, from: 0, to: 1 } }.',
      2,
    );
  if (guidance?.weak !== undefined)
    throw new WeftError(
      'Autoguidance leads away from weaker weights, and an edit is guided by a scale alone.',
      'Take another guidance for the edit: --set "sample.guidance=cfg(3)".',
      2,
    );
  requireGuidable(model, guidance);
  return { ...settings, guidance };
}

/** The number of images; refuses those that are not of the model's size. */
function requireImages(model: ModelGraph, { shape }: HostTensor): number {
  const wanted = staticShape(editedImage(model).value.shape.slice(1));
  if (shape.length === 4 && shape[0] > 0 && shape.slice(1).join() === wanted.join()) return shape[0];
  throw new WeftError(
    `The images are [${shape.join(', ')}], but ${model.name} takes [count, ${wanted.join(', ')}].`,
    'The first axis counts the images, of which there is at least one.',
    2,
  );
}

/** One for each image; an empty one where nothing is said. */
function listFor(name: string, list: readonly Shown[] | undefined, count: number): readonly Shown[] {
  if (list === undefined) return Array.from({ length: count }, () => ({}));
  requireList(name, list);
  if (list.length === 1) return Array.from({ length: count }, () => list[0]);
  if (list.length === count) return list;
  throw new WeftError(
    `\`${name}\` has ${counted(list.length, 'entry', 'entries')} for ${counted(count, 'image')}.`,
    'Give one for each image, or one for all.',
    2,
  );
}

/** A mask for each image; refuses another size, and numbers outside of 0 to 1. */
function maskFor(mask: HostTensor, images: HostTensor): HostTensor {
  const [count, , height, width] = images.shape;
  const { shape } = mask;
  const isOne = shape[0] === 1;
  if (shape.length !== 4 || shape.slice(1).join() !== `1,${height},${width}` || !(isOne || shape[0] === count))
    throw new WeftError(
      `The mask is [${shape.join(', ')}], but the images need [${count} or 1, 1, ${height}, ${width}].`,
      'Give one for each image, or one for all.',
      2,
    );
  const data = Float32Array.from(mask.data);
  if (!data.every((x) => x >= 0 && x <= 1))
    throw new WeftError('The mask has numbers outside of 0 to 1.', '1 is drawn again, 0 is kept.', 2);
  if (data.every((x) => x === 0))
    throw new WeftError('The mask is black everywhere, so nothing is drawn again.', 'White is drawn again.', 2);
  if (!isOne) return { shape, dtype: 'f32', data };
  const all = new Float32Array(count * data.length);
  for (let i = 0; i < count; i++) all.set(data, i * data.length);
  return { shape: [count, 1, height, width], dtype: 'f32', data: all };
}
