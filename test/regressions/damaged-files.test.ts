/** Damaged files that were once taken for sound ones, as `npm run fuzz -- files` found them. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { openWeights } from '../../src/data/checkpoints/open';
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
