/** `data = scenes(20k)`: synthetic scenes with exact captions: shapes by colour, count and position; class = shape. */
// Tested by test/train/run-digest.test.ts.
import { seedRange, sizeRange } from '../../bind/number-range';
import { number, word } from '../fields';
import type { SourceChoice } from './source';

/** The combinations that synthetic pictures show: those for training, those kept from it, or both. */
export const splits = ['train', 'held_out', 'all'] as const;

export const scenes = {
  doc: 'Synthetic scenes, with captions that name shape, colour, count and position.',
  examples: ['scenes(count: 20k)'],
  parameters: {
    count: number('number of images', sizeRange),
    seed: number('seed of the scenes', seedRange).or(0),
    split: word('which combinations of attributes are shown; those of `held_out` never occur in `train`', splits).or(
      'train',
    ),
  },
  gives: 'pictures',
  hasPartners: false,
  short: 'scenes(10k)',
} satisfies SourceChoice;
