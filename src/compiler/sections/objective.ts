/** `objective = mean_flow(ratio: 0.5)` of a train section, where that is declared in the language. */
// Tested by test/train/declared-objective.test.ts.
import type { BoundSpec } from '../bind/bind';
import { declaredObjective } from '../bind/rules/sections';
import { declaredSignature, sourceOf } from '../bind/signature';
import { diagnose } from '../diagnostics/diagnostic';
import type { LoadedFile, NamedDeclaration } from '../link/load';
import type { Reading } from '../recipe/field';
import { objectives, type ReadObjective } from '../recipe/objectives';
import type { Expression, ObjectiveDeclaration } from '../syntax/ast';
import { print } from '../syntax/print';

export function objectiveReader(file: LoadedFile, bound: BoundSpec): ReadObjective {
  return (e, reading) => {
    const declaration = declaredObjective(file, e);
    const callee = e.kind === 'call' ? e.callee : e;
    if (!declaration) return isBuiltIn(callee) ? null : unknown(file, e, reading);
    const text = textOf(declaration, bound, reading);
    const { name } = declaration.name;
    if (text === undefined) return undefined;
    // Where it is imported under another name, the recipe keeps its own.
    return { kind: 'declared', call: `${name}${sourceOf(e).slice(sourceOf(callee).length)}`, text };
  };
}

function isBuiltIn(callee: Expression): boolean {
  return callee.kind === 'name' && Object.hasOwn(objectives, callee.name);
}

/** What is no objective, beside those that there are. */
function unknown({ visible }: LoadedFile, e: Expression, reading: Reading): undefined {
  const declared = [...visible].flatMap(([name, { declaration: d }]) =>
    d.kind === 'objective' ? [declaredSignature(name, d.parameters).written] : [],
  );
  const names = [...Object.keys(objectives), ...declared.map((written) => written.replace(/\(.*/, ''))];
  const callee = e.kind === 'call' ? e.callee : e;
  const other = callee.kind === 'name' ? visible.get(callee.name)?.declaration.kind : undefined;
  const own = declared.length > 0 ? declared.join(' or ') : 'an `objective` of the file, or of std/objectives';
  const expected = `rectified_flow(time, predict), or ${own}`;
  return reading.wrongKind(expected, e, names, other && `a ${other === 'variant' ? 'model' : other}`);
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
