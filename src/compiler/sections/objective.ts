/** `objective = mean_flow(ratio: 0.5)` of a train section, where that is declared in the language. */
import type { BoundSpec } from '../bind/bind';
import { declaredObjective } from '../bind/rules/sections';
import { sourceOf } from '../bind/signature';
import { diagnose } from '../diagnostics/diagnostic';
import type { LoadedFile, NamedDeclaration } from '../link/load';
import type { Reading } from '../recipe/field';
import type { DeclaredObjective } from '../recipe/objectives';
import type { Expression, ObjectiveDeclaration } from '../syntax/ast';
import { print } from '../syntax/print';

/** What a recipe keeps of an objective; null for one that is built in, undefined after what is wrong was reported. */
export type ReadObjective = (e: Expression, reading: Reading) => DeclaredObjective | null | undefined;

export function objectiveReader(file: LoadedFile, bound: BoundSpec): ReadObjective {
  return (e, reading) => {
    const declaration = declaredObjective(file, e);
    if (!declaration) return null;
    const callee = e.kind === 'call' ? e.callee : e;
    const text = textOf(declaration, bound, reading);
    const { name } = declaration.name;
    if (text === undefined) return undefined;
    // Where it is imported under another name, the recipe keeps its own.
    return { kind: 'declared', call: `${name}${sourceOf(e).slice(sourceOf(callee).length)}`, text };
  };
}

/** The declaration and all that it uses, one after the other, without comments. */
function textOf(objective: ObjectiveDeclaration, { usedBy }: BoundSpec, reading: Reading): string | undefined {
  const byName = new Map<string, NamedDeclaration>([[objective.name.name, objective]]);
  const order: NamedDeclaration[] = [objective];
  let isSound = true;
  // A list may grow while it is walked.
  for (const d of order) {
    for (const { target, span } of usedBy(d)) {
      const written = span.source.text.slice(span.start, span.end);
      const { name } = target.name;
      const known = byName.get(name);
      if (written !== name || (known && known !== target)) {
        reading.report(diagnose('objective-text', span, { name, written }));
        isSound = false;
      }
      if (known) continue;
      byName.set(name, target);
      order.push(target);
    }
  }
  const [{ span }] = order;
  const declarations = order.toReversed().map((d) => ({ ...d, doc: '' }));
  return isSound ? print({ kind: 'file', span, imports: [], declarations }) : undefined;
}
