/** Writes composites out where a backend has no word for them, so that forward and gradient share what they have in common. */
import { expandComposites } from '../ir/substitute';
import { rootsOf } from '../ir/graph';
import { isComposite, type AnyOp } from '../ops/define';
import type { Backend } from '../ops/targets';
import { withRoots, type Pass } from './map-values';

/** Ops that only sometimes lack a word (an opset too old) stay; the backend expands them itself. */
export function expandFor(backend: Backend): Pass {
  return {
    name: `expand-for-${backend}`,
    doc: `Composites that ${backend} has no word for are written in other ops.`,
    run: (program) =>
      withRoots(
        program,
        expandComposites(rootsOf(program), (op) => lacksWord(op, backend)),
      ),
  };
}

function lacksWord(op: AnyOp, backend: Backend): boolean {
  return isComposite(op) && op.lower[backend] === 'expand';
}
