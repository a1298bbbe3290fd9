/** `adapt = lora(…)`: low-rank products are trained beside chosen linear layers, whose own weights stay fixed. */
// Tested by test/compiler/programs/adapters.test.ts.
import { positiveRange, sizeRange } from '../bind/number-range';
import { oneOf } from './choices';
import type { Choice, Chosen, ParametersOf } from './field';
import { labels, number } from './fields';

const adaptations = {
  lora: {
    doc: 'LoRA: trains a low-rank update of linear layers, W + alpha / rank · B · A (arXiv 2106.09685).',
    examples: ['lora(rank: 16, at: "blocks.*")'],
    parameters: {
      rank: number('rank of the update: rows of A, columns of B', sizeRange),
      at: labels('labels of linear layers; `*` for any part'),
      alpha: number('scale of the update, divided by the rank; the rank by default', positiveRange).optional(),
    },
  },
} satisfies { readonly [name: string]: Choice };

/** How the weights of a model are adapted. */
export type Adaptation = Chosen<ParametersOf<typeof adaptations>>;

export const adapt = oneOf('small weights that are trained while those of the model are frozen', adaptations);
