/** `sweep name of Model { width in [384, 768] }`: one model at every combination of the values of its axes. */
// Tested by test/compiler/sections/study.test.ts.
import { diagnose } from '../diagnostics/diagnostic';
import type { Argument, AxisEntry, SectionDeclaration } from '../syntax/ast';
import type { SettingReader } from './schema';
import { sharedArguments, sourceText, type WrittenStudy } from './study';

/** The most cases of a sweep: nobody reads more rows, and the product of a few long lists is quickly larger. */
const mostCases = 1000;

export function readSweep(reader: SettingReader, s: SectionDeclaration): WrittenStudy | null {
  const axes = s.entries.filter((e): e is AxisEntry => e.kind === 'axis');
  const at = s.name?.span ?? s.span;
  if (axes.length === 0) {
    const facts = { section: 'sweep', setting: 'an axis', example: 'width in [384, 768]' };
    reader.report(diagnose('missing-setting', at, facts));
  }
  const values = axes.map((axis) => valuesOf(reader, axis));
  const count = values.reduce((n, list) => n * list.length, 1);
  if (count > mostCases) {
    const facts = { what: 'A sweep', found: `${count} combinations`, limit: String(mostCases) };
    reader.report(diagnose('size-limit', at, facts));
    return null;
  }
  if (!s.model || count === 0) return null;
  const shared = sharedArguments(s.entries);
  const base = s.model;
  const cases = combinations(values).map((args) => ({
    name: args.map((a) => `${a.name?.name} ${sourceText(a.value)}`).join(', '),
    span: at,
    base,
    args: [...shared, ...args],
  }));
  return { kind: 'sweep', name: s.name?.name ?? 'sweep', doc: s.doc, cases };
}

function valuesOf(reader: SettingReader, axis: AxisEntry): Argument[] {
  const { values } = axis;
  if ((values.kind === 'list' || values.kind === 'tuple') && values.items.length > 0) {
    return values.items.map((value) => ({ name: axis.name, value, span: value.span }));
  }
  if (values.kind !== 'missing') {
    reader.report(diagnose('axis-values', values.span, { axis: axis.name.name, found: sourceText(values) }));
  }
  return [];
}

/** Every choice of one item from each list; the last list changes fastest. */
export function combinations<T>(lists: readonly (readonly T[])[]): T[][] {
  return lists.reduce<T[][]>((rows, list) => rows.flatMap((row) => list.map((item) => [...row, item])), [[]]);
}
