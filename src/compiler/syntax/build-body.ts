/** Builds bodies and statements, and decides which value a body has; a static `if` may return early. */
// Tested by test/compiler/syntax/parse.test.ts.
import type * as Cst from '../../../grammar/cst';
import { diagnose } from '../diagnostics/diagnostic';
import { joinSpans, type Span } from '../source';
import type * as Ast from './ast';
import { buildExpression, buildNames, identifier, placeAfter, stringLiteral, type Build } from './build-expression';
import { buildType } from './build-type';
import { spanOf, type Holey } from './cst';

/** A body, and whether its value was written with `return` in every branch. */
interface BuiltBody {
  readonly body: Ast.Body;
  readonly returns: boolean;
}

type Conditional = {
  readonly span: Span;
  readonly condition: Ast.Expression;
  readonly then: BuiltBody;
  readonly otherwise: BuiltBody | null;
};

/** One line of a body, before it is known which line is the value. */
type Item =
  | { readonly kind: 'statement'; readonly span: Span; readonly statement: Ast.Statement }
  | { readonly kind: 'value'; readonly span: Span; readonly value: Ast.Expression; readonly returns: boolean }
  | { readonly kind: 'conditional'; readonly span: Span; readonly conditional: Conditional };

export function buildBody(b: Build, node: Cst.BodyCstNode | undefined, place: Span): Ast.Body {
  return buildReturning(b, node, place).body;
}

function buildReturning(b: Build, node: Cst.BodyCstNode | undefined, place: Span): BuiltBody {
  const span = spanOf(b.source, node, place);
  const children: Holey<Cst.BodyCstNode> = node?.children ?? {};
  const items = (children.statement ?? []).flatMap((s) => buildItem(b, s, span) ?? []);
  return settle(b, items, span);
}

/**
 * Splits items, of which there may be very many, into statements and the value. `if c { return a } rest` is the value `if c {
 * a } else { rest }`.
 */
function settle(b: Build, items: readonly Item[], span: Span): BuiltBody {
  const statements: Ast.Statement[] = [];
  for (const [i, item] of items.entries()) {
    const next = items.at(i + 1);
    if (item.kind === 'statement') {
      statements.push(item.statement);
    } else if (item.kind === 'value') {
      if (item.returns || !next) {
        if (next) b.report(diagnose('statement-after-return', next.span, {}, item.span));
        return { body: { kind: 'body', span, statements, result: item.value }, returns: item.returns };
      }
      b.slip(diagnose('value-not-used', item.span, {}));
    } else {
      const value = valueOfConditional(b, item.conditional, items, i + 1);
      if (value) return { body: { kind: 'body', span, statements, result: value.expression }, returns: value.returns };
      const { condition, then, otherwise } = item.conditional;
      const unused = [then, otherwise].find((branch) => next && branch?.body.result && !branch.returns);
      if (unused?.body.result) b.slip(diagnose('value-not-used', unused.body.result.span, {}));
      statements.push({
        kind: 'if-statement',
        span: item.span,
        condition,
        then: then.body,
        otherwise: otherwise?.body ?? null,
      });
    }
  }
  return { body: { kind: 'body', span, statements, result: null }, returns: false };
}

/** Makes a conditional the value of its body; if it returns early, the items from `after` become its `else`. */
function valueOfConditional(
  b: Build,
  c: Conditional,
  items: readonly Item[],
  after: number,
): { expression: Ast.Expression; returns: boolean } | null {
  const { span, condition, then, otherwise } = c;
  const next = items.at(after);
  if (otherwise) {
    if (then.body.result === null || otherwise.body.result === null) return null;
    const returns = then.returns && otherwise.returns;
    if (next && !returns) return null;
    if (next) b.report(diagnose('statement-after-return', next.span, {}, span));
    return { expression: { kind: 'if', span, condition, then: then.body, otherwise: otherwise.body }, returns };
  }
  if (!then.returns || !next) return null;
  const rest = items.slice(after);
  const remaining = settle(b, rest, joinSpans(next.span, rest[rest.length - 1].span));
  const whole = joinSpans(span, remaining.body.span);
  return {
    expression: { kind: 'if', span: whole, condition, then: then.body, otherwise: remaining.body },
    returns: remaining.returns,
  };
}

function buildConditional(b: Build, node: Cst.ConditionalCstNode, place: Span): Conditional {
  const span = spanOf(b.source, node, place);
  const children: Holey<typeof node> = node.children;
  const condition = buildExpression(b, children.expression?.[0], placeAfter(b, children.If?.[0], span));
  const then = buildReturning(b, children.then?.[0], span);
  if (!children.Else) return { span, condition, then, otherwise: null };
  if (!children.elseIf) return { span, condition, then, otherwise: buildReturning(b, children.otherwise?.[0], span) };
  const inner = buildConditional(b, children.elseIf[0], span);
  return {
    span,
    condition,
    then,
    otherwise: settle(b, [{ kind: 'conditional', span: inner.span, conditional: inner }], inner.span),
  };
}

/** Builds `if c { a } else { b }` used as a value. */
export function buildConditionalExpression(b: Build, node: Cst.ConditionalCstNode, place: Span): Ast.IfExpression {
  const { span, condition, then, otherwise } = buildConditional(b, node, place);
  if (!otherwise) b.slip(diagnose('if-needs-else', span, {}));
  const empty: Ast.Body = { kind: 'body', span, statements: [], result: { kind: 'missing', span } };
  return { kind: 'if', span, condition, then: then.body, otherwise: otherwise?.body ?? empty };
}

function buildItem(b: Build, node: Cst.StatementCstNode, place: Span): Item | null {
  const span = spanOf(b.source, node, place);
  const c: Holey<typeof node> = node.children;
  if (c.conditional) return { kind: 'conditional', span, conditional: buildConditional(b, c.conditional[0], span) };
  if (c.returnStatement) {
    const children: Holey<Cst.ReturnStatementCstNode> = c.returnStatement[0].children;
    return {
      kind: 'value',
      span,
      value: buildExpression(b, children.expression?.[0], placeAfter(b, children.Return?.[0], span)),
      returns: true,
    };
  }
  if (c.expression) return { kind: 'value', span, value: buildExpression(b, c.expression[0], span), returns: false };
  const statement = buildStatement(b, c, span);
  return statement && { kind: 'statement', span, statement };
}

function buildStatement(b: Build, c: Holey<Cst.StatementCstNode>, span: Span): Ast.Statement | null {
  if (c.letStatement) return buildLet(b, c.letStatement[0].children, span);
  if (c.requireStatement) return buildRequire(b, c.requireStatement[0].children, span);
  if (c.pathwayStatement) return buildPathway(b, c.pathwayStatement[0].children, span);
  if (c.tapStatement) {
    const { Name, Equals, expression }: Holey<Cst.TapStatementCstNode> = c.tapStatement[0].children;
    return {
      kind: 'tap',
      span,
      name: identifier(b, Name?.[0], span),
      value: buildExpression(b, expression?.[0], placeAfter(b, Equals?.[0], span)),
    };
  }
  if (c.inputStatement) {
    const { Name, type }: Holey<Cst.InputStatementCstNode> = c.inputStatement[0].children;
    return { kind: 'input', span, name: identifier(b, Name?.[0], span), type: buildType(b, type?.[0], span) };
  }
  if (c.outputStatement) {
    const { Name, type, Equals, expression }: Holey<Cst.OutputStatementCstNode> = c.outputStatement[0].children;
    const value = buildExpression(b, expression?.[0], placeAfter(b, Equals?.[0], span));
    return {
      kind: 'output',
      span,
      name: identifier(b, Name?.[0], span),
      type: type ? buildType(b, type[0], span) : null,
      value,
    };
  }
  return null;
}

function buildLet(b: Build, c: Holey<Cst.LetStatementCstNode>, span: Span): Ast.Let {
  const names = c.names
    ? buildNames(b, c.names[0], span)
    : [identifier(b, c.Name?.[0], placeAfter(b, c.Let?.[0], span))];
  const value = buildExpression(b, c.expression?.[0], placeAfter(b, c.Equals?.[0], span));
  return { kind: 'let', span, names, tuple: c.names !== undefined, value };
}

function buildRequire(b: Build, c: Holey<Cst.RequireStatementCstNode>, span: Span): Ast.Require {
  const condition = buildExpression(b, c.expression?.[0], placeAfter(b, c.Require?.[0], span));
  return {
    kind: 'require',
    span,
    condition,
    message: c.StringLiteral ? stringLiteral(b, c.StringLiteral[0], span) : null,
  };
}

function buildPathway(b: Build, c: Holey<Cst.PathwayStatementCstNode>, span: Span): Ast.Pathway {
  return {
    kind: 'pathway',
    span,
    name: identifier(b, c.Name?.[0], span),
    tokens: buildExpression(b, c.tokens?.[0], span),
    width: buildExpression(b, c.width?.[0], span),
    body: buildBody(b, c.body?.[0], span),
  };
}
