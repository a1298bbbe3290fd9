/** `key=value` as it is set by hand, read with the language's own parser so that every kind of value can be written. */
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { Source, type Span } from '../source';
import type { SectionDeclaration, SettingEntry } from '../syntax/ast';
import { parse } from '../syntax/parse';

/** Where messages say that such a value stands. */
const place = '--set';

export type Written =
  | { readonly entry: SettingEntry; readonly diagnostics: readonly [] }
  | { readonly entry: null; readonly diagnostics: readonly Diagnostic[] };

/** The setting `key = text`; what is wrong with it is told at its own place. */
export function readWritten(key: string, text: string): Written {
  const shown = new Source(place, `${key}=${text}`);
  const before = 'train set of set {\n';
  const { file, diagnostics } = parse(new Source(place, `${before}${shown.text}\n}`));
  const own = (span: Span): Span => {
    const at = (offset: number): number => Math.min(Math.max(offset - before.length, 0), shown.text.length);
    return { source: shown, start: at(span.start), end: at(span.end) };
  };
  if (diagnostics.length > 0) {
    return { entry: null, diagnostics: diagnostics.map((d) => ({ ...d, span: own(d.span), related: [] })) };
  }
  const [section, ...others] = file.declarations;
  const entries = section?.kind === 'section' ? section.entries : [];
  const [entry] = entries;
  const isOne = others.length === 0 && entries.length === 1 && entry.kind === 'setting';
  if (!isOne || entry.path.map((p) => p.name).join('.') !== key) {
    const facts = { found: 'something else', expected: 'one name and one value', where: '', hint: 'Write key=value.' };
    return { entry: null, diagnostics: [diagnose('unexpected-token', own(entry?.span ?? file.span), facts)] };
  }
  return { entry: moved(entry, own), diagnostics: [] };
}

/** A section that is written here and not in a file, for settings that are plain values already. */
export function writtenSection(text: string): SectionDeclaration {
  const [section] = parse(new Source(place, text)).file.declarations;
  if (section?.kind !== 'section') throw new Error(`not a section: ${text}`);
  return section;
}

/** A node with all its spans moved. */
function moved<T>(node: T, own: (span: Span) => Span): T {
  if (Array.isArray(node)) return node.map((item: unknown) => moved(item, own)) as T;
  if (typeof node !== 'object' || node === null) return node;
  const entries = Object.entries(node).map(([k, v]) => [k, k === 'span' ? own(v as Span) : moved(v, own)] as const);
  return Object.fromEntries(entries) as T;
}
