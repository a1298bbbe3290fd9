/** Builds the typed syntax tree from the concrete one; where recovery left holes it puts empty names and `missing` nodes. */
// Tested by test/compiler/syntax/parse.test.ts.
import { tokenMatcher, type IToken } from 'chevrotain';
import type * as Cst from '../../../grammar/cst';
import { DocComment } from '../../../grammar/tokens';
import type { Span } from '../source';
import type * as Ast from './ast';
import { buildBody } from './build-body';
import {
  buildArguments,
  buildExpression,
  checkCommas,
  identifier,
  placeAfter,
  stringLiteral,
  type Build,
} from './build-expression';
import { buildType } from './build-type';
import { offsetsOf, spanOf, type Holey } from './cst';

/** `comments` are the comments of the file in order; those starting with `///` become the `doc` of the declaration below them. */
export function buildFile(b: Build, node: Cst.FileCstNode, comments: readonly IToken[]): Ast.File {
  const span: Span = { source: b.source, start: 0, end: b.source.text.length };
  const c: Holey<typeof node> = node.children;
  const docs = readDocs(comments);
  const doc = (place: Span): string => docs.get(b.source.position(place.start).line) ?? '';
  const declarations: Ast.Declaration[] = [
    ...(c.block ?? []).map((n) => buildBlock(b, n, doc, span)),
    ...(c.model ?? []).map((n) => buildModel(b, n, doc, span)),
    ...(c.method ?? []).map((n) => buildMethod(b, n, doc, span)),
    ...(c.section ?? []).map((n) => buildSection(b, n, doc, span)),
  ];
  return {
    kind: 'file',
    span,
    imports: (c.importLine ?? []).map((n) => buildImport(b, n, span)),
    declarations: declarations.sort((x, y) => x.span.start - y.span.start),
  };
}

/** Doc comments on consecutive lines, by the number of the line after them. */
function readDocs(comments: readonly IToken[]): ReadonlyMap<number, string> {
  const docs = new Map<number, string>();
  for (const comment of comments) {
    if (!tokenMatcher(comment, DocComment)) continue;
    const line = comment.startLine ?? 0;
    const above = docs.get(line);
    docs.delete(line);
    const text = comment.image.slice(3).replace(/^ /, '').trimEnd();
    docs.set(line + 1, above === undefined ? text : `${above}\n${text}`);
  }
  return docs;
}

type Doc = (place: Span) => string;

function buildImport(b: Build, node: Cst.ImportLineCstNode, place: Span): Ast.Import {
  const span = spanOf(b.source, node, place);
  const c: Holey<typeof node> = node.children;
  const names = (c.importedName ?? []).map((n) => {
    const own: Holey<Cst.ImportedNameCstNode> = n.children;
    return { name: identifier(b, own.Name?.[0], span), alias: own.Alias ? identifier(b, own.Alias[0], span) : null };
  });
  checkCommas(
    b,
    (c.importedName ?? []).map((n) => spanOf(b.source, n, span)),
    c.Comma,
  );
  return {
    kind: 'import',
    span,
    names,
    from: stringLiteral(b, c.StringLiteral?.[0], placeAfter(b, c.From?.[0], span)),
  };
}

function buildBlock(b: Build, node: Cst.BlockCstNode, doc: Doc, place: Span): Ast.BlockDeclaration {
  const span = spanOf(b.source, node, place);
  const c: Holey<typeof node> = node.children;
  return {
    kind: 'block',
    span,
    doc: doc(span),
    name: identifier(b, c.Name?.[0], placeAfter(b, c.Block?.[0], span)),
    parameters: buildParameters(b, c.parameters?.[0], span),
    result: c.type ? buildType(b, c.type[0], span) : null,
    body: buildBody(b, c.body?.[0], span),
  };
}

function buildModel(
  b: Build,
  node: Cst.ModelCstNode,
  doc: Doc,
  place: Span,
): Ast.ModelDeclaration | Ast.VariantDeclaration {
  const span = spanOf(b.source, node, place);
  const c: Holey<typeof node> = node.children;
  const name = identifier(b, c.Name?.[0], placeAfter(b, c.Model?.[0], span));
  const common = { span, doc: doc(span), name };
  if (c.Equals) {
    const base = identifier(b, c.Base?.[0], placeAfter(b, c.Equals[0], span));
    return { kind: 'variant', ...common, base, args: buildArguments(b, c.args?.[0], span) };
  }
  return {
    kind: 'model',
    ...common,
    parameters: buildParameters(b, c.parameters?.[0], span),
    body: buildBody(b, c.body?.[0], span),
  };
}

function buildMethod(b: Build, node: Cst.MethodCstNode, doc: Doc, place: Span): Ast.MethodDeclaration {
  const span = spanOf(b.source, node, place);
  const c: Holey<typeof node> = node.children;
  const word = c.Objective ?? c.Optimizer ?? c.Solver ?? c.Guidance;
  const parts = {
    span,
    doc: doc(span),
    name: identifier(b, c.Name?.[0], placeAfter(b, word?.[0], span)),
    parameters: buildParameters(b, c.parameters?.[0], span),
    body: buildBody(b, c.body?.[0], span),
  };
  if (c.Solver) return { kind: 'solver', ...parts };
  if (c.Guidance) return { kind: 'guidance', ...parts };
  return c.Optimizer ? { kind: 'optimizer', ...parts } : { kind: 'objective', ...parts };
}

function buildParameters(b: Build, node: Cst.ParametersCstNode | undefined, place: Span): Ast.Parameter[] {
  const c: Holey<Cst.ParametersCstNode> = node?.children ?? {};
  const parameters = (c.parameter ?? []).map((p): Ast.Parameter => {
    const span = spanOf(b.source, p, place);
    const own: Holey<Cst.ParameterCstNode> = p.children;
    return {
      kind: 'parameter',
      span,
      name: identifier(b, own.Name?.[0], span),
      type: own.type ? buildType(b, own.type[0], span) : null,
      default: own.Equals ? buildExpression(b, own.expression?.[0], placeAfter(b, own.Equals[0], span)) : null,
    };
  });
  checkCommas(
    b,
    parameters.map((p) => p.span),
    c.Comma,
  );
  return parameters;
}

const sectionWords = ['train', 'sample', 'export', 'ablation', 'sweep'] as const;

function buildSection(b: Build, node: Cst.SectionCstNode, doc: Doc, place: Span): Ast.SectionDeclaration {
  const span = spanOf(b.source, node, place);
  const c: Holey<typeof node> = node.children;
  const words = { train: c.Train, sample: c.Sample, export: c.Export, ablation: c.Ablation, sweep: c.Sweep };
  const section = sectionWords.find((name) => words[name]) ?? 'train';
  const afterWord = placeAfter(b, words[section]?.[0], span);
  return {
    kind: 'section',
    span,
    doc: doc(span),
    section,
    name: c.Name ? identifier(b, c.Name[0], afterWord) : null,
    model: c.Of ? identifier(b, c.Model?.[0], placeAfter(b, c.Of[0], span)) : null,
    entries: buildEntries(b, c.entries?.[0], span),
  };
}

function buildEntries(b: Build, node: Cst.EntriesCstNode | undefined, place: Span): Ast.Entry[] {
  const c: Holey<Cst.EntriesCstNode> = node?.children ?? {};
  return (c.entry ?? []).flatMap((e) => buildEntry(b, e, place) ?? []);
}

function buildEntry(b: Build, node: Cst.EntryCstNode, place: Span): Ast.Entry | null {
  const span = spanOf(b.source, node, place);
  const c: Holey<typeof node> = node.children;
  if (c.phase) {
    const { At, expression, entries }: Holey<Cst.PhaseCstNode> = c.phase[0].children;
    const at = buildExpression(b, expression?.[0], placeAfter(b, At?.[0], span));
    return { kind: 'phase', span, at, entries: buildEntries(b, entries?.[0], span) };
  }
  if (c.caseEntry) {
    const { StringLiteral, Equals, expression }: Holey<Cst.CaseEntryCstNode> = c.caseEntry[0].children;
    const value = buildExpression(b, expression?.[0], placeAfter(b, Equals?.[0], span));
    return { kind: 'case', span, name: stringLiteral(b, StringLiteral?.[0], span), value };
  }
  if (c.axis) {
    const { Word, In, expression }: Holey<Cst.AxisCstNode> = c.axis[0].children;
    return {
      kind: 'axis',
      span,
      name: identifier(b, Word?.[0], span),
      values: buildExpression(b, expression?.[0], placeAfter(b, In?.[0], span)),
    };
  }
  if (c.givenEntry) {
    const { Word, Equals, expression }: Holey<Cst.GivenEntryCstNode> = c.givenEntry[0].children;
    const value = buildExpression(b, expression?.[0], placeAfter(b, Equals?.[0], span));
    return { kind: 'given', span, name: identifier(b, Word?.[0], span), value };
  }
  if (!c.setting) return null;
  const { Word, Equals, expression }: Holey<Cst.SettingCstNode> = c.setting[0].children;
  const path = (Word ?? []).filter((t) => offsetsOf(t)).map((t) => identifier(b, t, span));
  return { kind: 'setting', span, path, value: buildExpression(b, expression?.[0], placeAfter(b, Equals?.[0], span)) };
}
