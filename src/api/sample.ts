/** Drawing images from a program. */
import type { HostTensor, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { requireOptions } from '../compiler/diagnostics/require-kind';
import { textOf, type ModelGraph } from '../compiler/lower/model';
import { requireModel } from '../compiler/lower/require-model';
import { requireTensors } from '../backends/host';
import { trainedAs } from '../run/load-weights';
import { defaultSampling } from '../sample/defaults';
import { checkDrawn } from '../sample/check-drawn';
import { checkNegative } from '../sample/check-negative';
import { checkSampling } from '../sample/check-settings';
import { drawImages, type DrawRequest } from '../sample/draw';
import { checkLabels, readLabels } from '../sample/labels';
import { labelsOf, pairRows, promptsOf } from '../sample/rows';
import type { Reading } from '../text/encoder';
import { encodePrompts } from '../text/prompts';

export interface SampleCallOptions extends Omit<Partial<DrawRequest>, 'settings' | 'weights' | 'labels' | 'count'> {
  /** Weights by path, as `loadWeights` gives them. */
  readonly weights: HostTensors;
  /** One image for each label; by default one image of every class. */
  readonly labels?: readonly number[];
  /** For a model that reads text: one image for each prompt. With labels, these go in pairs, or a single one goes with each of the others. */
  readonly prompts?: readonly string[];
  /** The prompt that guidance leads away from; empty by default. */
  readonly negative?: string;
  /** How prompts become features: the `text` of the recipe the model was trained by; for the encoder `vocabulary` also `words`. */
  readonly reading?: Reading;
  /** Called for pictures of one colour, which show nothing; on stderr by default. */
  readonly onWarning?: (message: string) => void;
  /** Number of images for a model without conditions; 1 by default. */
  readonly count?: number;
  /** Solver, steps, shift and guidance; others are those of `defaultSampling`. */
  readonly settings?: Partial<DrawRequest['settings']>;
}

/**
 * Images `[count, channels, height, width]` in about [-1, 1]; `writeImageGrid` makes a PNG of them.
 *
 *     const images = await sample(model, { weights, labels: [0, 1, 2], settings: { steps: 25 }, seed: 7 });
 *     const drawn = await sample(reader, { weights, prompts: ['red heart'], reading: recipe.text });
 */
export async function sample(model: ModelGraph, given: SampleCallOptions): Promise<HostTensor> {
  requireModel(model);
  requireOptions(given);
  const { prompts, negative, reading, onWarning, ...options } = given;
  requireTensors('weights', options.weights, 'Give what loadWeights(path, model) gives.');
  for (const [name, tensors] of Object.entries({ text: options.text ?? {}, given: options.given ?? {} }))
    requireTensors(name, tensors);
  if (options.noise !== undefined) requireTensors('noise', { noise: options.noise });
  requireInputs(model, { ...options, prompts });
  const input = model.inputs.find((i) => i.kind === 'class');
  const classes =
    input?.kind === 'class'
      ? { items: options.labels ?? readLabels(null, input.classes), asked: options.labels !== undefined }
      : null;
  if (classes && input?.kind === 'class') checkLabels(classes.items, input.classes);
  const rows = pairRows(classes, prompts ? { items: prompts, asked: true } : null);
  const [labels, shown] = [labelsOf(rows), promptsOf(rows)];
  if (prompts && !reading) throw new WeftError('Prompts were given without `reading`.', 'Add reading: recipe.text.');
  const text = shown && reading ? await encodePrompts(model, reading, { prompts: shown, negative }) : options.text;
  const stated = Object.entries(options.settings ?? {}).filter(([, value]) => value !== undefined);
  const trained = trainedAs(model, options.weights);
  const settings = { ...defaultSampling(trained), ...Object.fromEntries(stated) };
  const count = labels?.length ?? (text?.text ?? text?.tokens)?.shape[0] ?? options.count ?? 1;
  const { seed = 0 } = options;
  checkSampling({ ...settings, count, seed, batch: options.batch, threads: options.threads });
  checkNegative(negative, trained, settings.guidance);
  const images = await drawImages(model, { ...options, text, settings, labels, count, seed });
  return checkDrawn(images, onWarning);
}

/** Refuses conditions that the model has no input for: nothing given is ignored silently. */
function requireInputs(
  model: ModelGraph,
  { labels, prompts, text }: Pick<SampleCallOptions, 'labels' | 'prompts' | 'text'>,
): void {
  if (labels && model.inputs.every((i) => i.kind !== 'class'))
    throw new WeftError(`${model.name} knows no classes.`, 'Leave `labels` out.');
  if ((prompts || text) && !textOf(model))
    throw new WeftError(`${model.name} takes no text.`, `Leave \`${prompts ? 'prompts' : 'text'}\` out.`);
}
