/** Builds types of the typed tree from concrete syntax. */
// Tested by test/compiler/syntax/parse.test.ts.
import type * as Cst from '../../../grammar/cst';
import { diagnose } from '../diagnostics/diagnostic';
import { joinSpans, type Span } from '../source';
import type * as Ast from './ast';
import { buildArguments, buildExpression, checkCommas, identifier, type Build } from './build-expression';
import { spanOf, type Holey } from './cst';

export function buildType(b: Build, node: Cst.TypeCstNode | undefined, place: Span): Ast.TypeNode {
  const span = spanOf(b.source, node, place);
  const c: Holey<Cst.TypeCstNode> = node?.children ?? {};
  if (c.tensorType) return buildTensorType(b, c.tensorType[0].children, span);
  if (c.tupleType) {
    const inner: Holey<Cst.TupleTypeCstNode> = c.tupleType[0].children;
    const items = (inner.type ?? []).map((t) => buildType(b, t, span));
    checkCommas(
      b,
      items.map((t) => t.span),
      inner.Comma,
    );
    return { kind: 'tuple-type', span, items };
  }
  return buildNamedType(b, c.namedType?.[0]?.children ?? {}, span);
}

function buildNamedType(b: Build, c: Holey<Cst.NamedTypeCstNode>, span: Span): Ast.TypeNode {
  const name = identifier(b, c.Word?.[0], span);
  if (!c.Bar) return { kind: 'named-type', span, name, args: c.args ? buildArguments(b, c.args[0], span) : [] };
  return { kind: 'choice-type', span, words: [name, ...(c.Choice ?? []).map((w) => identifier(b, w, span))] };
}

const batchNames = new Set(['batch', 'batch_size', 'bs', 'B']);

/** Builds a tensor type; `...` becomes the name `...`. */
function buildTensorType(b: Build, c: Holey<Cst.TensorTypeCstNode>, span: Span): Ast.TensorTypeNode {
  const dims = (c.dimension ?? []).map((d): Ast.Expression => {
    const own = spanOf(b.source, d, span);
    const inner: Holey<Cst.DimensionCstNode> = d.children;
    return inner.Ellipsis ? { kind: 'name', span: own, name: '...' } : buildExpression(b, inner.expression?.[0], own);
  });
  checkCommas(
    b,
    dims.map((d) => d.span),
    c.Comma,
  );
  const [first, ...rest] = dims;
  if (first?.kind === 'name' && batchNames.has(first.name)) {
    const without = `[${rest.map((d) => b.source.text.slice(d.span.start, d.span.end)).join(', ')}]`;
    b.report(diagnose('batch-axis-written', first.span, { name: first.name, without }));
  }
  return { kind: 'tensor-type', span: dims.length ? joinSpans(span, dims[0].span) : span, dims };
}
