/** Source text, spans in it, and positions as lines and columns. */
// Tested by test/compiler/diagnostics/render.test.ts.

/** A half-open range of UTF-16 offsets in one file. */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

export class Source {
  private readonly lineStarts: number[] = [0];
  constructor(
    /** The path as the user wrote it, or `std/nn` for a shipped file. */
    readonly path: string,
    readonly text: string,
  ) {
    for (let i = 0; i < text.length; i++) if (text[i] === '\n') this.lineStarts.push(i + 1);
  }

  /** Line and column of an offset, both from 1. */
  position(offset: number): { line: number; column: number } {
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.lineStarts[middle] <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.lineStarts[low] + 1 };
  }

  /** The text of a line, from 1, without its line end. */
  line(number: number): string {
    const start = this.lineStarts[number - 1] ?? this.text.length;
    const end = this.lineStarts[number] ?? this.text.length + 1;
    return this.text.slice(start, this.text[end - 2] === '\r' && end - 2 >= start ? end - 2 : end - 1);
  }
}

export function joinSpans(a: Span, b: Span): Span {
  return { source: a.source, start: Math.min(a.start, b.start), end: Math.max(a.end, b.end) };
}
