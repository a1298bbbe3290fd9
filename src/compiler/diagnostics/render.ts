/** Renders diagnostics as text with the source lines they refer to, and as plain JSON. */
import pc from 'picocolors';
import type { Source, Span } from '../source';
import type { Diagnostic, Severity } from './diagnostic';
import { shownLine, type LineWindow } from './columns';

export interface RenderOptions {
  /** ANSI colours; off by default. */
  readonly colors?: boolean;
}

/** One line of source to show, with the part to mark. */
interface Mark {
  readonly span: Span;
  readonly primary: boolean;
  readonly message: string;
}

type Paint = ReturnType<typeof pc.createColors>;

/** The diagnostics one after the other, each ending in a newline, with an empty line between two. */
export function renderText(diagnostics: readonly Diagnostic[], { colors = false }: RenderOptions = {}): string {
  const paint = pc.createColors(colors);
  const parts = diagnostics.map((d) => renderOne(d, paint));
  return parts.join('\n');
}

function renderOne(d: Diagnostic, paint: Paint): string {
  const tint = d.severity === 'error' ? paint.red : paint.yellow;
  const lines = [`${paint.bold(placeOf(d.span))}  ${tint(`${d.severity} ${d.code}`)}: ${paint.bold(d.title)}`];
  const here = d.related.filter((r) => r.span.source === d.span.source && !isCall(r.message));
  const elsewhere = d.related.filter((r) => !here.includes(r));
  const marks: Mark[] = [
    ...here.map((r) => ({ ...r, primary: false })),
    { span: d.span, primary: true, message: d.message },
  ];
  if (d.span.source.text === '') lines.push(`  ${d.message}`);
  else lines.push(...renderMarks(marks, paint, tint));
  for (const r of elsewhere)
    lines.push(
      `  ${paint.dim(isCall(r.message) ? `${r.message.replace(/ here$/, ' at')} ${placeOf(r.span)}` : `${placeOf(r.span)}: ${r.message}`)}`,
    );
  if (d.hint) lines.push(`  ${paint.cyan('hint')}: ${d.hint.replace(/\n/g, '\n        ')}`);
  return `${lines.join('\n')}\n`;
}

/** Whether a related message is a line of the trail of calls, `in block DiT, called here`: it is shown as a place, without source. */
function isCall(message: string): boolean {
  return /, called here$/.test(message);
}

function placeOf(span: Span): string {
  const { line, column } = span.source.position(span.start);
  return `${span.source.path}:${line}:${column}`;
}

function renderMarks(marks: readonly Mark[], paint: Paint, tint: (s: string) => string): string[] {
  const ordered = [...marks].sort((a, b) => lineOf(a.span) - lineOf(b.span) || Number(a.primary) - Number(b.primary));
  const gutter = Math.max(...ordered.map((m) => String(lineOf(m.span)).length), 1) + 2;
  const out: string[] = [];
  let shown = '';
  for (const m of ordered) {
    const { text, from, to } = windowOf(m.span);
    // A long line is shown again if its marks are too far apart for one window.
    const excerpt = `${paint.dim(`${String(lineOf(m.span)).padStart(gutter)} |`)} ${text}`.trimEnd();
    if (excerpt !== shown) out.push(excerpt);
    shown = excerpt;
    const underline = (m.primary ? '^' : '-').repeat(Math.max(1, to - from));
    const color = m.primary ? tint : paint.dim;
    out.push(`${' '.repeat(gutter)} ${paint.dim('|')} ${' '.repeat(from)}${color(underline)} ${m.message}`);
  }
  return out;
}

function lineOf(span: Span): number {
  return span.source.position(span.start).line;
}

/** The first line of a span, clipped around it, and the display columns to underline. */
function windowOf(span: Span): LineWindow {
  const { line, column } = span.source.position(span.start);
  const raw = span.source.line(line);
  const start = Math.min(column - 1, raw.length);
  const length = Math.max(1, Math.min(span.end - span.start, raw.trimEnd().length - start));
  return shownLine(raw, start, start + length);
}

/** A place for programs to read; lines and columns from 1, the end exclusive. */
export interface JsonPlace {
  readonly path: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface JsonDiagnostic extends JsonPlace {
  readonly code: string;
  readonly severity: Severity;
  readonly title: string;
  readonly message: string;
  readonly hint: string | null;
  readonly related: readonly (JsonPlace & { readonly message: string })[];
}

/** The diagnostics as plain objects. */
export function renderJson(diagnostics: readonly Diagnostic[]): JsonDiagnostic[] {
  return diagnostics.map(({ code, severity, span, title, message, hint, related }) => ({
    ...jsonPlace(span.source, span),
    code,
    severity,
    title,
    message,
    hint,
    related: related.map((r) => ({ ...jsonPlace(r.span.source, r.span), message: r.message })),
  }));
}

function jsonPlace(source: Source, span: Span): JsonPlace {
  const start = source.position(span.start);
  const end = source.position(Math.max(span.start, span.end));
  return { path: source.path, line: start.line, column: start.column, endLine: end.line, endColumn: end.column };
}
