/** Writes composites out where a backend has no word for them, so that forward and gradient share what they have in common. */
// Tested by test/compiler/optimize/pipeline.test.ts.
import { expandComposites } from '../ir/substitute';
import { rootsOf } from '../ir/graph';
import { isComposite, type AnyOp } from '../ops/define';
import { withRoots, type Pass } from './map-values';

/** What passes ask of a backend's words. */
export interface Vocabulary {
  readonly name: string;
  /** Null for a composite without a word. */
  of(op: AnyOp): unknown;
}

/** Ops that only sometimes lack a word (an opset too old) stay; the backend expands them itself. */
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
