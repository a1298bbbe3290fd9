/** What turns captions and prompts into the features a text-to-image model reads. */
import { WeftError } from '../compiler/diagnostics/diagnostic';
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

/** Opens the encoder of a recipe for what a model reads. */
export async function openEncoder(
  { encoder, prefix, weights, words }: Reading,
  { width, vocabulary = Infinity }: Pick<TextInput, 'width' | 'vocabulary'>,
  options: EncoderOptions = {},
): Promise<PromptEncoder> {
  switch (encoder) {
    case 'words':
      return (await import('./words')).wordEncoder(width);
    case 'vocabulary': {
      if (!words) {
        throw new WeftError(
          'The encoder vocabulary numbers the words of the captions a model was trained on, and these are not known here.',
          'Name the run that has them: weft sample --run FOLDER.',
        );
      }
      return (await import('./vocabulary')).vocabularyEncoder(words, prefix, vocabulary);
    }
    case 'minilm': {
      const { miniLmEncoder, miniLmWidth } = await import('./minilm');
      requireWidth(encoder, miniLmWidth, width);
      return miniLmEncoder(options);
    }
    case 'gemma2': {
      if (weights === undefined) {
        throw new WeftError('The encoder gemma2 has no weights.', 'Write text(encoder: gemma2, weights: "FOLDER", …).');
      }
      const { gemma2Encoder } = await import('./gemma2');
      const opened = await gemma2Encoder({ weights, prefix });
      requireWidth(encoder, opened.width, width);
      return opened;
    }
  }
}

/** Refuses an encoder whose files are not there, or that does not give what a model reads; fetches nothing. */
export async function checkEncoder(reading: TextSettings, { width, vocabulary }: TextInput): Promise<void> {
  if (reading.encoder === 'minilm') requireWidth(reading.encoder, (await import('./minilm')).miniLmWidth, width);
  if (reading.encoder === 'gemma2') await (await openEncoder(reading, { width, vocabulary })).close();
}

function requireWidth(encoder: string, found: number, wanted: number): void {
  if (found === wanted) return;
  throw new WeftError(
    `The encoder ${encoder} gives ${found} numbers a token, but the model reads ${wanted}.`,
    `Build the model with text_width: ${found}.`,
  );
}
