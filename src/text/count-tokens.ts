/** How long texts are for an encoder, in tokens, by its rules alone: no network runs and nothing is fetched. */
import type { TextSettings } from '../compiler/recipe/index';

/** Counts the tokens of a text with its prefix, without a limit; null where the files of the encoder are not there yet. */
export async function tokenCounter({
  encoder,
  prefix,
  weights,
}: TextSettings): Promise<((text: string) => number) | null> {
  switch (encoder) {
    case 'words':
    // Every word of the captions has a number.
    case 'vocabulary': {
      const { wordTokens } = await import('./words');
      return (text) => wordTokens(text).length;
    }
    case 'minilm':
      return (await import('./minilm')).miniLmCounter();
    case 'gemma2':
      return weights === undefined ? null : (await import('./gemma2')).gemma2Counter({ weights, prefix });
  }
}
