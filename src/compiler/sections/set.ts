/** Puts settings given by hand into a section: `optimizer.rate=3e-4` into `optimizer = adamw(rate: 1e-4)`. */
// Tested by test/compiler/sections/keys.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { writtenArgument } from '../recipe/choices';
import type { Field, Fields } from '../recipe/field';
import { isMethod } from '../syntax/methods';
import type { LoadedFile } from '../link/load';
import type { Argument, Call, Expression, Identifier, SectionDeclaration, SettingEntry } from '../syntax/ast';

export interface SetSection {
  readonly section: SectionDeclaration;
  readonly diagnostics: readonly Diagnostic[];
}

/** The section with the given settings in it; names and values are checked when the section is read. */
export function withSettings(
  section: SectionDeclaration,
  fields: Fields,
  entries: readonly SettingEntry[],
  visible: LoadedFile['visible'] = new Map(),
): SetSection {
  const diagnostics: Diagnostic[] = [];
  const report = (d: Diagnostic): void => void diagnostics.push(d);
  const set = entries.reduce((s, entry) => withSetting({ section: s, fields, visible }, entry, report), section);
  return { section: set, diagnostics };
}

/** A section, with the fields of its settings and the names visible in its file. */
interface Settable {
  readonly section: SectionDeclaration;
  readonly fields: Fields;
  readonly visible: LoadedFile['visible'];
}

function withSetting(
  { section, fields, visible }: Settable,
  entry: SettingEntry,
  report: (d: Diagnostic) => void,
): SectionDeclaration {
  const [first, ...rest] = entry.path;
  const earlier = section.entries.find(
    (e) => e.kind === 'setting' && e.path.length === 1 && e.path[0].name === first.name,
  );
  const others = section.entries.filter((e) => e !== earlier);
  if (rest.length === 0 || !Object.hasOwn(fields, first.name)) return { ...section, entries: [...others, entry] };
  const before = earlier?.kind === 'setting' ? earlier.value : null;
  const known = before && namedArguments(before, visible);
  const value = known
    ? insideDeclared(known, rest, entry.value)
    : before && inside(before, fields[first.name], rest, entry.value);
  if (!value) {
    const setting = entry.path.map((p) => p.name).join('.');
    report(diagnose('set-without-place', entry.span, { setting, whole: first.name }));
    return section;
  }
  return { ...section, entries: [...others, { ...entry, path: [first], value }] };
}

/** A call with an argument replaced, in it or in a call inside it; null if the expression is not such a call. */
function inside(
  e: Expression,
  field: Field<unknown>,
  path: readonly Identifier[],
  value: Expression,
): Expression | null {
  const callee = e.kind === 'call' ? e.callee : e;
  const { takes } = field;
  if (takes.kind !== 'call' || callee.kind !== 'name' || !Object.hasOwn(takes.choices, callee.name)) return null;
  const { parameters } = takes.choices[callee.name];
  const args = e.kind === 'call' ? e.args : [];
  const [name, ...rest] = path;
  const before = writtenArgument(field, e, name.name);
  const after = rest.length === 0 ? value : before && inside(before, parameters[name.name], rest, value);
  if (!after) return null;
  // An argument with an unknown name is added too: the error is reported when the call is read.
  const argument: Argument = { name, value: after, span: value.span };
  const replaced = args.map((a) => (a.value === before ? { ...a, value: after } : a));
  return { kind: 'call', span: e.span, callee, args: before ? replaced : [...args, argument] };
}

/** A call of a method that the file declares, with a name before every argument; null for any other expression. */
function namedArguments(e: Expression, visible: LoadedFile['visible']): Call | null {
  const callee = e.kind === 'call' ? e.callee : e;
  const declaration = callee.kind === 'name' ? visible.get(callee.name)?.declaration : undefined;
  if (!declaration || !isMethod(declaration)) return null;
  const args = (e.kind === 'call' ? e.args : []).map((a, i) => ({
    ...a,
    name: a.name ?? declaration.parameters[i]?.name ?? null,
  }));
  return { kind: 'call', span: e.span, callee, args };
}

/** A call made by `namedArguments` with one argument replaced or added. */
function insideDeclared(call: Call, [name, ...rest]: readonly Identifier[], value: Expression): Expression | null {
  if (rest.length > 0) return null;
  const others = call.args.filter((a) => a.name?.name !== name.name);
  return { ...call, args: [...others, { name, value, span: value.span }] };
}
