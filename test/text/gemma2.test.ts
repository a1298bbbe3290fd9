import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from '@jest/globals';
import { writeSafetensors } from '../../src/data/safetensors';
import { openEncoder, tokenCounter } from '../../src/text/encoder';
import { gemma2Encoder } from '../../src/text/gemma2';
import { openTokenizer } from '../../src/text/language-model';
import { compileModel } from '../support/compile';
import { failureOf } from '../support/failure';
import { expectClose } from '../support/golden';
import { patternedWeights } from '../support/peer-fixture';
import { suiteFolder } from '../support/folder';

/** What transformers and tokenizers gave, written by `scripts/fixtures/gemma2.py`. */
interface TextsFixture {
  readonly config: { readonly [key: string]: unknown };
  readonly tokenizer: object;
  readonly prefix: string;
  readonly texts: readonly string[];
  readonly ids: readonly (readonly number[])[];
  /** Of `texts[3]`, the prefix and a caption. */
  readonly features: readonly number[];
}

const fixture = JSON.parse(readFileSync('test/specs/fixtures/gemma2-texts.json', 'utf8')) as TextsFixture;
const { prefix, texts, ids } = fixture;
const root = suiteFolder();

/** The files as they are published: sizes, the tokeniser's rules, weights in two shards and their index. */
beforeAll(async () => {
  const json = (name: string, content: object): void => writeFileSync(join(root, name), JSON.stringify(content));
  json('config.json', fixture.config);
  json('tokenizer.json', fixture.tokenizer);
  json('tokenizer_config.json', {});
  const sizes = { vocabulary: '320', longest: '64', width: '12', heads: '4', kv_heads: '2', head: '6', depth: '4' };
  const model = compileModel('specs/encoders/gemma2.weft', 'Gemma2', { ...sizes, hidden: '20' });
  const weights = Object.entries(patternedWeights(model));
  const shards = [weights.slice(0, 20), weights.slice(20)];
  const nameOf = (i: number): string => `model-0000${i + 1}-of-00002.safetensors`;
  await Promise.all(shards.map((shard, i) => writeSafetensors(join(root, nameOf(i)), Object.fromEntries(shard))));
  const places = shards.flatMap((shard, i) => shard.map(([name]) => [name, nameOf(i)] as const));
  json('model.safetensors.index.json', { weight_map: Object.fromEntries(places) });
});

it('cuts texts into the tokens of the tokenizers library', async () => {
  const tokenize = await openTokenizer(root, '');
  expect(texts.map(tokenize)).toEqual(ids);
});

it.each(['tfjs', 'auto'] as const)('gives on %s the features of transformers, the prefix left out', async (backend) => {
  const encoder = await gemma2Encoder({ weights: root, prefix, backend });
  const { counts, features, cut } = await encoder.encode([texts[3], ''], 7);
  // Of the 8 tokens of the prefix, which alone has no caption to run into, 6 are left out.
  expect([ids[3].length, [...counts], cut]).toEqual([13, [7, 1], 0]);
  expectClose(features.subarray(0, 7 * encoder.width), fixture.features, 1e-5, 'features');
});

it('cuts the ends of captions, and keeps what stands before them', async () => {
  const encoder = await gemma2Encoder({ weights: join(root, 'model.safetensors.index.json'), prefix });
  const { counts, features, cut } = await encoder.encode([texts[3]], 4);
  expect([[...counts], cut]).toEqual([[4], 1]);
  const settings = { encoder: 'gemma2', prefix, length: 4, weights: root } as const;
  expect((await tokenCounter(settings))!(texts[3])).toBe(7);
  // No token sees those after it.
  expectClose(features, fixture.features.slice(0, 4 * 12), 1e-5, 'features');
});

it('tells the features of other files and other prefixes apart', async () => {
  const facts = async (given: string): Promise<string> => {
    return JSON.stringify((await gemma2Encoder({ weights: root, prefix: given })).facts);
  };
  const before = await facts('a');
  expect(await facts('a')).toBe(before);
  expect(await facts('b')).not.toBe(before);
  const path = join(root, 'tokenizer.json');
  writeFileSync(path, `${readFileSync(path, 'utf8')}\n`);
  expect(await facts('a')).not.toBe(before);
});

it('says what to download, and where to', async () => {
  const absent = join(root, 'absent');
  const told = await failureOf(() => gemma2Encoder({ weights: absent }));
  expect(told).toMatch(/absent, which does not exist[^]*google\/gemma-2-2b-it[^]*tokenizer\.json[^]*into .*absent/);
  const part = await failureOf(() => gemma2Encoder({ weights: join(root, 'model.safetensors') }));
  expect(part).toMatch(/which lacks model\.safetensors\.\n/);
});

it('refuses a model that reads another width, and another language model', async () => {
  const settings = { encoder: 'gemma2', prefix: '', length: 4, weights: root } as const;
  expect(await failureOf(() => openEncoder(settings, { width: 8 }))).toMatch(
    /gives 12 numbers a token[^]*text_width: 12/,
  );
  const path = join(root, 'config.json');
  writeFileSync(path, JSON.stringify({ ...fixture.config, model_type: 'gemma' }));
  expect(await failureOf(() => openEncoder(settings, { width: 12 }))).toContain('describes a gemma, not a gemma2');
});
