/** Cases of an ablation have different names; a sweep gives each hyper-parameter once, and each of its values once. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { sourceText } from './study';
import type { AxisEntry, Expression, SectionDeclaration } from '../syntax/ast';
import { itemsOf } from '../syntax/items';

/** Reports repeated entries of an ablation or sweep. `valueOf` gives a value as text, the same for `8` and `2 * 4`. */
export function checkRepeats(s: SectionDeclaration, valueOf: (e: Expression) => string): Diagnostic[] {
  return [...repeatedCases(s), ...repeatedSettings(s), ...repeatedValues(s, valueOf)];
}

function repeatedCases({ entries }: SectionDeclaration): Diagnostic[] {
  const cases = entries.flatMap((e) => (e.kind === 'case' ? [e.name] : []));
  return repeats(cases, (name) => name.value).map(([first, again]) =>
    diagnose('repeated-case', again.span, { name: again.value }, first.span),
  );
}

/** Reports hyper-parameters that more than one axis or shared setting sets. */
function repeatedSettings({ section, entries }: SectionDeclaration): Diagnostic[] {
  if (section !== 'ablation' && section !== 'sweep') return [];
  const given = entries.flatMap((e) =>
    e.kind === 'axis' || e.kind === 'setting' ? [{ entry: e, name: e.kind === 'axis' ? e.name : e.path[0] }] : [],
  );
  return repeats(given, (g) => g.name.name).map(([first, again]) => {
    const both = [first.entry, again.entry];
    const { name, span } = again.name;
    if (both.every((e) => e.kind === 'setting'))
      return diagnose('duplicate-setting', span, { setting: name }, first.name.span);
    const values = both.flatMap((e) => (e.kind === 'axis' ? itemsOf(e.values) : [e.value]));
    const whole = `${name} in [${[...new Set(values.map(sourceText))].join(', ')}]`;
    return diagnose('repeated-axis', span, { axis: name, whole }, first.name.span);
  });
}

function repeatedValues({ entries }: SectionDeclaration, valueOf: (e: Expression) => string): Diagnostic[] {
  const axes = entries.filter((e): e is AxisEntry => e.kind === 'axis');
  return axes.flatMap(({ name: { name: axis }, values }) =>
    repeats(itemsOf(values), valueOf).map(([first, again]) =>
      diagnose('repeated-value', again.span, { axis, value: sourceText(again) }, first.span),
    ),
  );
}

/** Pairs of an item and an earlier item with the same key, the earlier one first. */
function repeats<T>(items: readonly T[], keyOf: (item: T) => string): [first: T, again: T][] {
  const first = new Map<string, T>();
  return items.flatMap((item): [T, T][] => {
    const key = keyOf(item);
    const earlier = first.get(key);
    if (earlier === undefined) first.set(key, item);
    return earlier === undefined ? [] : [[earlier, item]];
  });
}
