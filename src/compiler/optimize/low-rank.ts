/** Rewrites ops on tensors of many axes as ops on few: axes that an op treats alike are merged, and the rest is done in steps. */
import { held } from '../invariant';
import { staticShape } from '../ir/dims';
import { operandsFirst, inScope, rootsOf, type Program, type Value } from '../ir/graph';
import { expansionOf } from '../ir/substitute';
import { rebuild } from '../ops/define';
import type { AxesKind } from '../ops/traits';
import { ruleOf } from './low-rank/rules';
import { withRoots, type Pass } from './map-values';

/** The most axes that a backend supports for each kind of op; Infinity for any number. */
export type RankLimits = { readonly [K in AxesKind]: number };

/** A pass for programs without symbolic dimensions. Ops within the limits stay as they are. */
export function lowRank(limits: RankLimits): Pass {
  return {
    name: 'low-rank',
    doc: 'Ops on more axes than a backend has kernels for are said with ops on fewer.',
    run: (program) => lowered(program, limits),
  };
}

function lowered(program: Program, limits: RankLimits): Program {
  const done = new Map<Value, Value>();
  const lower = (root: Value): Value => {
    for (const v of operandsFirst([root], done)) {
      const inputs = v.inputs.map((x) => held(done, x));
      done.set(v, low(rebuild(v, inputs), limits, done, lower));
    }
    return held(done, root);
  };
  return withRoots(program, rootsOf(program).map(lower));
}

/** Rewrites one value whose operands are already rewritten. */
function low(v: Value, limits: RankLimits, done: Map<Value, Value>, lower: (root: Value) => Value): Value {
  const kind = v.op?.traits.axes ?? null;
  if (kind === null || rankOf(v) <= limits[kind]) return v;
  for (const x of v.inputs) done.set(x, x);
  if (kind === 'composite') return lower(expansionOf(v));
  return inScope(v.scope, () => ruleOf(kind)(v, limits[kind]));
}

/** The largest number of axes among a value and its operands. */
function rankOf(v: Value): number {
  return Math.max(...[v, ...v.inputs].map((x) => staticShape(x.shape).length));
}
