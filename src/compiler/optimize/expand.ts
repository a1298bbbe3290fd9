/** Expands composites for which a backend has no word, so that forward and backward pass can share values. */
// Tested by test/compiler/optimize/pipeline.test.ts.
import { expandComposites } from '../ir/substitute';
import { rootsOf } from '../ir/graph';
import { isComposite, type AnyOp } from '../ops/define';
import { withRoots, type Pass } from './map-values';

/** The part of a backend's words that passes use. */
export interface Vocabulary {
  readonly name: string;
  /** Null for a composite without a word. */
  of(op: AnyOp): unknown;
}

/** Ops that lack a word only in some uses (if the opset is too old) stay; the backend expands them itself. */
export function expandFor(words: Vocabulary): Pass {
  return {
    name: `expand-for-${words.name}`,
    doc: `Composites that ${words.name} has no word for are written in other ops.`,
    run: (program) =>
      withRoots(
        program,
        expandComposites(rootsOf(program), (op) => isComposite(op) && words.of(op) === null),
      ),
  };
}
