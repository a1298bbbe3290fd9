/** Splits text into tokens and reports characters that belong to none. */
// Tested by test/compiler/syntax/parse.test.ts.
import { Lexer, tokenMatcher, type IToken } from 'chevrotain';
import { MalformedNumber, Name, tokens, UnterminatedComment, UnterminatedString } from '../../../grammar/tokens';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { Problems } from '../diagnostics/limit';
import type { Source } from '../source';

let lexer: Lexer | null = null;

export interface Tokens {
  readonly tokens: readonly IToken[];
  /** Comments of every form, in order; they are not among `tokens`. */
  readonly comments: readonly IToken[];
  readonly problems: Problems;
}

/** Never throws; unknown characters are left out of `tokens`. */
export function tokenize(source: Source): Tokens {
  lexer ??= new Lexer([...tokens], { skipValidations: true, positionTracking: 'full' });
  const result = lexer.tokenize(source.text);
  const comments = result.groups.comments ?? [];
  const problems = new Problems();
  const span = (t: IToken): Diagnostic['span'] => ({
    source,
    start: t.startOffset,
    end: (t.endOffset ?? t.startOffset) + 1,
  });

  for (const e of result.errors) {
    const text = source.text.slice(e.offset, e.offset + e.length);
    const place = { source, start: e.offset, end: e.offset + e.length };
    problems.add(
      diagnose('unknown-character', place, { character: showCharacter(text), hint: hintFor(text, source, e.offset) }),
    );
  }
  for (const t of result.tokens) {
    if (tokenMatcher(t, UnterminatedString)) problems.add(diagnose('unterminated-string', span(t), {}));
    if (tokenMatcher(t, MalformedNumber)) problems.add(diagnose('malformed-number', span(t), { text: t.image }));
    // JavaScript objects, and formats read into them, lose an entry of this name.
    if (tokenMatcher(t, Name) && t.image === '__proto__') problems.add(diagnose('reserved-name', span(t), {}));
  }
  for (const t of comments) {
    if (!tokenMatcher(t, UnterminatedComment)) continue;
    problems.add(diagnose('unterminated-comment', { source, start: t.startOffset, end: t.startOffset + 2 }, {}));
  }
  return { tokens: result.tokens, comments, problems };
}

function showCharacter(text: string): string {
  const [first] = text;
  const codePoint = first.codePointAt(0) ?? 0;
  const visible = /^[\p{L}\p{N}\p{P}\p{S}]$/u.test(first) && codePoint < 0xd800;
  return visible ? `\`${first}\`` : `The character U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`;
}

const hints: { readonly [character: string]: string } = {
  ';': 'Statements need no separator; leave it out.',
  "'": 'Strings are written in double quotes: "text".',
  '`': 'Strings are written in double quotes: "text".',
  '“': 'Strings are written in straight double quotes: "text".',
  '”': 'Strings are written in straight double quotes: "text".',
  '#': 'Comments begin with //.',
  '&': 'Write `and`.',
  '!': 'Write `not`; "not equal" is `!=`.',
  '?': 'A choice is written `if condition { a } else { b }`.',
  '\\': 'A function is written `x => …`.',
  '×': 'Multiplication is `*`; a size is written 256x256.',
  '−': 'Write the minus sign of the keyboard: `-`.',
  '≤': 'Write `<=`.',
  '≥': 'Write `>=`.',
  '≠': 'Write `!=`.',
  '→': 'Write `->` before the result of a block, `=>` in a function.',
};

function hintFor(text: string, source: Source, offset: number): string {
  const [first] = text;
  if (hints[first]) return hints[first];
  if (/^\p{L}$/u.test(first)) return 'Names use the letters a to z, digits and _.';
  const binary = first === '\0' || (first === '\ufffd' && offset === 0 && source.text.includes('\0'));
  return binary ? 'This does not look like a text file.' : '';
}
