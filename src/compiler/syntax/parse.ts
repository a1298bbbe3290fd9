/** From text to the typed syntax tree. Errors become diagnostics; parsing never throws and always gives a tree. */
import type { IToken } from 'chevrotain';
import { WeftParser } from '../../../grammar/parser';
import type * as Cst from '../../../grammar/cst';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type { Source } from '../source';
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
  /** Comments of every form in order, for tools that print the source again. */
  readonly comments: readonly IToken[];
}

export function parse(source: Source): Parsed {
  const { tokens, comments, diagnostics } = tokenize(source);
  const repaired = repair(source, tokens);
  const found: Diagnostic[] = [...diagnostics, ...repaired.diagnostics];
  const file = (repaired.tokens && parseTokens(source, repaired.tokens, comments, found)) ?? emptyFile(source);
  return { file, diagnostics: found.sort((a, b) => a.span.start - b.span.start), comments };
}

/** Null, with a diagnostic, should the text exhaust the stack in spite of the limits on nesting. */
function parseTokens(source: Source, tokens: IToken[], comments: readonly IToken[], found: Diagnostic[]): File | null {
  parser ??= new WeftParser({ skipValidations: true, errorMessageProvider: expectationOnly });
  try {
    parser.input = tokens;
    const cst = parser.file() as Cst.FileCstNode;
    const errors = parser.errors;
    found.push(...syntaxErrors(source, errors, found));
    const b: Build = {
      source,
      report: (d) => found.push(d),
      parenthesised: new WeakSet(),
      recovered: errors.length > 0,
    };
    return buildFile(b, cst, comments);
  } catch (e) {
    if (!(e instanceof RangeError)) throw e;
    parser = null;
    found.push(diagnose('nesting-too-deep', { source, start: 0, end: 0 }, { limit: 'its own stack' }));
    return null;
  }
}

function emptyFile(source: Source): File {
  return { kind: 'file', span: { source, start: 0, end: source.text.length }, imports: [], declarations: [] };
}
