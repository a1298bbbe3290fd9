/** The space between two tokens of one line. */
// Tested by test/compiler/format/format.test.ts.
import { tokenMatcher, type IToken, type TokenType } from 'chevrotain';
import * as t from '../../../grammar/tokens';

/** A token with the role that the tokens before it give it. */
export interface Placed {
  readonly token: IToken;
  readonly role: Role;
}

/**
 * `open`: a bracket of a call, of parameters or of an index, with no space before it. `group`: any other bracket except a brace.
 * `names`: the colon after a name. `ratio`: the colon of `16:1`. `prefix`: a minus in front of its operand. `stage`: the bracket that
 * closes `repeat(…)`. `infix`: a word between two parts. `entry`: a word that begins another setting on its line.
 */
export type Role = 'open' | 'group' | 'names' | 'ratio' | 'prefix' | 'stage' | 'infix' | 'entry' | 'plain';

export const is = (token: IToken | undefined, ...types: readonly TokenType[]): boolean =>
  token !== undefined && types.some((type) => tokenMatcher(token, type));

/** Reserved words before an expression or name, so that a bracket after them opens no call. */
const heads = [t.Let, t.Return, t.Require, t.If, t.Else, t.And, t.Or, t.Not];
/** Words between two parts of a line, as in `patch in [4, 8]`; elsewhere they are free as names. */
const infixes = [t.Of, t.At, t.In, t.From, t.As];
const closers = [t.RightParen, t.RightBracket, t.RightBrace];

/** Whether a value, a type or a statement can end with the token. */
export function endsValue({ token, role }: Placed): boolean {
  if (role === 'stage' || role === 'infix' || is(token, ...heads)) return false;
  return is(token, t.Word, t.NumberLiteral, t.SizeLiteral, t.StringLiteral, t.Ellipsis, ...closers);
}

interface OpenBracket {
  readonly role: Role;
  /** Whether it is the bracket of `repeat(`. */
  readonly isRepeat: boolean;
}

/** Finds the role of every token; comments are not included. */
export function placeTokens(tokens: readonly IToken[]): Placed[] {
  const placed: Placed[] = [];
  const open: OpenBracket[] = [];
  tokens.forEach((token, i) => {
    const before = placed.at(-1);
    const role = roleOf(tokens, i, before, open.at(-1));
    if (is(token, t.LeftParen, t.LeftBracket)) open.push({ role, isRepeat: is(before?.token, t.Repeat) });
    if (is(token, t.RightParen, t.RightBracket)) open.pop();
    placed.push({ token, role });
  });
  return placed;
}

function roleOf(
  tokens: readonly IToken[],
  i: number,
  before: Placed | undefined,
  within: OpenBracket | undefined,
): Role {
  const token = tokens[i];
  const sameLine = before?.token.endLine === token.startLine;
  const afterValue = before !== undefined && endsValue(before);
  if (is(token, t.LeftParen, t.LeftBracket))
    return afterValue && sameLine && !is(before.token, t.RightBrace) ? 'open' : 'group';
  if (is(token, t.RightParen) && within?.isRepeat) return 'stage';
  if (is(token, ...infixes) && afterValue && sameLine) return 'infix';
  if (is(token, t.Minus)) return afterValue ? 'plain' : 'prefix';
  if (is(token, t.Colon)) return namesSomething(tokens, i, within?.role) ? 'names' : 'ratio';
  if (is(token, t.Word) && afterValue && sameLine && beginsSetting(tokens, i) && !isStatementWord(before.token))
    return 'entry';
  return 'plain';
}

/** Whether a colon follows the name of an argument, a parameter, an input, an output or a pathway. */
function namesSomething(tokens: readonly IToken[], colon: number, within: Role | undefined): boolean {
  if (!is(tokens[colon - 1], t.Word)) return false;
  const before = tokens[colon - 2];
  if (is(before, t.LeftParen, t.Comma)) return within === 'open';
  return within === undefined && is(before, t.Input, t.Output, t.Pathway);
}

/** Whether a setting begins here: `rate =` or `optimizer.rate =`. */
function beginsSetting(tokens: readonly IToken[], i: number): boolean {
  let at = i + 1;
  while (is(tokens[at], t.Dot) && is(tokens[at + 1], t.Word)) at += 2;
  return is(tokens[at], t.Equals);
}

function isStatementWord(token: IToken): boolean {
  return is(token, t.Tap, t.Output, t.Model, t.Let, t.Case, t.Given);
}

/** The space between two tokens: none, one, or two before another setting of the line. */
export function between(a: Placed, b: Placed): string {
  if (b.role === 'entry') return '  ';
  if (b.role === 'open' || a.role === 'prefix' || a.role === 'ratio' || b.role === 'ratio' || b.role === 'names')
    return '';
  if (is(a.token, t.LeftParen, t.LeftBracket, t.Dot, t.AtSign)) return '';
  if (is(b.token, t.RightParen, t.RightBracket, t.Comma, t.Dot)) return '';
  if (is(a.token, t.LeftBrace) && is(b.token, t.RightBrace)) return '';
  return is(b.token, t.LeftParen) && is(a.token, t.Repeat) ? '' : ' ';
}
