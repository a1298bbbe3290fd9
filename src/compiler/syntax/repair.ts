/** Repairs the tokens before parsing: balances brackets, limits nesting and corrects common slips, reporting each one. */
// Tested by test/diagnostics/cases.test.ts.
import { createTokenInstance, tokenMatcher, type IToken, type TokenType } from 'chevrotain';
import * as t from '../../../grammar/tokens';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { Problems } from '../diagnostics/limit';
import type { Source, Span } from '../source';

/** The deepest nesting of brackets, and of operators, that the compiler accepts. */
const bracketLimit = 64;
const operatorLimit = 400;

/** What a pair of brackets encloses. */
type Role = 'parameters' | 'arguments' | 'group' | 'body' | 'section' | 'import';

interface Open {
  readonly token: IToken;
  readonly role: Role;
  /** Operators and stages since the last comma or statement; each may add a level of nesting. */
  operators: number;
}

const closers: { readonly [opener: string]: TokenType } = { '(': t.RightParen, '[': t.RightBracket, '{': t.RightBrace };
const openers: { readonly [closer: string]: string } = { ')': '(', ']': '[', '}': '{' };
const spelling: { readonly [opener: string]: string } = { '(': ')', '[': ']', '{': '}' };

/** Keywords of declarations that have parameters and a body. */
const withBody = [t.Block, t.Model, t.Objective, t.Optimizer, t.Solver, t.Guidance];

const functionWords = new Set(['lambda', 'fn', 'fun', 'func', 'function']);

/** Whether a token is of one of some types. These are asked of every token, so the answer for each type of token is kept. */
function anyOf(...types: readonly TokenType[]): (token: IToken | undefined) => boolean {
  const known = new Map<number, boolean>();
  return (token) => {
    if (!token) return false;
    const before = known.get(token.tokenTypeIdx);
    if (before !== undefined) return before;
    const found = types.some((type) => tokenMatcher(token, type));
    known.set(token.tokenTypeIdx, found);
    return found;
  };
}

const isOpener = anyOf(t.LeftParen, t.LeftBracket, t.LeftBrace);
const isCloser = anyOf(t.RightParen, t.RightBracket, t.RightBrace);
const isSection = anyOf(t.Train, t.Sample, t.Export, t.Ablation, t.Sweep);
const isStatement = anyOf(t.Let, t.Return, t.Require);
const isDeclaring = anyOf(t.Tap, t.Input, t.Output, t.Pathway);
const isItemEnd = anyOf(t.Comma, t.Equals);
/** What may add a level of nesting. */
const isNesting = anyOf(
  ...[t.BinaryOperator, t.PrefixOperator, t.FatArrow, t.Repeat, t.If, t.Pipe, t.Dot, t.AtSign],
  ...[t.LeftParen, t.LeftBracket],
);
/** What `corrected` may change. */
const isCorrectable = anyOf(t.ThinArrow, t.FatArrow, t.Equals, t.Colon);
const hasBody = anyOf(...withBody);

const is = (token: IToken | undefined, ...types: TokenType[]): boolean =>
  token !== undefined && types.some((type) => tokenMatcher(token, type));

export interface Repaired {
  /** Tokens with balanced brackets; null if the nesting is too deep to continue. */
  readonly tokens: IToken[] | null;
  readonly problems: Problems;
  /** Places where the structure of the text was guessed. */
  readonly guesses: readonly Span[];
}

export function repair(source: Source, tokens: readonly IToken[]): Repaired {
  const pass = new Repair(source, tokens);
  return { tokens: pass.run() ? pass.out : null, problems: pass.problems, guesses: pass.guesses };
}

class Repair {
  readonly out: IToken[] = [];
  readonly problems = new Problems();
  readonly guesses: Span[] = [];
  private readonly stack: Open[] = [];
  private readonly trustIndentation: boolean;
  private outermost = 0;
  /** The opener of the last bracket that was closed automatically, and the place of the missing closer. */
  private lastClosed = { image: '', place: -1 };
  /** Tokens to be replaced by `=>`. */
  private readonly arrows = new Set<IToken>();
  /** Columns of first characters, by line, as far as they were needed. */
  private readonly indentations = new Map<number, number>();
  /** The keyword of the declaration being read. */
  private declaration: IToken | undefined;

  constructor(
    private readonly source: Source,
    private readonly tokens: readonly IToken[],
  ) {
    this.trustIndentation = !isBalanced(tokens);
  }

  /** Returns false if the nesting limit was exceeded. */
  run(): boolean {
    for (let i = 0; i < this.tokens.length; i++) {
      const token = this.tokens[i];
      if (this.startsDeclaration(i)) {
        this.closeDownTo(0, token);
        this.declaration = token;
        this.outermost = 0;
      } else if (this.startsStatement(i)) {
        this.closeBrackets(token);
        this.startCount();
      } else if (is(token, t.ThinArrow, t.LeftBrace) && this.stack[0]?.role === 'parameters') {
        this.closeDownTo(0, token);
      }
      if (this.isFunctionWord(i)) continue;
      const mended = this.mendedCase(i);
      if (mended > 0) i += mended - 1;
      else if (!this.accept(token, i)) return false;
    }
    this.closeDownTo(0, undefined);
    return true;
  }

  private accept(token: IToken, i: number): boolean {
    if (!this.countNesting(token)) return false;
    if (isOpener(token)) {
      this.stack.push({ token, role: this.roleOf(token), operators: 0 });
    } else if (isCloser(token)) {
      this.close(token, i);
      return true;
    }
    this.out.push(this.corrected(token, i));
    // A string without an end has probably swallowed the closing brackets, so they are added here.
    if (is(token, t.UnterminatedString)) this.closeBrackets(null);
    return true;
  }

  private get top(): Open | undefined {
    return this.stack[this.stack.length - 1];
  }

  private roleOf(token: IToken): Role {
    const [before, previous] = [this.out.at(-2), this.out.at(-1)];
    if (token.image === '{') {
      if (this.stack.length > 0) return this.top?.role === 'section' && !is(previous, t.Else) ? 'section' : 'body';
      if (is(this.declaration, t.Import)) return 'import';
      return hasBody(this.declaration) ? 'body' : 'section';
    }
    if (token.image === '(' && this.stack.length === 0 && hasBody(before)) return 'parameters';
    return token.image === '(' && is(previous, t.Word, t.RightParen, t.RightBracket) && !is(previous, t.Repeat)
      ? 'arguments'
      : 'group';
  }

  /** Whether a keyword at the left edge is followed by a name: no bracket can still be open there. */
  private startsDeclaration(i: number): boolean {
    const [token, next] = [this.tokens[i], this.tokens[i + 1]];
    if (token.startColumn !== 1 || !startsLine(this.tokens, i)) return false;
    if (is(token, t.Import)) return is(next, t.LeftBrace);
    if (hasBody(token)) return is(next, t.Name);
    return isSection(token) && is(next, t.Name, t.LeftBrace) && !is(next, t.In);
  }

  /** Whether a statement keyword begins a statement: parentheses and square brackets cannot still be open there. */
  private startsStatement(i: number): boolean {
    const token = this.tokens[i];
    if (isStatement(token)) return !is(this.tokens[i + 1], t.Colon) && !is(this.out.at(-1), t.AtSign, t.Dot);
    if (!isDeclaring(token) || !startsLine(this.tokens, i)) return false;
    return is(this.tokens[i + 1], t.Name) && is(this.tokens[i + 2], t.Colon, t.Equals);
  }

  /** Closes the parentheses and square brackets inside the nearest brace. */
  private closeBrackets(next: IToken | null): void {
    const brace = this.stack.findLastIndex((o) => o.token.image === '{');
    if (brace >= 0 && brace < this.stack.length - 1) this.closeDownTo(brace + 1, next);
  }

  /** `next` is the token before which brackets are missing; undefined at the end of the file, null to report nothing. */
  private closeDownTo(depth: number, next: IToken | null | undefined): void {
    for (const open of this.stack.splice(depth).reverse()) this.insertCloser(open, next);
  }

  private insertCloser(open: Open, next: IToken | null | undefined): void {
    const { image } = open.token;
    this.out.push(virtual(closers[image], spelling[image], this.out.at(-1), open.token));
    if (next === null) return;
    const end = next?.startOffset ?? this.source.text.length;
    const place: Span = next ? this.span(next) : { source: this.source, start: end, end };
    const told = this.lastClosed.image === image && this.lastClosed.place === place.start;
    this.lastClosed = { image, place: place.start };
    if (image === '{') this.guesses.push(place);
    if (!told) {
      const facts = { closer: spelling[image], opener: image };
      this.problems.add(diagnose('missing-closing-bracket', place, facts, this.span(open.token)));
    }
  }

  private close(token: IToken, i: number): void {
    const opener = openers[token.image];
    const depth = this.matching(token, opener, i);
    if (depth >= 0) {
      this.closeDownTo(depth + 1, token);
      this.stack.pop();
      this.out.push(token);
      return;
    }
    const open = this.top;
    if (open && opener !== '{' && open.token.image !== '{') {
      const facts = { found: token.image, opener: open.token.image, closer: spelling[open.token.image] };
      this.problems.add(diagnose('wrong-closing-bracket', this.span(token), facts, this.span(open.token)));
      this.stack.pop();
      this.out.push(retyped(token, closers[open.token.image]));
      return;
    }
    this.guesses.push(this.span(token));
    this.problems.add(diagnose('unmatched-closing-bracket', this.span(token), { closer: token.image }));
  }

  /** The index on the stack of the bracket that `token` closes. In an unbalanced file a `}` closes the `{` whose line has the same indentation. */
  private matching(token: IToken, opener: string, i: number): number {
    const nearest = this.stack.findLastIndex((o) => o.token.image === opener);
    if (opener !== '{' || !this.trustIndentation || !startsLine(this.tokens, i)) return nearest;
    const column = token.startColumn ?? 0;
    const aligned = this.stack.findLastIndex((o) => o.token.image === '{' && this.indentation(o.token) === column);
    return aligned >= 0 ? aligned : nearest;
  }

  /** The column of the first character of the token's line. */
  private indentation(token: IToken): number {
    const line = token.startLine ?? 1;
    const known = this.indentations.get(line);
    if (known !== undefined) return known;
    const text = this.source.line(line);
    const found = text.length - text.trimStart().length + 1;
    this.indentations.set(line, found);
    return found;
  }

  /** The token in the form that the language requires; slips are reported. */
  private corrected(token: IToken, i: number): IToken {
    if (this.arrows.has(token)) return retyped(token, t.FatArrow);
    if (!isCorrectable(token)) return token;
    const role = this.top?.role;
    const [before, previous] = [this.out.at(-2), this.out.at(-1)];
    if (is(token, t.ThinArrow) && this.stack.length > 0)
      return this.replace(token, t.FatArrow, diagnose('function-arrow', this.span(token), {}));
    if (is(token, t.FatArrow) && this.stack.length === 0)
      return this.replace(token, t.ThinArrow, diagnose('result-arrow', this.span(token), {}));
    if (!previous || !is(previous, t.Word)) return token;
    const name = previous.image;
    if (is(token, t.Equals) && role === 'arguments' && is(before, t.LeftParen, t.Comma)) {
      return this.replace(token, t.Colon, diagnose('argument-needs-colon', this.span(token), { name }));
    }
    if (is(token, t.Colon) && role === 'section') {
      const path = this.settingPath();
      if (path) return this.replace(token, t.Equals, diagnose('setting-needs-equals', this.span(token), { path }));
    }
    if (is(token, t.Equals) && role === 'body' && is(previous, t.Name) && this.beginsLine(i - 1)) {
      this.problems.add(diagnose('missing-let', this.span(previous), { name }));
      this.out.splice(-1, 0, virtual(t.Let, 'let', before, previous));
    }
    return token;
  }

  /** In `lambda x: e` and `fn x => e`, words of other languages for a function: the word is dropped, and the colon becomes an arrow. */
  private isFunctionWord(i: number): boolean {
    const [token, name, after] = [this.tokens[i], this.tokens[i + 1], this.tokens[i + 2]];
    if (!functionWords.has(token.image) || this.top?.role === 'section' || this.stack.length === 0) return false;
    if (!is(name, t.Name) || name.startLine !== token.startLine || !is(after, t.Colon, t.FatArrow, t.ThinArrow))
      return false;
    this.problems.add(diagnose('function-word', this.span(token), { word: token.image, name: name.image }));
    if (is(after, t.Colon, t.ThinArrow)) this.arrows.add(after);
    return true;
  }

  /** How many tokens begin a case in a wrong form: `"A" = M()`, `case "A": M()`, `case A = M()`. */
  private mendedCase(i: number): number {
    if (!is(this.declaration, t.Ablation) || this.stack.length !== 1 || is(this.out.at(-1), t.Case)) return 0;
    const first = this.tokens[i];
    const hasWord = is(first, t.Case);
    const [name, sign] = this.tokens.slice(hasWord ? i + 1 : i, hasWord ? i + 3 : i + 2);
    const [isQuoted, isSigned] = [is(name, t.StringLiteral), is(sign, t.Equals, t.Colon)];
    const isRight = hasWord && isQuoted && is(sign, t.Equals);
    const isCase = hasWord
      ? (isQuoted && is(sign, t.Name)) || (is(name, t.StringLiteral, t.Word) && isSigned)
      : isQuoted && isSigned;
    if (isRight || !isCase) return 0;
    const text = isQuoted ? name.image : `"${name.image}"`;
    this.problems.add(diagnose('case-form', this.span(hasWord && isQuoted ? sign : name), { name: text }));
    this.startCount();
    this.out.push(hasWord ? first : virtual(t.Case, 'case', this.out.at(-1), name));
    this.out.push({ ...retyped(name, t.StringLiteral), image: text });
    this.out.push(isSigned ? retyped(sign, t.Equals) : virtual(t.Equals, '=', name, name));
    return (hasWord ? 2 : 1) + (isSigned ? 1 : 0);
  }

  private beginsLine(i: number): boolean {
    const before = this.tokens[i - 1];
    if (is(before, t.LeftBrace)) return true;
    return startsLine(this.tokens, i) && !is(before, t.Let, t.Tap, t.Input, t.Output, t.Dot, t.AtSign);
  }

  /** The dotted words at the end of the output if they begin a line or the section; null otherwise. */
  private settingPath(): string | null {
    let first = this.out.length - 1;
    while (is(this.out[first - 1], t.Dot) && is(this.out[first - 2], t.Word)) first -= 2;
    if (!startsLine(this.out, first) && !is(this.out[first - 1], t.LeftBrace)) return null;
    return this.out
      .slice(first)
      .map((word) => word.image)
      .join('');
  }

  private replace(token: IToken, type: TokenType, diagnostic: Diagnostic): IToken {
    this.problems.add(diagnostic);
    return retyped(token, type);
  }

  private countNesting(token: IToken): boolean {
    const level = this.top;
    if (isItemEnd(token) || this.followsBody(token)) this.startCount();
    if (isNesting(token)) {
      if (level) level.operators++;
      else this.outermost++;
    }
    const total = this.outermost + (this.stack.length > 0 ? this.sumOperators() : 0);
    if (this.stack.length < bracketLimit && total <= operatorLimit) return true;
    const limit =
      this.stack.length >= bracketLimit ? `${bracketLimit} brackets` : `${operatorLimit} operators in one expression`;
    this.problems.add(diagnose('nesting-too-deep', this.span(token), { limit }));
    return false;
  }

  /** Whether a new item begins after the end of a body; it does not nest in anything before it. */
  private followsBody(token: IToken): boolean {
    const previous = this.out.at(-1);
    if (!is(previous, t.RightBrace)) return false;
    return this.stack.length === 0 || (previous?.endLine !== token.startLine && is(token, t.Word) && !isInfix(token));
  }

  /** Restarts the count of operators: what follows does not nest in what came before in the same brackets. */
  private startCount(): void {
    if (this.top) this.top.operators = 0;
    else this.outermost = 0;
  }

  private sumOperators(): number {
    let sum = 0;
    for (const open of this.stack) sum += open.operators;
    return sum;
  }

  private span(token: IToken): Span {
    return { source: this.source, start: token.startOffset, end: (token.endOffset ?? token.startOffset) + 1 };
  }
}

function isBalanced(tokens: readonly IToken[]): boolean {
  const open: string[] = [];
  for (const token of tokens) {
    if (isOpener(token)) open.push(token.image);
    else if (isCloser(token) && open.pop() !== openers[token.image]) return false;
  }
  return open.length === 0;
}

/** Whether a word continues the expression before it. */
function isInfix(token: IToken): boolean {
  return is(token, t.BinaryOperator, t.Else, t.Of);
}

function startsLine(tokens: readonly IToken[], i: number): boolean {
  return i <= 0 || tokens[i - 1].endLine !== tokens[i].startLine;
}

function retyped(token: IToken, type: TokenType): IToken {
  return { ...token, tokenType: type, tokenTypeIdx: type.tokenTypeIdx as number };
}

/** A token of width 0 after `previous`. */
function virtual(type: TokenType, image: string, previous: IToken | undefined, fallback: IToken): IToken {
  const at = previous ?? fallback;
  const offset = (at.endOffset ?? at.startOffset) + 1;
  const line = at.endLine ?? 1;
  const column = (at.endColumn ?? 0) + 1;
  return createTokenInstance(type, image, offset, offset - 1, line, line, column, column);
}
