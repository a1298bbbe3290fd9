/** Blocks are unfolded into one graph, so none may contain itself, directly or through others. */
import { diagnose, type Diagnostic, type Related } from '../../diagnostics/diagnostic';
import type { NamedDeclaration } from '../load';
import type { Reference, World } from '../world';

/** One diagnostic for each circle of uses, at the use that closes it; the other uses are its trail. */
export function checkRecursion(world: World): void {
  const { references } = world;
  const done = new Set<NamedDeclaration>();
  const path: { readonly from: NamedDeclaration; readonly use: Reference | null }[] = [];

  const visit = (d: NamedDeclaration): void => {
    for (const use of references.get(d) ?? []) {
      if (use.target.kind !== 'block') continue;
      const start = path.findIndex((p) => p.from === use.target);
      if (start >= 0) {
        world.incomplete.add(use.target);
        const around = path.slice(start);
        world.report(
          circle(
            around.map((p) => p.from),
            around.slice(1).map((p) => p.use),
            use,
          ),
        );
      }
      if (start < 0 && !done.has(use.target)) descend(use.target, use);
    }
  };
  const descend = (d: NamedDeclaration, use: Reference | null): void => {
    path.push({ from: d, use });
    visit(d);
    path.pop();
    done.add(d);
  };
  for (const d of references.keys()) if (!done.has(d)) descend(d, null);
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
  return diagnose('block-recursion', closing.span, { chain }, null, trail);
}
