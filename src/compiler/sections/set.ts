/** Settings given by hand, put into a section in place of its own: `optimizer.rate=3e-4` into `optimizer = adamw(rate: 1e-4)`. */
// Tested by test/compiler/sections/keys.test.ts.
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { writtenArgument } from '../recipe/choices';
import type { Field, Fields } from '../recipe/field';
import type { Argument, Expression, Identifier, SectionDeclaration, SettingEntry } from '../syntax/ast';

export interface SetSection {
  readonly section: SectionDeclaration;
  readonly diagnostics: readonly Diagnostic[];
}

/** The section as if it had been written so; names and values are judged when it is read. */
export function withSettings(
  section: SectionDeclaration,
  fields: Fields,
  entries: readonly SettingEntry[],
): SetSection {
  const diagnostics: Diagnostic[] = [];
  const set = entries.reduce((s, entry) => withSetting(s, fields, entry, (d) => diagnostics.push(d)), section);
  return { section: set, diagnostics };
}

function withSetting(
  section: SectionDeclaration,
  fields: Fields,
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
  const value = before && inside(before, fields[first.name], rest, entry.value);
  if (!value) {
    const setting = entry.path.map((p) => p.name).join('.');
    report(diagnose('set-without-place', entry.span, { setting, whole: first.name }));
    return section;
  }
  return { ...section, entries: [...others, { ...entry, path: [first], value }] };
}

/** An expression with an argument of the call that it is, or of one in it, replaced; null where it is no such call. */
function inside(
  e: Expression,
  field: Field<unknown>,
  path: readonly Identifier[],
  value: Expression,
): Expression | null {
  const callee = e.kind === 'call' ? e.callee : e;
  const { takes } = field;
  if (takes.kind !== 'call' || callee.kind !== 'name') return null;
  if (!Object.hasOwn(takes.choices, callee.name)) return insideDeclared(e, callee, path, value);
  const { parameters } = takes.choices[callee.name];
  const args = e.kind === 'call' ? e.args : [];
  const [name, ...rest] = path;
  const before = writtenArgument(field, e, name.name);
  const after = rest.length === 0 ? value : before && inside(before, parameters[name.name], rest, value);
  if (!after) return null;
  // A name that the call does not know stays there, to be reported with those it does.
  const argument: Argument = { name, value: after, span: value.span };
  const replaced = args.map((a) => (a.value === before ? { ...a, value: after } : a));
  return { kind: 'call', span: e.span, callee, args: before ? replaced : [...args, argument] };
}

/** The same in a call of what the language declares, whose arguments are known by their names alone. */
function insideDeclared(
  e: Expression,
  callee: Expression,
  [name, ...rest]: readonly Identifier[],
  value: Expression,
): Expression | null {
  if (rest.length > 0) return null;
  const others = (e.kind === 'call' ? e.args : []).filter((a) => a.name?.name !== name.name);
  return { kind: 'call', span: e.span, callee, args: [...others, { name, value, span: value.span }] };
}
