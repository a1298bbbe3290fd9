/** The lines of a source as tokens and comments, with the facts that decide their indentation. */
// Tested by test/compiler/format/format.test.ts.
import type { IToken } from 'chevrotain';
import * as t from '../../../grammar/tokens';
import { between, endsValue, is, type Placed } from './spacing';

/** A comment, or a token with its role. */
export type Part = Placed | { readonly comment: IToken };

export interface Line {
  readonly parts: readonly Part[];
  /** Whether there is a blank line above it. */
  readonly blankAbove: boolean;
}

export function tokenOf(part: Part): IToken {
  return 'comment' in part ? part.comment : part.token;
}

/** Groups tokens and comments by line; line breaks are the author's. */
export function linesOf(placed: readonly Placed[], comments: readonly IToken[]): Line[] {
  const parts: Part[] = [...placed, ...comments.map((comment) => ({ comment }))];
  parts.sort((a, b) => tokenOf(a).startOffset - tokenOf(b).startOffset);
  const lines: { parts: Part[]; blankAbove: boolean }[] = [];
  let end = 0;
  for (const part of parts) {
    const { startLine = 1, endLine = startLine } = tokenOf(part);
    const line = lines.at(-1);
    if (line && startLine === end) line.parts.push(part);
    else lines.push({ parts: [part], blankAbove: startLine > end + 1 });
    end = endLine;
  }
  return lines;
}

/** The first token of a line that is not a comment; null if there is none. */
export function firstToken({ parts }: Line): Placed | null {
  return parts.find((part): part is Placed => 'token' in part) ?? null;
}

/** A line that begins with one of these tokens continues the statement of the line above. */
const continuing = [t.Pipe, t.ThinArrow, t.FatArrow, t.AtSign, t.Dot, t.Comma, t.Equals, t.Bar, t.Colon, t.And, t.Or];
const operators = [t.EqualEqual, t.NotEqual, t.LessEqual, t.GreaterEqual, t.Less, t.Greater, t.Plus, t.Minus, t.Star];
const more = [t.Slash, t.Percent, t.Caret];

/** Whether `next` belongs to the same statement as `before`. */
export function continues(before: Placed | null, { token }: Placed): boolean {
  if (before === null || is(before.token, t.LeftBrace)) return false;
  return !endsValue(before) || is(token, ...continuing, ...operators, ...more);
}

/** The tokens and comments of a line with single spaces, except for `pad` before or after one of its tokens. */
export function joined(parts: readonly Part[], pad: ReadonlyMap<IToken, string> = new Map()): string {
  let text = '';
  let last: Part | null = null;
  for (const part of parts) {
    const token = tokenOf(part);
    const standard = last === null ? '' : 'comment' in part || 'comment' in last ? ' ' : between(last, part);
    text += (pad.get(token) ?? standard) + token.image;
    last = part;
  }
  return text;
}
