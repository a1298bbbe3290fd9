/** Texts as the inputs of a model: padded to one length, with the mask that marks padding. */
import { counted } from '../compiler/diagnostics/counted';
import type { HostTensor, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { tellsOfText, textOf, type ModelGraph, type TextCondition } from '../compiler/lower/model';
import { encoders } from '../compiler/recipe/encoders';
import type { TextSettings } from '../compiler/recipe/index';
import type { PromptEncoder, Texts } from './encoder';

/** The text input of a model. */
export interface TextInput {
  /** Numbers per token. */
  readonly width: number;
  /** For a model with its own table of tokens: the number of rows in the table. */
  readonly vocabulary?: number;
  /** Whether it has an input that marks padding. */
  readonly masked: boolean;
}

/** How a model reads texts: the recipe's settings, and the model's input. */
export interface TextReading {
  readonly settings: TextSettings;
  readonly input: TextInput;
  /** Called for prompts that are too long. */
  readonly tell?: (note: string) => void;
}

/** Prompts, and the one that guidance leads away from, which is empty by default. */
export interface Prompts {
  readonly prompts: readonly string[];
  readonly negative?: string;
}

/** The text input of a model for texts of the settings' length; null for a model that reads none. */
export function textInputOf(model: ModelGraph, settings: TextSettings): TextInput | null {
  const input = textOf(model);
  if (!input) return null;
  checkKind(model, input, settings);
  const [, tokens, width = 1] = input.value.shape;
  const longest = typeof tokens === 'number' ? tokens : (input.longest ?? Infinity);
  if (settings.length > longest || (typeof tokens === 'number' && settings.length !== tokens)) {
    throw new WeftError(
      `Texts have ${counted(settings.length, 'token')}, but ${model.name} reads ${typeof tokens === 'number' ? '' : 'at most '}${longest}.`,
      `Write text(…, length: ${longest}), or build the model for ${settings.length}.`,
    );
  }
  const masked = model.inputs.some((i) => i.name === 'text_mask' && tellsOfText(i));
  return { width: Number(width), ...(input.kind === 'tokens' && { vocabulary: input.vocabulary }), masked };
}

/** Word numbers are for models with their own table, features for the others. */
function checkKind({ name }: ModelGraph, { kind }: TextCondition, { encoder }: TextSettings): void {
  if (!Object.hasOwn(encoders, encoder))
    throw new WeftError(
      `There is no text encoder ${String(encoder)}.`,
      `There are ${Object.keys(encoders).join(', ')}; a recipe's \`text\` names one.`,
    );
  if ((kind === 'tokens') === (encoders[encoder].gives === 'numbers')) return;
  if (kind === 'tokens') {
    throw new WeftError(
      `${name} looks words up in a table of its own, but the encoder ${encoder} gives features.`,
      'Write text(encoder: vocabulary, …), or build the model without a vocabulary.',
    );
  }
  throw new WeftError(
    `The encoder vocabulary gives the numbers of words, but ${name} reads features.`,
    'Build a model that looks words up, such as PixelDiT_T2I(vocabulary: 1000), or choose another encoder.',
  );
}

/** `text` `[rows, length, width]`, zero at padding, and `text_mask` `[rows, length]`, one at tokens. */
export function padTexts(
  texts: Texts,
  rows: readonly number[],
  length: number,
  scale = 1,
): { text: HostTensor; mask: HostTensor } {
  const { counts, features, width } = texts;
  const starts = new Int32Array(counts.length + 1);
  counts.forEach((count, i) => (starts[i + 1] = starts[i] + count));
  const data = new Float32Array(rows.length * length * width);
  const mask = new Int32Array(rows.length * length);
  rows.forEach((row, i) => {
    data.set(features.subarray(starts[row] * width, starts[row + 1] * width), i * length * width);
    mask.fill(1, i * length, i * length + counts[row]);
  });
  if (scale !== 1) data.forEach((x, i) => (data[i] = x * scale));
  return {
    text: { shape: [rows.length, length, width], dtype: 'f32', data },
    mask: { shape: [rows.length, length], dtype: 'i32', data: mask },
  };
}

/**
 * The inputs for rows of texts by their names in a model, followed by `suffix` (`_none`): `text`, or `tokens`
 * `[rows, length]`, and `text_mask`.
 */
export function textConditions(
  texts: Texts,
  rows: readonly number[],
  { settings: { length, scale }, input: { masked, vocabulary } }: TextReading,
  suffix: '' | '_none' = '',
): HostTensors {
  const { text, mask } = padTexts(texts, rows, length, scale);
  const tokens: HostTensor = { shape: [rows.length, length], dtype: 'i32', data: Int32Array.from(text.data) };
  return {
    ...(vocabulary === undefined ? { [`text${suffix}`]: text } : { [`tokens${suffix}`]: tokens }),
    ...(masked && { [`text_mask${suffix}`]: mask }),
  };
}

/** A caption or prompt as the encoder reads it, with its prefix; the empty prompt stays empty. */
export function withPrefix(text: string, { prefix }: TextSettings): string {
  return text === '' ? '' : prefix + text;
}

/** The text inputs for sampling: a row for each prompt, and as many rows of the negative prompt. */
export async function promptConditions(
  encoder: PromptEncoder,
  { prompts, negative = '' }: Prompts,
  reading: TextReading,
): Promise<HostTensors> {
  const { settings, tell } = reading;
  const distinct = [...new Set([negative, ...prompts])];
  const wanted = distinct.map((text) => withPrefix(text, settings));
  const texts = await encoder.encode(wanted, settings.length);
  if (texts.cut > 0)
    tell?.(
      `${counted(texts.cut, 'prompt')} of more than ${counted(settings.length, 'token')}: what comes after these is not read`,
    );
  const rowOf = (prompt: string): number => distinct.indexOf(prompt);
  const none = prompts.map(() => rowOf(negative));
  return {
    ...textConditions(texts, prompts.map(rowOf), reading),
    ...textConditions(texts, none, reading, '_none'),
  };
}
