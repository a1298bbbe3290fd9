/** A value as one line of text, for tests of rewrites: `mul(x, 2)`. */
import { formatDim, SymbolicDim } from '../../src/compiler/ir/dims';
import type { Value } from '../../src/compiler/ir/graph';

export function expression(v: Value): string {
  if (v.leaf?.kind === 'constant')
    return v.shape.length === 0 ? String(v.leaf.data.data[0]) : `constant [${v.shape.join(' ')}]`;
  if (v.leaf) return v.leaf.name;
  const attrs = Object.entries(v.attrs).flatMap(([k, a]) =>
    a === undefined || a === false ? [] : `${k}=${attribute(a)}`,
  );
  return `${v.op?.opName}(${[...v.inputs.map(expression), ...attrs].join(', ')})`;
}

function attribute(a: unknown): string {
  if (Array.isArray(a)) return `[${a.map(attribute).join(' ')}]`;
  return a instanceof SymbolicDim ? formatDim(a) : String(a);
}
