/**
 * The formatter: indentation, spaces, columns and blank lines. Line breaks and comments stay as the author has them. The text keeps
 * its meaning, and formatting it again changes nothing.
 */
import type { IToken } from 'chevrotain';
import * as t from '../../../grammar/tokens';
import type { Diagnostic } from '../diagnostics/diagnostic';
import { invariant } from '../invariant';
import { Source } from '../source';
import { parse } from '../syntax/parse';
import { tokenize } from '../syntax/tokenize';
import { alignments } from './align';
import { continues, firstToken, joined, linesOf, tokenOf, type Line } from './lines';
import { is, placeTokens, type Placed } from './spacing';

export interface Formatted {
  /** Null if the text has syntax errors: it is then left as it is. */
  readonly text: string | null;
  readonly errors: readonly Diagnostic[];
}

export function format(source: Source): Formatted {
  const errors = parse(source).diagnostics.filter((d) => d.severity === 'error');
  if (errors.length > 0) return { text: null, errors };
  const { tokens, comments } = tokenize(source);
  const lines = linesOf(placeTokens(tokens), comments);
  const begins = statementStarts(lines);
  const depths = depthsOf(lines);
  const pads = alignments(lines, begins, depths);
  const layout = new Layout();
  const texts = lines.map((line, i) => layout.line(line, begins[i], pads));
  const text = texts.map((line, i) => (isSpaced(lines, depths, i) ? `\n${line}` : line)).join('');
  invariant(
    treeOf(new Source(source.path, text)) === treeOf(source),
    `formatting ${source.path} would change what it says`,
  );
  return { text, errors };
}

/** The meaning of a text: its tree without places. */
function treeOf(source: Source): string {
  return JSON.stringify(parse(source).file, (key, value: unknown) => (key === 'span' ? undefined : value));
}

/** Whether each line begins a statement, an entry or a declaration; a comment belongs to the line below it. */
function statementStarts(lines: readonly Line[]): boolean[] {
  let before: Placed | null = null;
  let open = 0;
  return lines.map((line) => {
    const first = firstToken(line);
    const starts = first === null || (open === 0 && !continues(before, first));
    for (const part of line.parts) {
      if ('comment' in part) continue;
      if (is(part.token, t.LeftParen, t.LeftBracket)) open++;
      if (is(part.token, t.RightParen, t.RightBracket)) open--;
      before = part;
    }
    return starts;
  });
}

/** The number of open braces at the start of each line. */
function depthsOf(lines: readonly Line[]): number[] {
  let depth = 0;
  return lines.map(({ parts }) => {
    const here = depth;
    for (const part of parts) depth += is(tokenOf(part), t.LeftBrace) ? 1 : is(tokenOf(part), t.RightBrace) ? -1 : 0;
    return here;
  });
}

/** Whether a blank line goes above a line, at most one: never just inside braces, always after a top-level `}` on a line of its own. */
function isSpaced(lines: readonly Line[], depths: readonly number[], i: number): boolean {
  if (i === 0 || is(firstToken(lines[i])?.token, t.RightBrace)) return false;
  const above = lines[i - 1];
  const last = above.parts[lastTokenIndex(above)];
  if (last && is(tokenOf(last), t.LeftBrace)) return false;
  return lines[i].blankAbove || (depths[i] === 0 && is(tokenOf(above.parts[0]), t.RightBrace));
}

/** An open bracket, and the indentation of the lines inside it. */
interface Open {
  readonly kind: 'brace' | 'bracket';
  /** Indentation of the lines inside, in spaces. */
  readonly inside: number;
  /** Indentation of a line that begins with the closing bracket, in spaces. */
  readonly outside: number;
}

/** Writes one line after another and keeps track of the open brackets. */
class Layout {
  private readonly open: Open[] = [];
  /** Indentation of the first line of the current statement, in spaces. */
  private statement = 0;
  private hasPipe = false;

  line(line: Line, begins: boolean, pads: ReadonlyMap<IToken, string>): string {
    const indent = this.indentOf(line, begins);
    const code = trailing(line) ? line.parts.slice(0, -1) : line.parts;
    const text = `${' '.repeat(indent)}${joined(code, pads)}`;
    this.follow(line, indent, pads);
    const comment = trailing(line);
    if (!comment) return `${text}\n`;
    const column = Math.max(text.length + 2, (comment.startColumn ?? 1) - 1);
    return `${text.padEnd(column)}${comment.image.trimEnd()}\n`;
  }

  private indentOf(line: Line, begins: boolean): number {
    const first = tokenOf(line.parts[0]);
    const innermost = this.open.at(-1);
    if (is(first, t.RightParen, t.RightBracket, t.RightBrace)) return innermost?.outside ?? 0;
    if (innermost?.kind === 'bracket') return innermost.inside;
    const base = innermost?.inside ?? 0;
    if (begins) {
      this.statement = base;
      this.hasPipe = false;
      return base;
    }
    const isPipe = is(first, t.Pipe);
    // A line that continues a pipe's stage is indented as far as the stage after `|> `.
    const deeper = is(first, t.ThinArrow) ? 4 : this.hasPipe && !isPipe ? 5 : 2;
    this.hasPipe ||= isPipe;
    return is(first, t.LeftBrace, t.Else) ? base : base + deeper;
  }

  /** Closes the innermost bracket. What follows a closing brace continues the statement that opened it. */
  private close(): void {
    const closed = this.open.pop();
    if (closed?.kind === 'brace') this.statement = closed.outside;
  }

  /** Opens and closes the brackets of a line that was written at `indent`. */
  private follow(line: Line, indent: number, pads: ReadonlyMap<IToken, string>): void {
    const { parts } = line;
    const last = lastTokenIndex(line);
    parts.forEach((part, i) => {
      const token = tokenOf(part);
      if (is(token, t.RightParen, t.RightBracket, t.RightBrace)) this.close();
      if (is(token, t.LeftBrace)) {
        const inBracket = this.open.at(-1)?.kind === 'bracket';
        const outside = inBracket ? indent : this.statement;
        this.open.push({ kind: 'brace', inside: outside + 2, outside });
      } else if (is(token, t.LeftParen, t.LeftBracket)) {
        const column = indent + joined(parts.slice(0, i + 1), pads).length;
        this.open.push({ kind: 'bracket', inside: i === last ? indent + 2 : column, outside: indent });
      }
    });
  }
}

/** The comment that ends a line of code. */
function trailing({ parts }: Line): IToken | null {
  const last = parts.at(-1);
  return last && parts.length > 1 && 'comment' in last ? last.comment : null;
}

function lastTokenIndex({ parts }: Line): number {
  return parts.findLastIndex((part) => 'token' in part);
}
