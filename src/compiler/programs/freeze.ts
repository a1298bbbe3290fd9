/** Weights that a recipe keeps as they are, by patterns of their labels. */
import { WeftError } from '../diagnostics/diagnostic';
import type { Variable } from '../ir/graph';
import type { ModelGraph } from '../lower/model';

/** `patch_blocks` names all that lies under that label; `*` stands for any letters: `*.bias`, `patch_blocks.*.attn`. */
export function matchesLabel(pattern: string, path: string): boolean {
  const letters = pattern.split('*').map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'));
  return new RegExp(`^${letters.join('.*')}(\\..*)?$`).test(path);
}

/** The weights of a model that are trained. Throws where a pattern names none, or where none is left. */
export function trainedWeights(
  { name, weights }: Pick<ModelGraph, 'name' | 'weights'>,
  freeze: readonly string[] = [],
): Variable[] {
  const idle = freeze.find((pattern) => !weights.some((w) => matchesLabel(pattern, w.leaf.name)));
  if (idle !== undefined)
    throw new WeftError(`${name} has no weight \`${idle}\` to freeze.`, 'weft inspect lists the labels of a model.');
  const left = weights.filter((w) => !freeze.some((pattern) => matchesLabel(pattern, w.leaf.name)));
  if (left.some((w) => w.leaf.role === 'weight') || freeze.length === 0) return left;
  throw new WeftError(`With \`freeze\` no weight of ${name} is left to train.`, 'Freeze fewer labels.');
}
