/** `text = text(minilm, length: 32)`: how captions and prompts become what a model reads. */
// Tested by test/text/conditions.test.ts.
import { positiveRange } from '../bind/number-range';
import type { Choice, Infer } from './field';
import { namesOf, number, string, word } from './fields';

/** What a recipe may say of an encoder beside its name. */
interface Encoder {
  /** Features of tokens, or the numbers of words, which a model looks up. */
  readonly gives: 'features' | 'numbers';
  /** Whether its files are named by the recipe, since they are not fetched by themselves. */
  readonly needsWeights: boolean;
  /** Whether it knows only the words of the captions that a model was trained on. */
  readonly knowsCaptionsOnly: boolean;
}

/** Every encoder of texts by its name; src/text/ opens them. */
export const encoders = {
  /** A fixed random vector a word. */
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
  doc: 'Texts become features of tokens, or numbers of words.',
  examples: ['text(encoder: minilm, length: 32)'],
  parameters: {
    encoder: word('what reads a text', namesOf(encoders)),
    prefix: string('put before every caption and prompt, save for the empty one').or(''),
    length: number('tokens a text is padded or cut to', { whole: true, min: 1, max: 512 }),
    weights: string('files of an encoder that is not fetched by itself').optional(),
    scale: number('what features are multiplied by', positiveRange).optional(1),
  },
} satisfies Choice;

/** What reads the captions of a text-to-image model; see src/text/. */
export type TextSettings = Infer<(typeof text)['parameters']>;
