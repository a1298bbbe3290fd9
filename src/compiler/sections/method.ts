/** `objective = mean_flow(equal: 0.5)`, `optimizer = lion(rate: 1e-4)`: settings that may be declared in the language. */
import type { BoundSpec } from '../bind/bind';
import { baseOf, declaredMethod } from '../bind/rules/sections';
import { bindCall, writtenArguments } from '../bind/bind-call';
import { declaredSignature } from '../bind/signature';
import { checkHyperparameters, isModelLike, unknownModel, visibleModels } from '../bind/models';
import { diagnose } from '../diagnostics/diagnostic';
import type { LoadedFile, NamedDeclaration } from '../link/load';
import { hostParameters, type ReadMethod } from '../recipe/declared';
import type { Reading } from '../recipe/field';
import type { ReadModel } from '../recipe/teacher';
import type { Expression, MethodDeclaration } from '../syntax/ast';
import { print } from '../syntax/print';

/** Makes a reader for methods that a file declares or imports; `locate` finds the shipped file that declares a name. */
export function methodReader(file: LoadedFile, bound: BoundSpec, locate: (name: string) => string | null): ReadMethod {
  return (kind, builtIn, e, reading) => {
    const declaration = declaredMethod(file, kind, e);
    const callee = e.kind === 'call' ? e.callee : e;
    if (!declaration) {
      const isBuiltIn = callee.kind === 'name' && Object.hasOwn(builtIn, callee.name);
      if (isBuiltIn) return null;
      const importFrom = callee.kind === 'name' && !file.visible.has(callee.name) ? locate(callee.name) : null;
      if (importFrom === null || callee.kind !== 'name') return unknown(file, { kind, builtIn, e }, reading);
      reading.report(diagnose('unknown-name', callee.span, { name: callee.name, importFrom, suggestions: [] }));
      return undefined;
    }
    const text = textOf(declaration, bound, reading);
    const call = callText(declaration, e, { reading, isReported: bound.names.matchOf(e) !== null });
    if (text === undefined || call === undefined) return undefined;
    return { kept: { kind: 'declared', call, text }, declaration };
  };
}

interface Unknown {
  readonly kind: MethodDeclaration['kind'];
  readonly builtIn: object;
  readonly e: Expression;
}

/** Reports a value that is not a method of the wanted kind, and lists the methods that exist. */
function unknown({ visible }: LoadedFile, { kind, builtIn, e }: Unknown, reading: Reading): undefined {
  const declared = [...visible].flatMap(([name, { declaration: d }]) =>
    d.kind === kind ? [{ name, written: declaredSignature(name, d.parameters).written }] : [],
  );
  const names = [...Object.keys(builtIn), ...declared.map((d) => d.name)];
  const callee = e.kind === 'call' ? e.callee : e;
  const other = callee.kind === 'name' ? visible.get(callee.name)?.declaration.kind : undefined;
  const own =
    declared.length > 0
      ? declared.map((d) => d.written).join(' or ')
      : `a declared \`${kind}\`, such as those of std/${kind === 'guidance' ? kind : `${kind}s`}`;
  const article = other && /^[aeiou]/.test(other) ? 'an' : 'a';
  const found = other && `${article} ${other === 'variant' ? 'model' : other}`;
  return reading.wrongKind(`${Object.keys(builtIn).join(', ')}, or ${own}`, e, names, found);
}

/** The call, with the declaration's own name. A learning rate stays a name in it, since its value may change during a run. */
function callText(
  { kind, name, parameters }: MethodDeclaration,
  e: Expression,
  { reading, isReported }: { readonly reading: Reading; readonly isReported: boolean },
): string | undefined {
  const args = e.kind === 'call' ? writtenArguments(e.args) : [];
  const { given, diagnostics } = bindCall(declaredSignature(name.name, parameters), args, e.span);
  // Errors in a file were reported when names were bound; this reports those in a call that was changed by hand.
  if (!isReported) diagnostics.forEach((d) => reading.report(d));
  if (diagnostics.length > 0) return undefined;
  const items = parameters.flatMap(({ name: { name: parameter } }) => {
    const value = given.get(parameter)?.value;
    const isHosts = parameter === hostParameters[kind];
    // The steps of a solver are always written out, so that they can be changed by hand.
    return value || (isHosts && kind === 'solver')
      ? [`${parameter}: ${isHosts || !value ? parameter : reading.names.textOf(value)}`]
      : [];
  });
  return `${name.name}(${items.join(', ')})`;
}

/** Makes a reader for models that a file declares or imports, with hyper-parameters. */
export function modelReader(file: LoadedFile, bound: BoundSpec): ReadModel {
  return (e, reading) => {
    const callee = e.kind === 'call' ? e.callee : e;
    if (callee.kind !== 'name') return reading.wrongKind('a model', e, visibleModels(file));
    const found = file.visible.get(callee.name)?.declaration;
    const base = baseOf(file, callee.name)?.declaration;
    const args = e.kind === 'call' ? e.args : [];
    // Errors in a file were reported when names were bound; this reports those in a value that was given by hand.
    const wrong = base ? checkHyperparameters(base, args) : [unknownModel(callee, () => visibleModels(file))];
    if (!bound.names.matchOf(e)) wrong.forEach((d) => reading.report(d));
    if (!found || !isModelLike(found) || wrong.length > 0) return undefined;
    const text = textOf(found, bound, reading);
    const items = args.flatMap((a) => (a.name ? [`${a.name.name}: ${reading.names.textOf(a.value)}`] : []));
    return text === undefined ? undefined : { kind: 'declared', call: `${found.name.name}(${items.join(', ')})`, text };
  };
}

/** The text of the declaration and of all declarations that it uses, without comments. */
function textOf(method: NamedDeclaration, { usedBy }: BoundSpec, reading: Reading): string | undefined {
  const byName = new Map<string, NamedDeclaration>([[method.name.name, method]]);
  const order: NamedDeclaration[] = [method];
  let isSound = true;
  // The loop also visits declarations that are added while it runs.
  for (const d of order) {
    for (const { target, span } of usedBy(d)) {
      const written = span.source.text.slice(span.start, span.end);
      const { name } = target.name;
      const known = byName.get(name);
      if (written !== name || (known && known !== target)) {
        reading.report(diagnose('declared-text', span, { name, written }));
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
