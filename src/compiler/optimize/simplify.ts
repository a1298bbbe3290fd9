/** Applies the rewrite rules to every value, operands first, until none of them matches. */
// Tested by test/compiler/optimize/pipeline.test.ts.
import type { Value } from '../ir/graph';
import { transform } from '../ir/substitute';
import { rebuild, type AnyOp } from '../ops/define';
import { mapValues, type Pass } from './map-values';
import type { Rewrite } from './rewrite';
import { rules } from './rules';

const shipped = rulesByOp(rules);

/** One pass over the graph with the shipped rules. */
export const simplify: Pass = simplifyWith(rules);

/** A pass with the given rules: each value is rewritten as long as a rule for its op matches. */
export function simplifyWith(own: readonly Rewrite[]): Pass {
  const byOp = rulesByOp(own);
  return {
    name: 'simplify',
    doc: 'Rewrite rules are applied to every value.',
    run: (program) => mapValues(program, (v) => rewriteWhole(v, byOp)),
  };
}

/** The value `root`, with the shipped rules applied to the values between it and `known`; those in `known` stay as they are. */
export function simplifyAbove(root: Value, known: readonly Value[]): Value {
  const done = new Map(known.map((v) => [v, v]));
  return transform([root], done, (v, inputs) => rewriteWhole(rebuild(v, inputs), shipped))[0];
}

/** Every rule makes progress, so a few rounds are enough; the bound stops rules that undo each other. */
function rewriteWhole(v: Value, byOp: ReadonlyMap<AnyOp, readonly Rewrite[]>): Value {
  let current = v;
  for (let round = 0; round < 16; round++) {
    const next = current.op && firstFit(current, byOp.get(current.op) ?? []);
    if (!next) break;
    current = next;
  }
  return current;
}

function rulesByOp(own: readonly Rewrite[]): Map<AnyOp, Rewrite[]> {
  const byOp = new Map<AnyOp, Rewrite[]>();
  for (const rule of own) byOp.set(rule.root, [...(byOp.get(rule.root) ?? []), rule]);
  return byOp;
}

function firstFit(v: Value, candidates: readonly Rewrite[]): Value | null {
  for (const rule of candidates) {
    const replacement = rule.apply(v);
    if (replacement) return replacement;
  }
  return null;
}
