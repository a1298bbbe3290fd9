/** Builds expressions of the typed tree from concrete syntax, with operator precedence and labels resolved. */
// Tested by test/compiler/syntax/parse.test.ts.
import type { CstNode, IToken } from 'chevrotain';
import { precedence, prefixPrecedence } from '../../../grammar/tokens';
import type * as Cst from '../../../grammar/cst';
import { joinSpans, type Span } from '../source';
import { diagnose, type Diagnostic } from '../diagnostics/diagnostic';
import type * as Ast from './ast';
import { offsetsOf, spanOf, type Holey } from './cst';
import { readNumber, readSize, readString } from './literals';
import type { Source } from '../source';

/** Shared state of the builders, besides the tree. */
export interface Build {
  readonly source: Source;
  readonly report: (d: Diagnostic) => void;
  /** Expressions written in parentheses; labels inside the parentheses stay there. */
  readonly parenthesised: WeakSet<Ast.Expression>;
  /** Builds an `if` that gives a value; its branches are bodies, whose builder depends on this file. */
  readonly conditional: (b: Build, node: Cst.ConditionalCstNode, place: Span) => Ast.IfExpression;
  /** Reports an error that may only follow from a syntax error in the same declaration; it is dropped in that case. */
  readonly slip: (d: Diagnostic) => void;
}

/** A place to point at if recovery left nothing: the end of the last known element, or the start of the file. */
export function placeAfter(b: Build, element: CstNode | IToken | undefined, fallback: Span): Span {
  const offsets = element && offsetsOf(element);
  return offsets ? { source: b.source, start: offsets.end, end: offsets.end } : fallback;
}

/** The identifier that a token spells; an absent token gives the empty name, which later phases ignore. */
export function identifier(b: Build, token: IToken | undefined, place: Span): Ast.Identifier {
  return { name: token?.image ?? '', span: spanOf(b.source, token, place) };
}

export function stringLiteral(b: Build, token: IToken | undefined, place: Span): Ast.StringLiteral {
  const span = spanOf(b.source, token, place);
  return { kind: 'string', span, value: token?.image ? readString(token.image, span, b.report) : '' };
}

function missing(span: Span): Ast.Missing {
  return { kind: 'missing', span };
}

/** Builds `a |> b |> c` and everything that binds tighter. */
export function buildExpression(b: Build, node: Cst.ExpressionCstNode | undefined, place: Span): Ast.Expression {
  if (!node) return missing(place);
  const span = spanOf(b.source, node, place);
  const children: Holey<typeof node> = node.children;
  const [first, ...stages] = children.stage ?? [];
  return stages.reduce<Ast.Expression>(
    (value, s) => {
      const stage = buildStage(b, s, span);
      return { kind: 'pipe', span: joinSpans(value.span, stage.span), value, stage };
    },
    buildStage(b, first, span),
  );
}

function buildStage(b: Build, node: Cst.StageCstNode | undefined, place: Span): Ast.Expression {
  const children: Holey<Cst.StageCstNode> = node?.children ?? {};
  if (children.lambda) return buildLambda(b, children.lambda[0], place);
  return buildOperation(b, children.operation?.[0], place);
}

function buildLambda(b: Build, node: Cst.LambdaCstNode, place: Span): Ast.Lambda {
  const span = spanOf(b.source, node, place);
  const children: Holey<typeof node> = node.children;
  const parameters = children.names
    ? buildNames(b, children.names[0], span)
    : (children.Name ?? []).map((t) => identifier(b, t, span));
  return { kind: 'lambda', span, parameters, body: buildStage(b, children.stage?.[0], span) };
}

/** Builds `(a, b)` as names to bind. */
export function buildNames(b: Build, node: Cst.NamesCstNode, place: Span): Ast.Identifier[] {
  const children: Holey<typeof node> = node.children;
  const names = (children.Name ?? []).map((t) => identifier(b, t, place));
  checkCommas(
    b,
    names.map((n) => n.span),
    children.Comma,
  );
  return names;
}

/** Builds `-a + b * c` by precedence climbing. */
function buildOperation(b: Build, node: Cst.OperationCstNode | undefined, place: Span): Ast.Expression {
  if (!node) return missing(place);
  const children: Holey<typeof node> = node.children;
  const operators = children.BinaryOperator ?? [];
  const operands = children.postfix ?? [];
  const prefixes = [...(children.PrefixOperator ?? [])].reverse();
  const span = spanOf(b.source, node, place);
  let next = 0;

  const operand = (): Ast.Expression => {
    const before = offsetsOf(operators[next] ?? node)?.[next < operators.length ? 'start' : 'end'] ?? Infinity;
    const prefix = prefixes.at(-1);
    if (prefix && prefix.startOffset < before) {
      prefixes.pop();
      const value = climb(prefixPrecedence[prefix.image]);
      const operator = prefix.image === 'not' ? 'not' : '-';
      return { kind: 'unary', span: joinSpans(spanOf(b.source, prefix, span), value.span), operator, operand: value };
    }
    return buildPostfix(b, operands[next], next > 0 ? placeAfter(b, operators[next - 1], span) : span);
  };
  const climb = (least: number): Ast.Expression => {
    let left = operand();
    for (;;) {
      const operator = operators[next]?.image;
      if (operator === undefined || !isBinary(operator) || precedence[operator] < least) return left;
      next++;
      const right = climb(precedence[operator] + (operator === '^' ? 0 : 1));
      left = { kind: 'binary', span: joinSpans(left.span, right.span), operator, left, right };
    }
  };
  return climb(0);
}

function isBinary(image: string): image is Ast.BinaryOperator {
  return Object.hasOwn(precedence, image);
}

function buildPostfix(b: Build, node: Cst.PostfixCstNode | undefined, place: Span): Ast.Expression {
  if (!node) return missing(place);
  const children: Holey<typeof node> = node.children;
  const primary = buildPrimary(b, children.primary?.[0], spanOf(b.source, node, place));
  return (children.suffix ?? []).reduce((value, s) => buildSuffix(b, value, s), primary);
}

function buildSuffix(b: Build, value: Ast.Expression, node: Cst.SuffixCstNode): Ast.Expression {
  const children: Holey<typeof node> = node.children;
  const own = spanOf(b.source, node, value.span);
  const span = joinSpans(value.span, own);
  if (children.args) return { kind: 'call', span, callee: value, args: buildArguments(b, children.args[0], own) };
  if (children.LeftBracket)
    return { kind: 'index', span, object: value, index: buildExpression(b, children.expression?.[0], own) };
  if (children.Dot) return { kind: 'member', span, object: value, property: identifier(b, children.Member?.[0], own) };
  if (!children.AtSign) return value;
  const label: Holey<Cst.LabelCstNode> = children.label?.[0]?.children ?? {};
  const quoted = label.StringLiteral && stringLiteral(b, label.StringLiteral[0], own);
  return {
    kind: 'labelled',
    span,
    value,
    label: quoted ? { name: quoted.value, span: quoted.span } : identifier(b, label.Word?.[0], own),
  };
}

/** Builds the arguments of a call, a variant or a type. */
export function buildArguments(b: Build, node: Cst.ArgsCstNode | undefined, place: Span): Ast.Argument[] {
  const children: Holey<Cst.ArgsCstNode> = node?.children ?? {};
  const args = (children.argument ?? []).map((a): Ast.Argument => {
    const span = spanOf(b.source, a, place);
    const parts: Holey<Cst.ArgumentCstNode> = a.children;
    const name = parts.Word ? identifier(b, parts.Word[0], span) : null;
    return { name, value: buildExpression(b, parts.expression?.[0], placeAfter(b, parts.Colon?.[0], span)), span };
  });
  checkCommas(
    b,
    args.map((a) => a.span),
    children.Comma,
  );
  return args;
}

function buildPrimary(b: Build, node: Cst.PrimaryCstNode | undefined, place: Span): Ast.Expression {
  const c: Holey<Cst.PrimaryCstNode> = node?.children ?? {};
  const span = spanOf(b.source, node, place);
  const first = <T>(items: T[] | undefined): T | undefined => items?.[0];
  const token = first(c.Name) ?? first(c.NumberLiteral) ?? first(c.SizeLiteral) ?? first(c.True) ?? first(c.False);
  if (c.StringLiteral) return stringLiteral(b, c.StringLiteral[0], span);
  if (c.parenthesised) return buildParenthesised(b, c.parenthesised[0], span);
  if (c.list) return { kind: 'list', span, items: buildItems(b, c.list[0].children, span) };
  if (c.conditional) return b.conditional(b, c.conditional[0], span);
  if (c.repeat) return buildRepeat(b, c.repeat[0], span);
  if (!token?.image) return missing(span);
  if (c.Name) return { kind: 'name', span, name: token.image };
  if (c.NumberLiteral) return readNumber(token.image, span, b.report);
  if (c.SizeLiteral) return readSize(token.image, span);
  return { kind: 'boolean', span, value: c.True !== undefined };
}

function buildItems(
  b: Build,
  children: Holey<Cst.ListCstNode | Cst.ParenthesisedCstNode>,
  place: Span,
): Ast.Expression[] {
  const items = (children.expression ?? []).map((e) => buildExpression(b, e, place));
  checkCommas(
    b,
    items.map((e) => e.span),
    children.Comma,
  );
  return items;
}

/** `(e)` is `e`; `(a, b)` and `(a,)` are tuples. */
function buildParenthesised(b: Build, node: Cst.ParenthesisedCstNode, span: Span): Ast.Expression {
  const items = buildItems(b, node.children, span);
  const children: Holey<typeof node> = node.children;
  if (items.length === 0) {
    b.slip(diagnose('empty-parentheses', span, {}));
    return missing(span);
  }
  if (items.length > 1 || children.Comma) return { kind: 'tuple', span, items };
  const value: Ast.Expression = { ...items[0], span };
  b.parenthesised.add(value);
  return value;
}

/** Builds a repeat. The label after the repeated stage names the repeat: its copies are labelled `label.0`, `label.1`, … */
function buildRepeat(b: Build, node: Cst.RepeatCstNode, span: Span): Ast.Expression {
  const children: Holey<typeof node> = node.children;
  const index = children.Name ? identifier(b, children.Name[0], span) : null;
  const count = buildExpression(b, children.expression?.[0], span);
  const written = children.lambda
    ? buildLambda(b, children.lambda[0], span)
    : buildPostfix(b, children.postfix?.[0], span);
  const { stage, label } = splitLabel(b, written);
  const repeat: Ast.Repeat = { kind: 'repeat', span: label ? joinSpans(span, stage.span) : span, index, count, stage };
  return label
    ? { kind: 'labelled', span, value: { ...repeat, span: { ...span, end: stage.span.end } }, label }
    : repeat;
}

function splitLabel(b: Build, stage: Ast.Expression): { stage: Ast.Expression; label: Ast.Identifier | null } {
  if (b.parenthesised.has(stage)) return { stage, label: null };
  if (stage.kind === 'labelled') return { stage: stage.value, label: stage.label };
  if (stage.kind !== 'lambda') return { stage, label: null };
  const inner = splitLabel(b, stage.body);
  return {
    stage: { ...stage, span: joinSpans(stage.parameters[0]?.span ?? stage.span, inner.stage.span), body: inner.stage },
    label: inner.label,
  };
}

/** Reports missing commas: the grammar makes them optional so that the parser can continue. */
export function checkCommas(b: Build, items: readonly Span[], commas: readonly IToken[] | undefined): void {
  const places = (commas ?? []).map((c) => c.startOffset);
  let next = 0;
  for (let i = 1; i < items.length; i++) {
    while (places[next] < items[i - 1].end) next++;
    if (places[next] <= items[i].start) continue;
    const text = (s: Span): string => b.source.text.slice(s.start, s.end).split('\n')[0].slice(0, 24);
    b.slip(diagnose('missing-comma', items[i], { before: text(items[i - 1]), after: text(items[i]) }));
  }
}
