/** The captions of a training set as features: read by the encoder once, then looked up for every batch. */
// Tested by test/train/data.test.ts.
import { counted } from '../compiler/diagnostics/counted';
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { HostTensors } from '../backends/session';
import type { TextSettings, TrainRecipe } from '../compiler/recipe/index';
import { cacheKey } from '../files/cache';
import { cachedTexts } from '../text/cached';
import { promptConditions, textConditions, withPrefix, type TextReading } from '../text/conditions';
import { wordsIn } from '../text/vocabulary';
import { openEncoder, type EncoderOptions, type PromptEncoder } from '../text/encoder';
import type { TrainingTexts } from './batches';
import { held } from '../compiler/invariant';

export interface TrainingCaptions extends TrainingTexts {
  /** `text` or `tokens`, and `text_mask`, of a batch's captions; if texts are dropped, also one row with those of the empty prompt. */
  inputs(captions: readonly string[]): HostTensors;
  /** A digest of the encoder and of the names and sizes of its files; it does not depend on where they lie. */
  readonly encoder: string;
  close(): Promise<void>;
}

export interface CaptionOptions extends EncoderOptions {
  /** Where features are kept; the user's cache by default. */
  readonly cache?: string;
  /** Called now and then while captions are encoded; not called if they are in the cache. */
  readonly onEncoding?: (done: number, total: number) => void;
  readonly onWarning?: (message: string) => void;
}

/** Encodes the captions, and the empty prompt that replaces captions which are dropped. */
export async function openCaptions(
  all: readonly string[],
  { textDrop }: Pick<TrainRecipe, 'textDrop'>,
  reading: TextReading,
  options: CaptionOptions,
): Promise<TrainingCaptions> {
  const { settings, input } = reading;
  const captions = [...new Set(all)];
  const words = wordsIn(captions);
  const encoder = await openEncoder({ ...settings, words }, input, options);
  const texts = await encodeAll(encoder, captions, settings, options).catch(async (error: unknown) => {
    await encoder.close();
    throw error;
  });
  const rows = new Map(captions.map((caption, i) => [caption, i + 1]));
  const none = textDrop ? textConditions(texts, [0], reading, '_none') : {};
  return {
    captions,
    encoder: encoderDigest(settings),
    inputs: (wanted) => ({
      ...textConditions(
        texts,
        wanted.map((caption) => held(rows, caption)),
        reading,
      ),
      ...none,
    }),
    conditions: (prompts) => promptConditions(encoder, { prompts }, reading),
    close: () => encoder.close(),
  };
}

/** Features of the empty prompt, then of the captions. */
async function encodeAll(
  encoder: PromptEncoder,
  captions: readonly string[],
  settings: TextSettings,
  { cache, onWarning, onEncoding }: CaptionOptions,
): ReturnType<typeof cachedTexts> {
  const wanted = ['', ...captions.map((caption) => withPrefix(caption, settings))];
  const texts = await cachedTexts(encoder, wanted, settings.length, { cache, onProgress: onEncoding, onWarning });
  if (texts.cut > 0) {
    onWarning?.(
      `${texts.cut} of ${counted(captions.length, 'caption')} ${texts.cut === 1 ? 'has' : 'have'} more than ${counted(settings.length, 'token')} and ${texts.cut === 1 ? 'loses its end' : 'lose their ends'}.`,
    );
  }
  return texts;
}

function encoderDigest({ encoder, weights }: TextSettings): string {
  const sizes = (folder: string) =>
    readdirSync(folder)
      .sort()
      .map((name) => [name, statSync(join(folder, name)).size]);
  return cacheKey({ encoder, files: weights === undefined ? [] : sizes(weights) });
}
