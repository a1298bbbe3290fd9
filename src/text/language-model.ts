/** Runs a language model written as a spec in the language: tokens of texts in, features of these tokens out. */
// Tested by test/text/gemma2.test.ts.
import { reasonOf } from '../files/file-error';
import { join } from 'node:path';
import type { BackendName, HostTensor, HostTensors } from '../backends/session';
import { WeftError } from '../compiler/diagnostics/diagnostic';
import { readWhole } from '../files/regular-file';
import { openFrozen, type FrozenNetwork } from '../run/frozen';
import type { Texts } from './encoder';
import { isRecord } from '../files/record';

/** The most texts per call of the model, and the most tokens of all of them with padding. */
const [mostRows, mostTokens] = [32, 8192];

/** Converts texts to tokens by the rules in `tokenizer.json` and `tokenizer_config.json` of a folder. */
export async function openTokenizer(folder: string, hint: string): Promise<(text: string) => readonly number[]> {
  const { Tokenizer } = await import('@huggingface/tokenizers');
  const [rules, config] = await Promise.all(
    ['tokenizer.json', 'tokenizer_config.json'].map((name) => readJson(join(folder, name), hint)),
  );
  // The library's behaviour with incomplete rules is undefined: it fails here or at a text.
  const broken = (error: unknown): never => {
    throw new WeftError(`The tokeniser in ${folder} does not work: ${reasonOf(error)}.`, hint);
  };
  let tokenizer: InstanceType<typeof Tokenizer>;
  try {
    tokenizer = new Tokenizer(rules, config);
  } catch (error) {
    return broken(error);
  }
  return (text) => {
    try {
      return checkedTokens(tokenizer.encode(text).ids);
    } catch (error) {
      return broken(error);
    }
  };
}

/** Refuses missing numbers of tokens, which an incomplete table may give. */
function checkedTokens(ids: readonly number[]): readonly number[] {
  if (ids.every((id) => Number.isSafeInteger(id) && id >= 0)) return ids;
  throw new Error(`it gives ${ids.find((id) => !(Number.isSafeInteger(id) && id >= 0))} as the number of a token`);
}

/** The largest table that is read, in bytes. */
const longestTable = 200_000_000;

/** A table in a JSON file; `hint` says what to do if it cannot be read. */
export async function readJson(path: string, hint: string): Promise<{ readonly [key: string]: unknown }> {
  try {
    const table: unknown = JSON.parse((await readWhole(path, longestTable)).toString('utf8'));
    if (isRecord(table)) return table;
    throw new Error('it is not a table');
  } catch (error) {
    throw new WeftError(`${path} cannot be read: ${reasonOf(error)}.`, hint);
  }
}

/** A text as the model reads it. */
export interface TokenText {
  readonly ids: readonly number[];
  /** The number of tokens after the first whose features are left out. */
  readonly skipped: number;
}

export interface FeatureOptions {
  readonly weights: string;
  readonly backend: BackendName | 'auto';
  readonly onProgress?: (done: number, total: number) => void;
}

/** The features of texts, without padding, by an encoder from `tokens` and `text_mask` to `features` `[batch, tokens, width]`. */
export async function tokenFeatures(
  encoder: FrozenNetwork,
  texts: readonly TokenText[],
  { weights, backend, onProgress }: FeatureOptions,
): Promise<Omit<Texts, 'cut'>> {
  const { program } = encoder;
  const width = Number(program.outputs.features.shape[2]);
  const tokens = texts.reduce((most, { ids }) => Math.max(most, ids.length), 0);
  const rows = Math.min(mostRows, texts.length, Math.max(1, Math.floor(mostTokens / tokens)));
  const counts = Int32Array.from(texts, ({ ids, skipped }) => ids.length - skipped);
  const features = new Float32Array(counts.reduce((a, b) => a + b, 0) * width);
  const session = await openFrozen(encoder, weights, backend, { bindings: { batch: rows, text: tokens } });
  try {
    let at = 0;
    for (let first = 0; first < texts.length; first += rows) {
      onProgress?.(first, texts.length);
      const part = texts.slice(first, first + rows);
      const { features: found } = await session.run(program.name, tokenInputs(part, rows, tokens));
      part.forEach(({ ids, skipped }, i) => {
        const row = found.data.subarray(i * tokens * width, (i * tokens + ids.length) * width);
        features.set(row.subarray(0, width), at);
        features.set(row.subarray((skipped + 1) * width), at + width);
        at += (ids.length - skipped) * width;
      });
    }
    onProgress?.(texts.length, texts.length);
  } finally {
    await session.dispose();
  }
  return { counts, features, width };
}

/** Tokens padded to one length and number of rows. */
function tokenInputs(texts: readonly TokenText[], rows: number, length: number): HostTensors {
  const tokens = new Int32Array(rows * length);
  const real = new Int32Array(rows * length);
  for (let i = 0; i < rows; i++) {
    // Rows after the last text repeat it, so that no row is empty.
    const { ids } = texts[Math.min(i, texts.length - 1)];
    tokens.set(ids, i * length);
    real.fill(1, i * length, i * length + ids.length);
  }
  const tensor = (data: Int32Array): HostTensor => ({ shape: [rows, length], dtype: 'i32', data });
  return { tokens: tensor(tokens), text_mask: tensor(real) };
}
