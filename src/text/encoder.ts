/** Text encoders: they turn captions and prompts into the features that a text-to-image model reads. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { EncoderName } from '../compiler/recipe/encoders';
import type { TextSettings } from '../compiler/recipe/index';
import type { SetupProgress } from '../setup/progress';
import type { TextInput } from './conditions';

/** Features of some texts, without padding. */
export interface Texts {
  /** Tokens of each text, at least one. */
  readonly counts: Int32Array;
  /** `[sum of counts, width]`: the tokens of one text after those of another; for `vocabulary`, the numbers of words. */
  readonly features: Float32Array;
  readonly width: number;
  /** The number of texts that had too many tokens and were cut at the end. */
  readonly cut: number;
}

export interface PromptEncoder {
  /** Plain data besides the texts that the features depend on: equal facts mean equal features. */
  readonly facts: unknown;
  /** Numbers per token. */
  readonly width: number;
  /** The features of texts: at most the first `longest` tokens of each. */
  encode(texts: readonly string[], longest: number, onProgress?: (done: number, total: number) => void): Promise<Texts>;
  close(): Promise<void>;
}

/** How captions and prompts are read: the recipe's settings, and what its captions add. */
export interface Reading extends TextSettings {
  /** For `vocabulary`: the words that have numbers, in their order (`texts.words` in run.json). */
  readonly words?: readonly string[];
}

export interface EncoderOptions {
  /** Called with the progress of a download. */
  readonly setup?: SetupProgress;
}

/** A file of src/text/ exports this as `encoder`. */
export interface EncoderFile {
  /** Numbers per token; `any` for as many as the model reads, `files` if its files decide. These are read when it is opened, not downloaded. */
  readonly width: number | 'any' | 'files';
  /** Opens it for a model's input; downloads its files if some are missing. */
  readonly open: (
    reading: Reading,
    input: EncoderInput,
    options: EncoderOptions,
  ) => PromptEncoder | Promise<PromptEncoder>;
  /** Counts the tokens of a text with its prefix, without a limit; null if its files are missing. Downloads nothing. */
  readonly counter: (settings: TextSettings) => TokenCounter | null | Promise<TokenCounter | null>;
}

export type EncoderInput = Pick<TextInput, 'width' | 'vocabulary'>;
export type TokenCounter = (text: string) => number;

/** Every encoder; its file is loaded only when it is asked for. */
const encoderFiles: { readonly [Name in EncoderName]: () => Promise<{ readonly encoder: EncoderFile }> } = {
  words: () => import('./words'),
  vocabulary: () => import('./vocabulary'),
  minilm: () => import('./minilm'),
  gemma2: () => import('./gemma2'),
};

/** Opens the encoder of a recipe for a model's input. */
export async function openEncoder(
  reading: Reading,
  input: EncoderInput,
  options: EncoderOptions = {},
): Promise<PromptEncoder> {
  const { encoder } = await encoderFiles[reading.encoder]();
  if (typeof encoder.width === 'number') requireWidth(reading, encoder.width, input);
  const opened = await encoder.open(reading, input, options);
  if (encoder.width === 'files') requireWidth(reading, opened.width, input);
  return opened;
}

/** Refuses an encoder whose files are missing, or whose features do not fit the model's input; downloads nothing. */
export async function checkEncoder(reading: TextSettings, input: TextInput): Promise<void> {
  const { width } = (await encoderFiles[reading.encoder]()).encoder;
  if (typeof width === 'number') requireWidth(reading, width, input);
  if (width === 'files') await (await openEncoder(reading, input)).close();
}

/** Counts tokens by the rules of a recipe's encoder only, see `EncoderFile`. */
export async function tokenCounter(settings: TextSettings): Promise<TokenCounter | null> {
  return (await encoderFiles[settings.encoder]()).encoder.counter(settings);
}

function requireWidth({ encoder }: TextSettings, found: number, { width: wanted }: EncoderInput): void {
  if (found === wanted) return;
  throw new WeftError(
    `The encoder ${encoder} gives ${found} numbers a token, but the model reads ${wanted}.`,
    `Build the model with text_width: ${found}.`,
  );
}
