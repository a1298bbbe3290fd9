/** Paths of specs that cannot be read are said to be so, and are no defects. */
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from '@jest/globals';
import { WeftError } from '../../src/index';
import { openSpec } from '../../src/spec/open';
import { inFolder } from '../support/weft';

it.each<[string, RegExp]>([
  ['loop.weft', /loop\.weft is a link that leads back to itself/],
  [join('file.weft', 'x'), /does not exist: what should be a folder in it is a file/],
  ['x'.repeat(300), /is too long for the file system/],
  [join('nothing', 'x'.repeat(5000)), /is too long for the file system/],
])('refuses %s', (name, words) =>
  inFolder((folder) => {
    symlinkSync('loop.weft', join(folder, 'loop.weft'));
    writeFileSync(join(folder, 'file.weft'), '');
    const opening = (): unknown => openSpec(join(folder, name));
    expect(opening).toThrow(WeftError);
    expect(opening).toThrow(words);
    return Promise.resolve();
  }),
);
