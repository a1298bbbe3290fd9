/** The alignment that a recipe asks for, found in a model: its loss, the projector it trains, and the input it needs. */
import { WeftError } from '../../diagnostics/diagnostic';
import { suggest } from '../../diagnostics/suggest';
import { formatShape } from '../../ir/dims';
import { input, scalar, type Value, type Variable } from '../../ir/graph';
import type { ModelGraph } from '../../lower/model';
import type { Alignment } from '../../lower/recipe';
import { conventionOf } from './prediction';
import { alignmentLoss, project, repaProjector } from './repa';

/** What alignment adds to a train step; nothing where a recipe asks for none. */
export interface AlignmentTerm {
  readonly loss: Value;
  readonly weight: number;
  /** `teacher` `[batch, tokens, width]`, the encoder's tokens of the clean images. */
  readonly inputs: readonly Value[];
  readonly extraWeights: readonly Variable[];
}

/** The loss between the model's tokens at `align.at`, projected, and the input `teacher`. */
export function alignment(model: ModelGraph, align: Alignment | undefined): AlignmentTerm {
  if (!align) return { loss: scalar(0), weight: 0, inputs: [], extraWeights: [] };
  const tokens = tokensAt(model, align.at);
  const [batch, count, width] = tokens.shape;
  const teacher = input('teacher', [batch, align.tokens ?? count, align.width]);
  const projector = repaProjector(Number(width), align.hidden, align.width);
  const loss = alignmentLoss(project(projector, tokens), teacher, conventionOf(model));
  return { loss, weight: align.weight, inputs: [teacher], extraWeights: projector.weights };
}

function tokensAt(model: ModelGraph, path: string): Value {
  const found = model.taps[path] ?? model.modules.find((m) => m.path === path)?.output;
  if (!found) {
    const known = [...Object.keys(model.taps), ...model.modules.map((m) => m.path)];
    const near = suggest(path, known);
    throw new WeftError(
      `${model.name} has no point "${path}" to align at.`,
      near.length > 0 ? `Did you mean ${near.join(' or ')}?` : 'Name a tap, or the path of a labelled block.',
    );
  }
  if (found.shape.length === 3 && typeof found.shape[2] === 'number') return found;
  throw new WeftError(
    `Alignment compares tokens [batch, tokens, width], but "${path}" of ${model.name} is ${formatShape(found.shape)}.`,
    'Name a block of the patch pathway.',
  );
}
