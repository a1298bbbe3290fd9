/** Representation alignment (REPA, arXiv 2410.06940): training pulls a model's tokens towards those of a frozen image encoder. */
import text from '../../../../specs/std/alignment.weft';
import type { Value, Variable } from '../../ir/graph';
import { reduceMean } from '../../ops/reduction';
import { callShippedBlock } from '../shipped-block';

/** Tokens `[batch, tokens, width]` of the model at the aligned place, and those of the encoder, `[batch, teacher tokens, teacher]`. */
export interface AlignedTokens {
  readonly tokens: Value;
  readonly teacher: Value;
}

/**
 * The alignment loss, a scalar: the mean over the images of `repa` in std/alignment, or of `repa_with_text` for models with texts. `hidden`
 * is the width of the projector, whose weights, `repa.0.weight` `[hidden, width]` to `repa.4.bias` `[teacher]`, are trained with the model.
 */
export function alignmentLoss(
  { tokens, teacher }: AlignedTokens,
  hidden: number,
  kind: 'class' | 'text',
): { readonly loss: Value; readonly weights: readonly Variable[] } {
  const name = kind === 'text' ? 'repa_with_text' : 'repa';
  const { value, weights } = callShippedBlock({ name, text, label: 'repa' }, tokens.shape[0], [
    tokens,
    teacher,
    hidden,
  ]);
  return { loss: reduceMean(value, { axes: [0] }), weights };
}
