/** `text = text(minilm, length: 32)`: how captions and prompts become what a model reads. */
// Tested by test/text/conditions.test.ts.
import { positiveRange } from '../bind/number-range';
import type { Choice, Infer } from './field';
import { namesOf, number, string, word } from './fields';

/** The properties of an encoder of texts. */
interface Encoder {
  /** The output: features of tokens, or numbers of words, which a model looks up in a table. */
  readonly gives: 'features' | 'numbers';
  /** Whether the recipe must name its files, since they are not downloaded automatically. */
  readonly needsWeights: boolean;
  /** Whether it knows only words from the captions that the model was trained on. */
  readonly knowsCaptionsOnly: boolean;
}

/** Every encoder of texts by its name; src/text/ opens them. */
export const encoders = {
  /** A fixed random vector for each word. */
  words: { gives: 'features', needsWeights: false, knowsCaptionsOnly: true },
  /** The number of a word among those of the captions. */
  vocabulary: { gives: 'numbers', needsWeights: false, knowsCaptionsOnly: true },
  /** The language model all-MiniLM-L6-v2. */
  minilm: { gives: 'features', needsWeights: false, knowsCaptionsOnly: false },
  /** The language model Gemma 2. */
  gemma2: { gives: 'features', needsWeights: true, knowsCaptionsOnly: false },
} as const satisfies { readonly [name: string]: Encoder };

export type EncoderName = keyof typeof encoders;

export const text = {
  doc: 'Encodes texts as features of their tokens, or as word indices.',
  examples: ['text(encoder: minilm, length: 32)'],
  parameters: {
    encoder: word('the text encoder', namesOf(encoders)),
    prefix: string('text that is put before every caption and prompt, except the empty one').or(''),
    length: number('number of tokens that every text is padded or cut to', { whole: true, min: 1, max: 512 }),
    weights: string('files of an encoder that Weft cannot fetch').optional(),
    scale: number('factor of the features', positiveRange).optional(1),
  },
} satisfies Choice;

/** The encoder of captions of a text-to-image model, with its settings; see src/text/. */
export type TextSettings = Infer<(typeof text)['parameters']>;
