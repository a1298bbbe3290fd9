/** Whole numbers in emitted text. They are marked until it is known which of them differ between uses of a class. */
// Tested by test/backends/pytorch/emit/model.test.ts.
import type { Dim } from '../../../compiler/ir/dims';
import { staticDim } from '../../../compiler/ir/dims';

/** A size that may become a parameter of the class. */
export function sized(d: Dim): string {
  return `⟦${staticDim(d)}⟧`;
}

const mark = /⟦(-?\d+)⟧/g;

/** The text with the sizes taken out, and the sizes. */
export function withoutSizes(text: string): { readonly template: string; readonly sizes: readonly number[] } {
  const sizes = [...text.matchAll(mark)].map((m) => Number(m[1]));
  return { template: text.replace(mark, '⟦⟧'), sizes };
}

/** The place of a size: in a comment, in a class's computation, or elsewhere. */
export type Place = 'comment' | 'forward' | 'elsewhere';

/** The text with every size as `write` gives it; `at` counts the sizes. */
export function fillSizes(text: string, write: (size: number, at: number, place: Place) => string): string {
  let at = 0;
  let place: Place = 'elsewhere';
  const filled = (part: string, where: Place): string =>
    part.replace(mark, (_, size: string) => write(Number(size), at++, where));
  const lines = text.split('\n').map((line) => {
    if (line.startsWith('    def forward(')) place = 'forward';
    const comment = line.indexOf('  # ');
    if (comment < 0) return filled(line, place);
    return filled(line.slice(0, comment), place) + filled(line.slice(comment), 'comment');
  });
  return lines.join('\n');
}
