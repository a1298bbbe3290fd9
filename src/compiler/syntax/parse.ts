/** Parses text to the typed syntax tree. Errors become diagnostics; parsing never throws and always gives a tree. */
import type { IToken } from 'chevrotain';
import { WeftParser } from '../../../grammar/parser';
import type * as Cst from '../../../grammar/cst';
import type { Code } from '../diagnostics/catalog';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import { Problems } from '../diagnostics/limit';
import type { Source, Span } from '../source';
import type { File } from './ast';
import { buildFile } from './build-ast';
import { buildConditionalExpression } from './build-body';
import type { Build } from './build-expression';
import { declarationsAt } from './declaration-at';
import { repair, type Repaired } from './repair';
import { expectationOnly, syntaxErrors } from './syntax-errors';
import { tokenize } from './tokenize';

/** Made at the first use and then shared. */
let parser: WeftParser | null = null;

export interface Parsed {
  readonly file: File;
  /** Ordered by place. */
  readonly diagnostics: readonly Diagnostic[];
  /** The number of errors beyond those kept. */
  readonly moreErrors: number;
  /** Places where text was skipped or its structure guessed: names there may be missing or wrong. */
  readonly gaps: readonly Span[];
  /** Comments of every form in order, for tools that print the source again. */
  readonly comments: readonly IToken[];
}

export function parse(source: Source): Parsed {
  const { tokens, comments, problems } = tokenize(source);
  const balanced = repair(source, tokens);
  const repaired = balanced.tokens && tokens.length > mostTokens ? tooMany(source, tokens) : balanced;
  const found: Diagnostic[] = [...problems.list, ...repaired.problems.list];
  const built = new Problems();
  const file =
    (repaired.tokens && parseTokens({ source, tokens: repaired.tokens, comments }, found, built)) ?? emptyFile(source);
  const skipped = found.filter((d) => skipping.has(d.code)).map((d) => d.span);
  return {
    file,
    diagnostics: found.sort((a, b) => a.span.start - b.span.start),
    moreErrors: problems.more + repaired.problems.more + built.more,
    gaps: [...skipped, ...repaired.guesses],
    comments,
  };
}

/** The most tokens in a text: about as many as in a million characters written by people. Each takes up to 4 KB while it is parsed. */
export const mostTokens = 200_000;

function tooMany(source: Source, tokens: readonly IToken[]): Repaired {
  const problems = new Problems();
  const { startOffset: start, endOffset = start } = tokens[mostTokens];
  const facts = { what: 'The file', found: `${tokens.length} words and signs`, limit: `${mostTokens}` };
  problems.add(diagnose('size-limit', { source, start, end: endOffset + 1 }, facts));
  return { tokens: null, problems, guesses: [] };
}

interface TokenizedFile {
  readonly source: Source;
  readonly tokens: IToken[];
  readonly comments: readonly IToken[];
}

/** Null, with diagnostics, if there are too many errors to continue, or if the text exhausts the stack despite the limits on nesting. */
function parseTokens({ source, tokens, comments }: TokenizedFile, found: Diagnostic[], built: Problems): File | null {
  parser ??= new WeftParser({ skipValidations: true, errorMessageProvider: expectationOnly });
  try {
    parser.input = tokens;
    // Undefined if there were too many errors to continue.
    const cst = parser.file() as Cst.FileCstNode | undefined;
    for (const d of syntaxErrors(source, parser.errors, found)) found.push(d);
    if (!cst) return null;
    const slips = new Problems();
    const damage = found.filter((d) => !mended.has(d.code));
    const b: Build = {
      source,
      report: (d) => built.add(d),
      slip: (d) => slips.add(d),
      parenthesised: new WeakSet(),
      conditional: buildConditionalExpression,
    };
    const file = buildFile(b, cst, comments);
    const outside = outsideOf(file, damage, slips.list);
    found.push(...built.list, ...outside);
    if (outside.length > 0) built.more += slips.more;
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
  'size-limit',
  'unterminated-comment',
  'unterminated-string',
  'value-not-used',
]);

/** Errors that were corrected in full, so that no other error can follow from them. */
const mended: ReadonlySet<string> = new Set<Code>([
  'argument-needs-colon',
  'setting-needs-equals',
  'case-form',
  'missing-let',
  'function-arrow',
  'function-word',
  'result-arrow',
  'malformed-number',
  'unknown-escape',
]);

/** The slips in undamaged declarations; none if some damage lies outside all declarations, because its extent is then unknown. */
function outsideOf(file: File, damage: readonly Diagnostic[], slips: readonly Diagnostic[]): readonly Diagnostic[] {
  const damaged = damage.map((d) => declarationsAt(file, d.span.start));
  if (damaged.some((homes) => homes.length === 0)) return [];
  const broken = new Set(damaged.flat());
  return slips.filter((slip) => !declarationsAt(file, slip.span.start).some((d) => broken.has(d)));
}

function emptyFile(source: Source): File {
  return { kind: 'file', span: { source, start: 0, end: source.text.length }, imports: [], declarations: [] };
}
