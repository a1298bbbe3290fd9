/** From text to the typed syntax tree. Errors become diagnostics; parsing never throws and always gives a tree. */
import type { IToken } from 'chevrotain';
import { WeftParser } from '../../../grammar/parser';
import type * as Cst from '../../../grammar/cst';
import type { Code } from '../diagnostics/catalog';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { Source, Span } from '../source';
import type { File } from './ast';
import { buildFile } from './build-ast';
import type { Build } from './build-expression';
import { repair } from './repair';
import { expectationOnly, syntaxErrors } from './syntax-errors';
import { tokenize } from './tokenize';

/** Made at the first use, once. */
let parser: WeftParser | null = null;

export interface Parsed {
  readonly file: File;
  /** In order of place. */
  readonly diagnostics: readonly Diagnostic[];
  /** Where text was skipped or its structure guessed: what follows may be wrong about names there. */
  readonly gaps: readonly Span[];
  /** Comments of every form in order, for tools that print the source again. */
  readonly comments: readonly IToken[];
}

export function parse(source: Source): Parsed {
  const { tokens, comments, diagnostics } = tokenize(source);
  const repaired = repair(source, tokens);
  const found: Diagnostic[] = [...diagnostics, ...repaired.diagnostics];
  const file = (repaired.tokens && parseTokens(source, repaired.tokens, comments, found)) ?? emptyFile(source);
  const skipped = found.filter((d) => skipping.has(d.code)).map((d) => d.span);
  return {
    file,
    diagnostics: found.sort((a, b) => a.span.start - b.span.start),
    gaps: [...skipped, ...repaired.guesses],
    comments,
  };
}

/** Null, with a diagnostic, should the text exhaust the stack in spite of the limits on nesting. */
function parseTokens(source: Source, tokens: IToken[], comments: readonly IToken[], found: Diagnostic[]): File | null {
  parser ??= new WeftParser({ skipValidations: true, errorMessageProvider: expectationOnly });
  try {
    parser.input = tokens;
    const cst = parser.file() as Cst.FileCstNode;
    found.push(...syntaxErrors(source, parser.errors, found));
    const slips: Diagnostic[] = [];
    const damage = found.filter((d) => !mended.has(d.code));
    const b: Build = {
      source,
      report: (d) => found.push(d),
      slip: (d) => slips.push(d),
      parenthesised: new WeakSet(),
    };
    const file = buildFile(b, cst, comments);
    found.push(...slips.filter((slip) => !damage.some((d) => sameDeclaration(file, d, slip))));
    return file;
  } catch (e) {
    if (!(e instanceof RangeError)) throw e;
    parser = null;
    found.push(diagnose('nesting-too-deep', { source, start: 0, end: 0 }, { limit: 'its own stack' }));
    return null;
  }
}

/** Errors after which part of the text is missing from the tree. */
const skipping: ReadonlySet<string> = new Set<Code>([
  'unexpected-token',
  'unknown-character',
  'nesting-too-deep',
  'unterminated-comment',
  'unterminated-string',
  'value-not-used',
]);

/** Slips that were corrected so that nothing follows from them. */
const mended: ReadonlySet<string> = new Set<Code>([
  'argument-needs-colon',
  'setting-needs-equals',
  'missing-let',
  'function-arrow',
  'function-word',
  'result-arrow',
  'malformed-number',
  'unknown-escape',
]);

/** Whether both lie in one declaration, or the first in none, where its reach is not known. */
function sameDeclaration(file: File, a: Diagnostic, b: Diagnostic): boolean {
  const home = file.declarations.find(({ span }) => a.span.start >= span.start && a.span.start <= span.end);
  return !home || (b.span.start >= home.span.start && b.span.start <= home.span.end);
}

function emptyFile(source: Source): File {
  return { kind: 'file', span: { source, start: 0, end: source.text.length }, imports: [], declarations: [] };
}
