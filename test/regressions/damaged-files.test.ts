/** Damaged files that were once taken for sound ones or ended in an internal error, as `npm run fuzz -- files` found them. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { onnx } from 'onnx-proto';
import { openWeights } from '../../src/data/checkpoints/open';
import { fileKinds } from '../../fuzz/run-files/file-kinds';
import { inFolder, root } from '../support/weft';

it.each([['a flipped bit in a storage of a PyTorch file', 'zip.pt', 2800, 6, /is not what was written/]])(
  'finds %s',
  (_, name, at, bit, words) =>
    inFolder(async (folder) => {
      const bytes = readFileSync(join(root, 'test', 'data', 'checkpoints', 'fixtures', name));
      bytes[at] ^= 1 << bit;
      writeFileSync(join(folder, name), bytes);
      const reading = async (): Promise<void> => {
        const file = await openWeights(join(folder, name), { tell: () => {} });
        for (const tensor of file.names) await file.read(tensor);
        await file.close();
      };
      await expect(reading()).rejects.toThrow(words);
    }),
);

type Change = (bytes: Buffer) => Buffer | string;

const replaced =
  (found: string, by: string): Change =>
  (bytes) =>
    Buffer.from(bytes.toString('latin1').replace(found, by), 'latin1');

/** The kind of file, which of its files, what happens to it, and what is said of that. */
const damages: { readonly [what: string]: readonly [kind: string, file: string, change: Change, words: RegExp] } = {
  'a tokeniser without the text of a token': [
    'text encoders',
    'tokenizer.json',
    replaced('"content"', '"Content"'),
    /The tokeniser in .* does not work/,
  ],
  'an exported model whose input has another rank': [
    'exported models',
    'model.onnx',
    withoutAxis,
    /does not run on the model's inputs/,
  ],
  'labels of latents that are no classes': [
    'latents: safetensors',
    'data/all.safetensors',
    (bytes) => (bytes.writeUInt8(16, bytes.length - 5), bytes),
    /are not 3 whole numbers from 0 to 999999/,
  ],
  'an array of fewer items than there are': [
    'latents: npy',
    'data/a/many.npy',
    replaced('(3,', '(2,'),
    /end at .* bytes, but it has/,
  ],
  'a tensor of an old PyTorch file that lost two of its numbers': [
    'older PyTorch files',
    'legacy.pt',
    (bytes) => (bytes.writeUInt8(1, 296), bytes),
    /beside "f64" it holds \d+ bytes that no tensor uses/,
  ],
  'an archive that says it is encrypted': [
    'PyTorch archives',
    'zip.pt',
    (bytes) => {
      for (let at = bytes.indexOf('PK\x01\x02'); at >= 0; at = bytes.indexOf('PK\x01\x02', at + 4))
        bytes.writeUInt8(bytes[at + 8] | 1, at + 8);
      return bytes;
    },
    /holds encrypted contents/,
  ],
  'a caption that was emptied': [
    'captions: text files',
    'data/1.txt',
    () => '',
    /1 of 3 pictures has an empty caption/,
  ],
};

function withoutAxis(bytes: Buffer): Buffer {
  const model = onnx.ModelProto.decode(bytes);
  model.graph!.input![0].type!.tensorType!.shape!.dim!.pop();
  return Buffer.from(onnx.ModelProto.encode(model).finish());
}

it.each(Object.entries(damages))('tells %s', (_, [name, file, change, words]) =>
  inFolder(async (folder) => {
    const kind = fileKinds.find((k) => k.name === name)!;
    await kind.make(join(folder, 'sound'));
    cpSync(join(folder, 'sound'), join(folder, 'damaged'), { recursive: true });
    const path = join(folder, 'damaged', file);
    writeFileSync(path, change(readFileSync(path)));
    const told: string[] = [];
    const refusal = await kind
      .read(join(folder, 'damaged'), (message) => told.push(message))
      .then(
        () => '',
        (error: Error) => `${error.name}: ${error.message}`,
      );
    expect([refusal, ...told].join('\n')).toMatch(words);
    expect(refusal).toMatch(/^(WeftError: |$)/);
  }),
);

it('tells the same of a file that is one of several', () =>
  inFolder(async (folder) => {
    await fileKinds.find((k) => k.name === 'older PyTorch files')!.make(folder);
    const bytes = readFileSync(join(folder, 'legacy.pt'));
    bytes.writeUInt8(1, 296);
    writeFileSync(join(folder, 'part.bin'), bytes);
    writeFileSync(join(folder, 'all.bin.index.json'), JSON.stringify({ weight_map: { f64: 'part.bin' } }));
    const told: string[] = [];
    await (await openWeights(join(folder, 'all.bin.index.json'), { tell: (message) => told.push(message) })).close();
    expect(told.join()).toMatch(/all.bin.index.json: in part.bin, beside "f64" it holds \d+ bytes that no tensor uses/);
  }));
