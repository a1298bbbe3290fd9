/** Metadata of an exported file about the training data: names of classes, how texts become features, how latents were scaled. */
import { encoders } from '../compiler/recipe/encoders';
import type { DataSource } from '../compiler/recipe/index';
import type { Reading } from '../text/encoder';

export interface DataFacts {
  /** By label; absent if they are not known. */
  readonly classes?: readonly string[];
  readonly text?: Reading;
  readonly data?: DataSource;
}

/** Entries for a file's metadata; lists as JSON. */
export function dataNotes({ classes = [], text, data }: DataFacts): { readonly [key: string]: string } {
  return {
    ...(classes.length > 0 && { classes: JSON.stringify(classes) }),
    ...(text && {
      text_encoder: text.encoder,
      text_prefix: text.prefix,
      text_length: String(text.length),
      text_scale: String(text.scale ?? 1),
      ...(text.words && encoders[text.encoder].gives === 'numbers' && { text_words: JSON.stringify(text.words) }),
    }),
    ...(data?.kind === 'latents' && { latent_scale: String(data.scale), latent_shift: String(data.shift) }),
  };
}
