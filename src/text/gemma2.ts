/** The encoder `gemma2`: token features of a Gemma 2 that the user has downloaded, computed by its spec in the language. */
import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { bestBackend } from '../backends/open';
import type { BackendName } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { countParameters } from '../compiler/lower/model';
import { formatBytes } from '../files/file-error';
import { shippedEncoder, type FrozenNetwork } from '../run/frozen';
import type { EncoderFile, PromptEncoder } from './encoder';
import { openTokenizer, readJson, tokenFeatures } from './language-model';
import { isRecord } from '../files/record';

/** Files that must be beside the weights. */
const needed = ['config.json', 'tokenizer.json', 'tokenizer_config.json'];
/** Bytes of the memory of WebAssembly with 32-bit addresses, which is too small for 2B. */
const mostPortableBytes = 2 ** 32;

/** Weft's names for the sizes in config.json; a missing entry has its value for 2B. */
const hyperparameters: { readonly [key: string]: string } = {
  vocab_size: 'vocabulary',
  max_position_embeddings: 'longest',
  hidden_size: 'width',
  num_attention_heads: 'heads',
  num_key_value_heads: 'kv_heads',
  head_dim: 'head',
  num_hidden_layers: 'depth',
  intermediate_size: 'hidden',
  sliding_window: 'window',
  query_pre_attn_scalar: 'query_scalar',
  attn_logit_softcapping: 'cap',
  rms_norm_eps: 'eps',
  rope_theta: 'theta',
};

export interface Gemma2Options {
  /** The folder of the downloaded files, or a file of weights in it. */
  readonly weights: string;
  /** Text before captions, see `gemma2Encoder`. */
  readonly prefix?: string;
  readonly backend?: BackendName | 'auto';
}

/**
 * Texts begin with <bos>. A prefix steers how Gemma reads a caption without using up the length: only the features of its first
 * token (<bos>) and its last are kept, as in Sana (arXiv 2410.10629), followed by those of the caption.
 */
export async function gemma2Encoder({ weights, prefix = '', backend = 'auto' }: Gemma2Options): Promise<PromptEncoder> {
  const folder = folderOf(weights);
  const gemma = await gemma2(folder);
  await requireRoom(gemma, backend);
  let opened: ReturnType<typeof openTokens> | null = null;
  return {
    facts: { encoder: 'gemma2', version: 1, prefix, files: fileFacts(folder) },
    width: Number(gemma.program.outputs.features.shape[2]),
    encode: async (texts, longest, onProgress) => {
      const all = texts.map(await (opened ??= openTokens(folder, prefix)));
      const kept = all.map(({ ids, skipped }) => ({ ids: ids.slice(0, skipped + longest), skipped }));
      const found = await tokenFeatures(gemma, kept, { weights, backend, onProgress });
      return { ...found, cut: all.filter(({ ids, skipped }) => ids.length > skipped + longest).length };
    },
    close: async () => {},
  };
}

/** Converts a text to its tokens; `skipped` counts the tokens of the prefix whose features are left out. */
async function openTokens(
  folder: string,
  prefix: string,
): Promise<(text: string) => { readonly ids: readonly number[]; readonly skipped: number }> {
  const tokenize = await openTokenizer(folder, `Download ${needed.join(', ')} again.`);
  const led = prefix === '' ? 0 : Math.max(0, tokenize(prefix).length - 2);
  return (text) => {
    const ids = tokenize(text);
    return { ids, skipped: text.startsWith(prefix) ? Math.min(led, ids.length - 1) : 0 };
  };
}

/** The model of specs/encoders/gemma2.weft in the sizes that the folder's config.json states. */
async function gemma2(folder: string): Promise<FrozenNetwork> {
  const path = join(folder, 'config.json');
  const config = await readJson(path, 'Download it again.');
  if (config.model_type !== 'gemma2') {
    throw new WeftError(`${path} describes a ${String(config.model_type)}, not a gemma2.`, absentHint(folder), 3);
  }
  const { rope_parameters: rope } = config;
  const facts = Object.entries({ ...(isRecord(rope) ? rope : {}), ...config });
  const settings = facts.flatMap(([key, value]) =>
    key in hyperparameters && typeof value === 'number' ? [[hyperparameters[key], String(value)] as const] : [],
  );
  return shippedEncoder('gemma2.weft', 'Gemma2', Object.fromEntries(settings));
}

/** The folder with all files; if one is missing, the error says what to download. */
function folderOf(weights: string): string {
  const isFile = /\.(safetensors|json)$/.test(weights);
  const folder = isFile ? dirname(weights) : weights;
  const names = existsSync(folder) ? readdirSync(folder) : [];
  const missing = needed.filter((name) => !names.includes(name));
  const hasWeights = names.some((name) => (isFile ? name === basename(weights) : name.endsWith('.safetensors')));
  if (!hasWeights) missing.push(isFile ? basename(weights) : 'the weights');
  if (missing.length === 0) return folder;
  const what = existsSync(folder) ? `lacks ${missing.join(', ')}` : 'does not exist';
  throw new WeftError(`The text encoder gemma2 is to be read from ${folder}, which ${what}.`, absentHint(folder), 3);
}

function absentHint(folder: string): string {
  return (
    `Accept the licence of google/gemma-2-2b-it on the Hugging Face hub and download ${needed.join(', ')}, ` +
    `model.safetensors.index.json and the safetensors files it names (5.2 GB) into ${folder}.`
  );
}

/** The portable backend cannot hold 2B: reports this before minutes are spent on reading. */
async function requireRoom({ model }: FrozenNetwork, backend: BackendName | 'auto'): Promise<void> {
  if ((backend === 'auto' ? await bestBackend() : backend) !== 'tfjs') return;
  const bytes = 4 * countParameters(model);
  if (bytes <= mostPortableBytes) return;
  throw new WeftError(
    `The text encoder gemma2 needs ${formatBytes(bytes)}, more than the portable backend can hold.`,
    'Set up TensorFlow: weft setup.',
    3,
  );
}

/** Facts that change when the files do: names, sizes and times of the weights and of the tokeniser's rules. */
function fileFacts(folder: string): unknown {
  const names = readdirSync(folder).filter((name) => name.endsWith('.safetensors') || needed.includes(name));
  return names.sort().map((name) => {
    const { size, mtimeMs } = statSync(join(folder, name));
    return [name, size, Math.floor(mtimeMs)];
  });
}

export const encoder: EncoderFile = {
  width: 'files',
  open: ({ weights, prefix }) => {
    if (weights !== undefined) return gemma2Encoder({ weights, prefix });
    throw new WeftError('The encoder gemma2 has no weights.', 'Write text(encoder: gemma2, weights: "FOLDER", …).');
  },
  // This reads none of the files of weights.
  counter: async ({ weights, prefix }) => {
    if (weights === undefined) return null;
    const tokens = await openTokens(folderOf(weights), prefix);
    return (text) => {
      const { ids, skipped } = tokens(text);
      return ids.length - skipped;
    };
  },
};
