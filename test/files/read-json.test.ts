/** Files of JSON that are nested too deep are refused before anything goes through their levels. */
import { expect, it } from '@jest/globals';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { withTemporaryFolder } from '../../src/files/atomic';
import { readJson } from '../../src/files/read-json';
import { readSealed, writeSealed } from '../../src/files/sealed-json';

const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

it('refuses lists nested ten thousand deep, also in a file with a seal', () =>
  withTemporaryFolder(async (folder) => {
    const path = join(folder, 'a.json');
    const damaged = `${path} is damaged: it has lists or tables more than 100 deep.`;
    for (const text of [nested(10_000), `{"x":${nested(10_000)}}`, `{"x":${nested(10_000)},"seal":"s"}`]) {
      writeFileSync(path, text);
      await expect(readJson(path, z.unknown())).rejects.toThrow(damaged);
      await expect(readSealed(path, z.unknown())).rejects.toThrow(damaged);
    }
    writeFileSync(path, nested(100));
    expect(JSON.stringify(await readJson(path, z.unknown()))).toBe(nested(100));
    await writeSealed(path, { x: 1 });
    expect(await readSealed(path, z.unknown())).toEqual({ fields: { x: 1 }, isSealed: true });
  }));
