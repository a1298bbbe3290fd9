/** `data = compositions(count: 20k)`: synthetic pictures of one to three kinds of things with their own colours, sizes and relations; class = category. */
// Tested by test/train/data-option.test.ts.
import { seedRange, sizeRange } from '../../bind/number-range';
import { number, word, words } from '../fields';
import { splits } from './scenes';
import type { SourceChoice } from './source';

/** What captions may be about: six categories after those of GenEval, and long captions of many facts. */
export const compositionCategories = [
  'single_object',
  'two_objects',
  'counting',
  'colours',
  'position',
  'binding',
  'long',
] as const;

export const compositions = {
  doc: 'Synthetic pictures of several things, with captions about shapes, numbers, colours, sizes and relations.',
  examples: ['compositions(count: 20k)', 'compositions(categories: (position, binding))'],
  parameters: {
    categories: words('what captions are about; taken in turn', compositionCategories).or(compositionCategories),
    count: number('number of images', sizeRange).or(10_000),
    seed: number('seed of the pictures', seedRange).or(0),
    split: word('which combinations are shown; those of `held_out` never occur in `train`', splits).or('train'),
  },
  gives: 'pictures',
  hasPartners: false,
  short: 'compositions()',
} satisfies SourceChoice;
