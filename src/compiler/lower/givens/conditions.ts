/** A model's conditions: all inputs but the noisy image, the time, the class and the text. Recipes and callers feed them by name. */
// Tested by test/train/givens.test.ts.
import { isStatic, staticShape } from '../../ir/dims';
import { noisyImageOf } from '../conventions';
import { tellsOfText, textOf, type ModelGraph, type ModelInput } from '../model';

export function conditionsOf(model: Pick<ModelGraph, 'inputs'>): readonly ModelInput[] {
  const text = textOf(model);
  return model.inputs.filter((i) => {
    if (i.name === 'x_t' || i.name === 't' || (i.kind === 'class' && i.name === 'y')) return false;
    return !(i === text || (text && tellsOfText(i)));
  });
}

/** Conditions with an axis of any length. Training and sampling cannot feed them, since the length is not known. */
export function openConditions(model: Pick<ModelGraph, 'inputs'>): readonly ModelInput[] {
  return conditionsOf(model).filter((i) => !isStatic(i.value.shape.slice(1)));
}

/** Whether the value that a recipe gives is a mask, in which black is 0. */
export function makesMask(written: string): boolean {
  return /^(random_mask|mask_folder)\b/.test(written);
}

/** The numbers in a text, separated by commas; null if the text holds anything else. */
export function writtenNumbers(text: string): readonly number[] | null {
  const numbers = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
  return numbers.every(Number.isFinite) ? numbers : null;
}

/** Whether a text names a file of numbers. */
export function isTensorFile(text: string): boolean {
  return /\.(safetensors|npy)$/i.test(text);
}

/** An example of what a recipe could write for a condition, chosen by its shape. */
export function exampleGiven(model: Pick<ModelGraph, 'inputs'>, input: ModelInput): string {
  return `given ${input.name} = ${exampleValue(model, input)}`;
}

/** Whether a condition is as large as the image and has one channel, while the image has more. */
export function looksLikeMask(model: Pick<ModelGraph, 'inputs'>, input: ModelInput): boolean {
  const image = noisyImageOf(model);
  const [channels, height, width] = shapeOf(input);
  const isAsLarge = height === image?.height && width === image?.width;
  return shapeOf(input).length === 3 && isAsLarge && channels === 1 && image?.channels !== 1;
}

function exampleValue(model: Pick<ModelGraph, 'inputs'>, input: ModelInput): string {
  const shape = shapeOf(input);
  const image = noisyImageOf(model);
  if (shape.length === 0 || shape.join() === '1') return 'uniform(0, 1)';
  const drawn = `normal(0, 1, [${shape.join(', ')}])`;
  if (!image || shape.length !== 3) return drawn;
  if (looksLikeMask(model, input)) return 'random_mask(min: 0.1, max: 0.5)';
  const [channels, height, width] = shape;
  const factor = image.height / height;
  if (channels !== image.channels || !Number.isInteger(factor) || image.width / width !== factor) return drawn;
  if (factor > 1) return `downsample(image, ${factor})`;
  const mask = conditionsOf(model).find((i) => looksLikeMask(model, i));
  return mask ? `image * (1 - ${mask.name})` : `image + ${drawn}`;
}

function shapeOf(input: ModelInput): readonly number[] {
  return staticShape(input.value.shape.slice(1));
}
