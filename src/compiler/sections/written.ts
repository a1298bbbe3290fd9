/** Reads `key=value`, set by hand, with the language's own parser, so that every kind of value can be written. */
// Tested by test/compiler/sections/ranges.test.ts.
import type { Facts } from '../diagnostics/catalog';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { Source, type Span } from '../source';
import type { SectionDeclaration, SettingEntry } from '../syntax/ast';
import { parse } from '../syntax/parse';

/** The place of such a value in messages. */
const usual = '--set';

export type Written =
  | { readonly entry: SettingEntry; readonly diagnostics: readonly [] }
  | { readonly entry: null; readonly diagnostics: readonly Diagnostic[] };

/** Reads the setting `key = text`; the first error is reported at its place in `key=text`. */
export function readWritten(key: string, text: string, place = usual): Written {
  const shown = new Source(place, `${key}=${text}`);
  const refused = (problem: Facts<'unreadable-setting'>, start: number, end: number): Written => ({
    entry: null,
    diagnostics: [diagnose('unreadable-setting', { source: shown, start, end }, problem)],
  });
  if (!/^[a-z_]\w*(\.[a-z_]\w*)*$/i.test(key)) return refused({ kind: 'name', name: key }, 0, key.length);
  const before = 'train set of set {\n';
  const { file, diagnostics } = parse(new Source(place, `${before}${shown.text}\n}`));
  const own = (span: Span): Span => {
    const at = (offset: number): number => Math.min(Math.max(offset - before.length, 0), shown.text.length);
    return { source: shown, start: at(span.start), end: at(span.end) };
  };
  const [section] = file.declarations;
  const [entry, second] = section?.kind === 'section' ? section.entries : [];
  const setting = entry?.kind === 'setting' ? (moved(entry, own) as SettingEntry) : null;
  const [problem] = diagnostics;
  const wrong = problem ? own(problem.span) : second && own(second.span);
  if (!wrong)
    return setting ? { entry: setting, diagnostics: [] } : refused({ kind: 'name', name: key }, 0, key.length);
  if (problem && problem.code !== 'unexpected-token')
    return { entry: null, diagnostics: [{ ...problem, span: wrong, related: [] }] };
  const isAfter = setting !== null && setting.value.kind !== 'missing' && setting.span.end <= wrong.start;
  if (wrong.start >= shown.text.length) return refused({ kind: 'end', text }, key.length + 1, shown.text.length);
  if (isAfter) return refused({ kind: 'more', text }, wrong.start, wrong.end);
  return { entry: null, diagnostics: [{ ...problem, span: wrong, related: [] }] };
}

/** A section parsed from text that the compiler writes, for settings that are already plain values. */
export function writtenSection(text: string): SectionDeclaration {
  const [section] = parse(new Source(usual, text)).file.declarations;
  if (section?.kind !== 'section') throw new Error(`not a section: ${text}`);
  return section;
}

/** A node with all its spans mapped by `own`. */
function moved(node: unknown, own: (span: Span) => Span): unknown {
  if (Array.isArray(node)) return node.map((item: unknown) => moved(item, own));
  if (typeof node !== 'object' || node === null) return node;
  if (isSpan(node)) return own(node);
  return Object.fromEntries(Object.entries(node).map(([key, value]) => [key, moved(value, own)]));
}

function isSpan(node: object): node is Span {
  return 'source' in node && node.source instanceof Source;
}
