/** What turns captions and prompts into the features a text-to-image model reads. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { EncoderName } from '../compiler/recipe/encoders';
import type { TextSettings } from '../compiler/recipe/index';
import type { SetupProgress } from '../setup/progress';
import type { TextInput } from './conditions';

/** Features of some texts, without padding. */
export interface Texts {
  /** Tokens of each text, at least one. */
  readonly counts: Int32Array;
  /** `[sum of counts, width]`: the tokens of one text after those of the other; numbers of words from `vocabulary`. */
  readonly features: Float32Array;
  readonly width: number;
  /** Texts that had more tokens than were asked for and lost their ends. */
  readonly cut: number;
}

export interface PromptEncoder {
  /** Plain data that the features depend on beside the texts: equal facts mean equal features. */
  readonly facts: unknown;
  /** Numbers a token. */
  readonly width: number;
  /** The features of texts, the first `longest` tokens of each. */
  encode(texts: readonly string[], longest: number, onProgress?: (done: number, total: number) => void): Promise<Texts>;
  close(): Promise<void>;
}

/** How captions and prompts are read: what a recipe says, and what is known once its captions are. */
export interface Reading extends TextSettings {
  /** For `vocabulary`: the words that have numbers, in their order (`texts.words` in run.json). */
  readonly words?: readonly string[];
}

export interface EncoderOptions {
  /** Told of a download, where there is one. */
  readonly setup?: SetupProgress;
}

/** What a file of src/text/ exports as `encoder`. */
export interface EncoderFile {
  /** Numbers a token; `any` for what the model reads, `files` where the files say, which opening reads and does not fetch. */
  readonly width: number | 'any' | 'files';
  /** Opens it for what a model reads; fetches its files where it has some that are not there. */
  readonly open: (
    reading: Reading,
    input: EncoderInput,
    options: EncoderOptions,
  ) => PromptEncoder | Promise<PromptEncoder>;
  /** Counts the tokens of a text with its prefix, without a limit; null where its files are not there. Fetches nothing. */
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

/** Opens the encoder of a recipe for what a model reads. */
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

/** Refuses an encoder whose files are not there, or that does not give what a model reads; fetches nothing. */
export async function checkEncoder(reading: TextSettings, input: TextInput): Promise<void> {
  const { width } = (await encoderFiles[reading.encoder]()).encoder;
  if (typeof width === 'number') requireWidth(reading, width, input);
  if (width === 'files') await (await openEncoder(reading, input)).close();
}

/** Counts tokens by the rules of a recipe's encoder alone, see `EncoderFile`. */
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
