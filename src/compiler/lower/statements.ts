/** Statements: bindings, requirements, taps, inputs, outputs, pathways and static conditions. */
import { assertNever } from '../invariant';
import { formatType, sourceOf } from '../bind/signature';
import { suggest } from '../diagnostics/suggest';
import { dimsEqual, formatDim, formatShape, mulDims, type Dim } from '../ir/dims';
import type {
  Body,
  Expression,
  Identifier,
  IfStatement,
  Let,
  Output,
  Pathway,
  Require,
  Statement,
  StringLiteral,
  Tap,
  TypeNode,
} from '../syntax/ast';
import { messageParts } from '../syntax/message';
import { namesOf, withBranches } from '../syntax/statements';
import { Poisoned, type Context } from './context';
import type { BrokenRequirement } from './requirement-hints';
import { none } from './words/statics';
import { condition } from './expressions';
import { predictions } from './conventions';
import { outputTypes, TypeArguments } from './input-types';
import { declareInput, imageShape } from './inputs';
import { Scope } from './scope';
import { unify } from './types';
import { asDim, describe, formatStatic, poison, type Evaluated } from './values';
import { asNumbers, withBatch } from './tensors';

/** Runs the statements in `scope`; the value of the body, or null when it has none. */
export function evaluateBody(ctx: Context, body: Body, scope: Scope): Evaluated | null {
  let value: Evaluated | null = null;
  for (const s of body.statements) {
    const result = run(ctx, s, scope);
    if (result) value = result;
  }
  return body.result ? ctx.evaluate(body.result, scope) : value;
}

/** Runs a statement; gives the value that it returns from the body, or null. */
function run(ctx: Context, s: Statement, scope: Scope): Evaluated | null {
  switch (s.kind) {
    case 'let':
      bindLet(ctx, s, scope);
      return null;
    case 'require':
      // After a broken requirement the whole body is left, since later errors would only repeat it in other words.
      checkRequirement(ctx, s, scope);
      return null;
    case 'tap':
      bindTap(ctx, s, scope);
      return null;
    case 'input':
      scope.bind(
        s.name.name,
        ctx.guard(() => ctx.declarations?.input(s, scope) ?? declareInput(ctx, s, scope)),
        s.name.span,
      );
      return null;
    case 'output':
      ctx.guard(() => {
        if (ctx.declarations) ctx.declarations.output(s, scope);
        else declareOutput(ctx, s, scope);
        return poison;
      });
      return null;
    case 'pathway':
      bindName(
        ctx,
        scope,
        s.name,
        ctx.guard(() => evaluatePathway(ctx, s, scope)),
      );
      return null;
    case 'if-statement':
      return chooseBranch(ctx, s, scope);
    default:
      return assertNever(s);
  }
}

/** A `let` labels the weights of the call that it binds, unless the call has a label. */
function bindLet(ctx: Context, s: Let, scope: Scope): void {
  const names = s.names;
  if (!s.tuple && names.length === 1) {
    const label = s.value.kind === 'call' ? names[0].name : null;
    bindName(ctx, scope, names[0], ctx.evaluate(s.value, scope, label));
    return;
  }
  const value = ctx.evaluate(s.value, scope);
  const items = value.kind === 'tuple' && value.items.length === names.length ? value.items : null;
  if (!items && value.kind !== 'poison')
    ctx.report('tuple-arity', s.span, { expected: names.length, found: describe(value) });
  names.forEach((n, i) => bindName(ctx, scope, n, items?.[i] ?? poison));
}

function bindName(ctx: Context, scope: Scope, { name, span }: Identifier, value: Evaluated): void {
  if (!ctx.isBrief) ctx.trace.name(name, value);
  scope.bind(name, value, span);
}

function bindTap(ctx: Context, s: Tap, scope: Scope): void {
  const value = ctx.evaluate(s.value, scope, s.value.kind === 'call' ? s.name.name : null);
  bindName(ctx, scope, s.name, value);
  if (value.kind !== 'tensor') return;
  const path = ctx.scopePath;
  ctx.taps[path ? `${path}.${s.name.name}` : s.name.name] = asNumbers(value).value;
}

function checkRequirement(ctx: Context, s: Require, scope: Scope): void {
  if (condition(ctx, s.condition, scope)) return ctx.hold(s.condition.span);
  const message = s.message ? interpolate(ctx, s.message, scope) : `${sourceOf(s.condition)} does not hold.`;
  const facts = { message: sentence(message), values: '' };
  const call = ctx.callSite;
  const span = call ?? culprit(s.condition, scope) ?? s.condition.span;
  ctx.broken.push({ condition: s.condition, scope, call, span, wholes: wholes(ctx, s.condition, scope) });
  if (call) ctx.atCaller(() => ctx.fail('require-failed', span, facts, s.condition.span));
  ctx.fail('require-failed', span, facts, s.condition.span);
}

/** In a model: the place where a name of the condition got its value. */
function culprit(e: Expression, scope: Scope): Require['span'] | null {
  if (e.kind === 'name') return scope.lookup(e.name)?.span ?? null;
  if (e.kind === 'binary') return culprit(e.right, scope) ?? culprit(e.left, scope);
  if (e.kind === 'member') return culprit(e.object, scope);
  return null;
}

function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** The most parts of a message that are evaluated; longer messages are cut when they are shown. */
const mostParts = 1000;

/** A message in which `{name}` and `{a.b}` are replaced by values. */
function interpolate(ctx: Context, message: StringLiteral, scope: Scope): string {
  return messageParts(message)
    .slice(0, mostParts)
    .map((part) => (part.kind === 'text' ? part.text : formatStatic(ctx.evaluate(part.value, scope))))
    .join('');
}

/** For a condition `a % b == 0`: the text of b, with a and its value. */
function wholes(ctx: Context, e: Expression, scope: Scope): BrokenRequirement['wholes'] {
  if (e.kind !== 'binary') return new Map();
  if (e.operator === 'and' || e.operator === 'or')
    return new Map([...wholes(ctx, e.right, scope), ...wholes(ctx, e.left, scope)]);
  if (e.operator !== '==' || e.left.kind !== 'binary' || e.left.operator !== '%') return new Map();
  const whole = ctx.evaluate(e.left.left, scope);
  if (whole.kind !== 'number') return new Map();
  return new Map([[sourceOf(e.left.right), { text: sourceOf(e.left.left), value: whole.value }]]);
}

function declareOutput(ctx: Context, s: Output, scope: Scope): void {
  const value = ctx.need(s.value, scope);
  if (value.kind !== 'tensor' || value.classes !== null) {
    ctx.fail('wrong-kind', s.value.span, {
      what: `Output ${s.name.name}`,
      expected: 'a tensor',
      found: describe(value),
    });
  }
  scope.bind(s.name.name, value, s.name.span);
  ctx.outputs[s.name.name] = withBatch(ctx, asNumbers(value));
  const type = s.type;
  const args = type && type.kind !== 'tensor-type' ? namedType(ctx, type, scope) : null;
  const predicts = args?.has('predicts') ? args.word('predicts', predictions) : null;
  const other = predicts && ctx.predictions.find((o) => o.predicts);
  if (other) ctx.fail('two-predictions', s.name.span, { first: other.name, second: s.name.name });
  ctx.predictions.push({ name: s.name.name, predicts, span: s.name.span });
  if (!type) return;
  const expected = args && (args.has('size') ? imageShape(args) : []);
  const wrong = expected
    ? expected.length !== value.shape.length || expected.some((d, i) => !dimsEqual(d, value.shape[i]))
    : type.kind === 'tensor-type' && unify(ctx, type, value.shape, scope) !== null;
  if (!wrong) return;
  const facts = {
    output: s.name.name,
    found: formatShape(value.shape),
    expected: expected ? formatShape(expected) : formatType(type),
    type: formatType(type),
  };
  ctx.report('output-shape', s.value.span, facts, type.span);
}

/** The arguments of the type of an output that is declared as an image or a scalar. */
function namedType(ctx: Context, type: TypeNode, scope: Scope): TypeArguments {
  const name = type.kind === 'named-type' ? type.name.name : formatType(type);
  if (type.kind !== 'named-type' || (name !== 'image' && name !== 'scalar')) {
    const suggestion = suggest(name, ['image', 'scalar']).join(' or ');
    const types = 'image, scalar and shapes such as [n, d]';
    return ctx.fail('unknown-type', type.span, { type: name, suggestion, types });
  }
  return new TypeArguments(ctx, type, scope, outputTypes[name].signature);
}

function evaluatePathway(ctx: Context, s: Pathway, scope: Scope): Evaluated {
  const tokens = ctx.need(s.tokens, scope);
  const width = ctx.need(s.width, scope);
  const value = ctx.evaluateBody(s.body, new Scope(scope)) ?? poison;
  if (value.kind === 'poison') throw new Poisoned();
  if (value.kind !== 'tensor' || value.shape.length === 0) {
    return ctx.fail('wrong-kind', s.body.span, {
      what: `Pathway ${s.name.name}`,
      expected: 'a tensor of tokens',
      found: describe(value),
    });
  }
  const count: Dim | null = tokens.kind === 'size' ? mulDims(tokens.height, tokens.width) : asDim(tokens);
  const wide = asDim(width);
  if (count === null)
    ctx.fail('wrong-kind', s.tokens.span, {
      what: `Tokens of pathway ${s.name.name}`,
      expected: 'a Size or Int',
      found: describe(tokens),
    });
  if (wide === null)
    ctx.fail('wrong-kind', s.width.span, {
      what: `Width of pathway ${s.name.name}`,
      expected: 'an Int',
      found: describe(width),
    });
  const found = value.shape.slice(0, -1).reduce<Dim>(mulDims, 1);
  const span = s.body.result?.span ?? s.body.span;
  if (!dimsEqual(found, count)) {
    const facts = {
      pathway: s.name.name,
      found: formatShape(value.shape),
      tokens: formatStatic(tokens),
      expected: formatDim(count),
    };
    ctx.report('pathway-tokens', span, facts, s.tokens.span);
  }
  if (!dimsEqual(value.shape[value.shape.length - 1], wide)) {
    ctx.report(
      'pathway-width',
      span,
      { pathway: s.name.name, found: formatShape(value.shape), width: formatDim(wide) },
      s.width.span,
    );
  }
  return value;
}

/** Runs the branch that is taken. Names it binds can be used afterwards; names that only the other branch binds are `none`. */
function chooseBranch(ctx: Context, s: IfStatement, scope: Scope): Evaluated | null {
  let taken: Body | null;
  try {
    taken = condition(ctx, s.condition, scope) ? s.then : s.otherwise;
  } catch (e) {
    if (!(e instanceof Poisoned)) throw e;
    for (const name of [...boundNames(s.then), ...boundNames(s.otherwise)]) scope.bind(name, poison, s.span);
    return poison;
  }
  const inner = new Scope(scope);
  const value = taken ? ctx.evaluateBody(taken, inner) : null;
  for (const [name, { value: v, span }] of inner.own) scope.bind(name, v, span);
  const other = boundNames(taken === s.then ? s.otherwise : s.then);
  for (const name of other) if (!scope.lookup(name)) scope.bind(name, none.constant, s.span);
  return value;
}

function boundNames(body: Body | null): Set<string> {
  return new Set(withBranches(body).flatMap((s) => namesOf(s).map((n) => n.name)));
}
