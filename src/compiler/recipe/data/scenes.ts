/** `data = scenes(20k)`: synthetic scenes with exact captions: shapes by colour, count and position; class = shape. */
// Tested by test/train/run-digest.test.ts.
import { seedRange, sizeRange } from '../../bind/number-range';
import { number, word } from '../fields';
import type { SourceChoice } from './source';

export const scenes = {
  doc: 'Synthetic scenes with captions that say shape, colour, count and place.',
  examples: ['scenes(count: 20k)'],
  parameters: {
    count: number('how many images', sizeRange),
    seed: number('of the scenes', seedRange).or(0),
    split: word('combinations shown; those held out are never in `train`', ['train', 'held_out', 'all']).or('train'),
  },
  gives: 'pictures',
  hasPartners: false,
  short: 'scenes(10k)',
} satisfies SourceChoice;
