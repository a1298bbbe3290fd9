/**
 * Blocks are unfolded into one graph, so no block may contain itself, directly or through others, unless an `if` can end that.
 * Whether it does end is known only when the block is unfolded, which has a limit on the depth of calls.
 */
// Tested by test/diagnostics/cases.test.ts.
import { diagnose, withTrail, type Diagnostic, type Related } from '../../diagnostics/diagnostic';
import type { NamedDeclaration } from '../../link/load';
import type { Reference, World } from '../world';

/** One declaration on the search path, and the use that led to it. */
interface Step {
  readonly from: NamedDeclaration;
  readonly use: Reference | null;
  /** The number of its uses that have been followed so far. */
  followed: number;
}

/**
 * Reports each cycle of uses at the use that closes it; the other uses are its trail. The search uses a list and no recursion, since
 * chains of blocks may have any length.
 */
export function checkRecursion(world: World): void {
  const { references } = world;
  const depthOf = new Map<NamedDeclaration, number>();
  const path: Step[] = [];
  const descend = (from: NamedDeclaration, use: Reference | null): void => {
    depthOf.set(from, path.length);
    path.push({ from, use, followed: 0 });
  };
  /** The depth of a declaration whose uses have all been followed. */
  const done = -1;

  for (const start of references.keys()) {
    if (!depthOf.has(start)) descend(start, null);
    for (let top = path.at(-1); top; top = path.at(-1)) {
      const use = references.get(top.from)?.[top.followed++];
      if (!use) {
        depthOf.set(top.from, done);
        path.pop();
        continue;
      }
      if (use.target.kind !== 'block' || use.conditional) continue;
      const depth = depthOf.get(use.target);
      if (depth === undefined) descend(use.target, use);
      else if (depth !== done) reportCircle(world, path.slice(depth), use);
    }
  }
}

function reportCircle(world: World, around: readonly Step[], closing: Reference): void {
  world.incomplete.add(closing.target);
  const members = around.map((step) => step.from);
  const uses = around.slice(1).map((step) => step.use);
  world.report(circle(members, uses, closing));
}

function circle(
  members: readonly NamedDeclaration[],
  uses: readonly (Reference | null)[],
  closing: Reference,
): Diagnostic {
  const chain = [...members, closing.target].map((d) => d.name.name);
  const trail = uses.flatMap((u, i): Related[] =>
    u ? [{ span: u.span, message: `${chain[i]} contains ${chain[i + 1]} here` }] : [],
  );
  return withTrail(diagnose('block-recursion', closing.span, { chain }), trail);
}
