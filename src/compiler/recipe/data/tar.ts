/** `data = tar("data/shards")`: pictures in tar files, each beside its caption and class (the layout of WebDataset). */
// Tested by test/data/sources/tar.test.ts.
import { string } from '../fields';
import { flip } from './folder';
import type { SourceChoice } from './source';

export const tar = {
  doc: 'Pictures in .tar files, each beside its .txt, .json and .cls; without .cls, subfolders are classes.',
  examples: ['tar("data/shards", flip: true)', 'tar("data/shards/{000..127}.tar")'],
  parameters: { path: string('a .tar file, a folder of them, or a pattern such as "shards/*.tar"'), flip },
  gives: 'pictures',
  hasPartners: false,
  short: null,
} satisfies SourceChoice;
