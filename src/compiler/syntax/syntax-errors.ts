/** Turns the parser's exceptions into diagnostics in the user's terms, one for each independent mistake. */
// Tested by test/diagnostics/cases.test.ts.
import {
  EOF,
  tokenLabel,
  tokenMatcher,
  type IParserErrorMessageProvider,
  type IRecognitionException,
  type IToken,
} from 'chevrotain';
import { Comma, Equals, EqualEqual, Name, NumberLiteral, StringLiteral, Word } from '../../../grammar/tokens';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { Source, Span } from '../source';

/** Parser messages with only what was expected; the catalog adds the sentence around it. */
export const expectationOnly: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => tokenLabel(expected),
  buildNotAllInputParsedMessage: () => '',
  buildNoViableAltMessage: () => '',
  buildEarlyExitMessage: () => '',
};

/** Chevrotain's mismatch and no-alternative errors also know the token before. */
interface SyntaxException extends IRecognitionException {
  readonly previousToken?: IToken;
}

/** What a rule can begin with, for rules that offer a choice. */
const choices: { readonly [rule: string]: string } = {
  file: '`import`, `block`, `model`, `train`, `sample`, `export`, `ablation` or `sweep`',
  model: '`(` with parameters, or `=` with a base model',
  type: 'a type such as `[n, d]`, `Int` or `image(size)`',
  dimension: 'a dimension',
  statement: 'a statement',
  letStatement: 'a name, or names in parentheses',
  conditional: '`{` or `if`',
  lambda: 'a name, or names in parentheses',
  label: 'a label',
  suffix: 'a call, an index, a member or a label',
  entry: 'a setting such as `steps = 400k`',
  section: '`train`, `sample`, `export`, `ablation` or `sweep`',
};

/** The items of a list, by the rule that closes it. */
const items: { readonly [rule: string]: string } = {
  args: 'an argument, `,` or `)`',
  parameters: 'a parameter, `,` or `)`',
  parenthesised: 'a value, `,` or `)`',
  list: 'a value, `,` or `]`',
  tensorType: 'a dimension, `,` or `]`',
  tupleType: 'a type, `,` or `)`',
  names: 'a name, `,` or `)`',
  importLine: 'a name, `,` or `}`',
  body: 'a statement or `}`',
  entries: 'a setting or `}`',
};

/** Phrases for where the parser was, by rule; the innermost rule with an entry counts. */
const places: { readonly [rule: string]: string } = {
  importLine: 'in this import',
  args: 'among the arguments',
  parameters: 'among the parameters',
  type: 'in this type',
  letStatement: 'in this `let`',
  requireStatement: 'in this `require`',
  tapStatement: 'in this `tap`',
  inputStatement: 'in this `input`',
  outputStatement: 'in this `output`',
  pathwayStatement: 'in this `pathway`',
  returnStatement: 'after `return`',
  conditional: 'in this `if`',
  repeat: 'in this `repeat`',
  list: 'in this list',
  setting: 'in this setting',
  phase: 'in this `phase`',
  caseEntry: 'in this `case`',
  givenEntry: 'in this `given`',
  axis: 'in this axis',
  body: 'in this body',
  section: 'in this section',
  block: 'in this block',
  model: 'in this model',
};

const closing = new Set(['`)`', '`]`', '`}`']);

/** `known` are the diagnostics already made from the same text; errors that only follow from one of them are left out. */
export function syntaxErrors(
  source: Source,
  errors: readonly IRecognitionException[],
  known: readonly Diagnostic[],
): Diagnostic[] {
  const kept: Diagnostic[] = [];
  const reported = [...known].sort((a, b) => a.span.start - b.span.start);
  const consequences = new Consequences(source);
  let next = 0;
  for (const e of [...errors].sort((a, b) => offsetOf(source, a.token) - offsetOf(source, b.token))) {
    const diagnostic = describe(source, e);
    while (reported[next]?.span.start <= diagnostic.span.start) consequences.startAt(reported[next++].span);
    if (consequences.has(diagnostic.span)) continue;
    kept.push(diagnostic);
    consequences.startAt(diagnostic.span);
  }
  return kept;
}

function describe(source: Source, e: SyntaxException): Diagnostic {
  const rules = [...e.context.ruleStack].reverse();
  const [rule] = rules;
  const wanted =
    e.name === 'MismatchedTokenException'
      ? (closing.has(e.message) && items[rule]) || (e.message === 'EOF' ? choices.file : e.message)
      : e.name === 'NotAllInputParsedException' || rule === 'file'
        ? choices.file
        : (choices[rule] ?? 'a value');
  // At a second comma in a list, the message must not say that a comma was expected.
  const expected = tokenMatcher(e.token, Comma) ? wanted.replace(', `,` or', ' or') : wanted;
  const where = rule === 'file' ? '' : (rules.map((r) => places[r]).find(Boolean) ?? '');
  const facts = { found: found(e.token), expected, where, hint: hint(e, rules) };
  return diagnose('unexpected-token', place(source, e.token, e.previousToken), facts);
}

function found(token: IToken): string {
  if (tokenMatcher(token, EOF)) return 'the end of the file';
  if (tokenMatcher(token, StringLiteral)) return 'a string';
  if (!tokenMatcher(token, Name) && tokenMatcher(token, Word)) return `\`${token.image}\`, a word of the language`;
  return `\`${token.image}\``;
}

function hint(e: SyntaxException, rules: readonly string[]): string {
  const { token, previousToken: previous } = e;
  const both = (previous?.image ?? '') + token.image;
  if (rules[0] === 'file' && isReserved(token)) return 'Statements stand in the body of a block or a model.';
  if (both === '||') return 'Write `or`.';
  if (both === '**') return 'A power is written `x ^ 2`.';
  if (both === ':=') return 'A name is bound with `let name = …`.';
  if (token.image === '.' && tokenMatcher(e.resyncedTokens[0] ?? token, NumberLiteral))
    return 'A number begins with a digit: `0.5`.';
  if (tokenMatcher(token, EqualEqual) && e.message === tokenLabel(Equals)) return 'One `=` binds a name, two compare.';
  if (tokenMatcher(token, Equals))
    return rules[0] === 'inputStatement' ? 'Write `input name: type`.' : 'Two values are compared with `==`.';
  if (isReserved(token) && (e.message === tokenLabel(Name) || rules[0] === 'letStatement'))
    return `\`${token.image}\` cannot be a name; choose another.`;
  if (tokenMatcher(token, Comma) && ['entries', 'body'].includes(rules[0]))
    return `${rules[0] === 'entries' ? 'Settings' : 'Statements'} stand one after the other, without commas.`;
  if (token.image === '|') return 'A value is passed on with `|>`.';
  return '';
}

function isReserved(token: IToken): boolean {
  return tokenMatcher(token, Word) && !tokenMatcher(token, Name);
}

function offsetOf(source: Source, token: IToken): number {
  return Number.isFinite(token.startOffset) ? token.startOffset : source.text.length;
}

function place(source: Source, token: IToken, previous: IToken | undefined): Span {
  if (Number.isFinite(token.startOffset))
    return { source, start: token.startOffset, end: (token.endOffset ?? token.startOffset) + 1 };
  const last = previous?.endOffset ?? NaN;
  const end = Number.isFinite(last) ? last + 1 : source.text.length;
  return { source, start: end, end };
}

/**
 * Decides whether an error may be only a consequence of an earlier one: it is if no line between them begins something new.
 * Asked from top to bottom.
 */
class Consequences {
  private from = 0;
  private depth = 0;
  /** No line up to this one begins something new; Infinity after a line that does, and before the first error. */
  private reach = Infinity;

  constructor(private readonly source: Source) {}

  startAt(error: Span): void {
    this.from = this.source.position(error.start).line;
    this.depth = this.indentation(this.from);
    this.reach = this.from;
  }

  has(later: Span): boolean {
    const to = this.source.position(later.start).line;
    if (to < this.from) return false;
    while (this.reach < to) this.reach = this.startsAfresh(this.reach + 1) ? Infinity : this.reach + 1;
    return this.reach < Infinity;
  }

  private startsAfresh(line: number): boolean {
    const own = this.indentation(line);
    return own >= 0 && own <= this.depth && /[A-Za-z_}]/.test(this.source.line(line)[own]);
  }

  private indentation(line: number): number {
    return this.source.line(line).search(/\S/);
  }
}
