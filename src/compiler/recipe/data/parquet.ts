/** `data = parquet("data")`: pictures in the rows of Parquet files, as data sets of the Hugging Face Hub have them. */
// Tested by test/data/sources/parquet.test.ts.
import { string } from '../fields';
import { flip } from './folder';
import type { SourceChoice } from './source';

export const parquet = {
  doc: 'Pictures in Parquet files: a column of their bytes, and columns of captions and classes.',
  examples: ['parquet("data/*.parquet", flip: true)', 'parquet("data", image: "photo", text: "title", label: "kind")'],
  parameters: {
    path: string('a .parquet file, a folder of them, or a pattern such as "data/*.parquet"'),
    image: string('column of pictures; by default `image` or `img`, or the only one that holds pictures').optional(),
    text: string('column of captions; by default `text`, `caption` or `prompt`').optional(),
    label: string('column of classes; by default `label` or `class`').optional(),
    flip,
  },
  gives: 'pictures',
  hasPartners: false,
  short: null,
} satisfies SourceChoice;
