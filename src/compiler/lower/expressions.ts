/** Evaluates expressions: names, members, operators, calls, pipes, repeats, static conditions. */
// Tested by test/specs/shipped.test.ts.
import { assertNever, invariant } from '../invariant';
import type { NamedDeclaration } from '../link/load';
import { formatShape, mulDims, UnwieldyDim } from '../ir/dims';
import { logicalNot, neg } from '../ops/elementwise';
import { suggest } from '../diagnostics/suggest';
import { isMethod } from '../syntax/methods';
import type { Expression, IfExpression, Index, Labelled, Member, Name, Pipe, Repeat, Unary } from '../syntax/ast';
import type { Span } from '../source';
import { binary } from './arithmetic';
import { applyCallee, call, type Passed, type Placing } from './calls';
import { Poisoned, type Context } from './context';
import { Scope } from './scope';
import { membersOf } from './members';
import { asNumbers, mapTensor } from './tensors';
import { describe, dimValue, numberValue, poison, type Evaluated } from './values';
import { isConstantWord, words } from './words/index';

/** The value of an expression; poison if it is wrong, after the error is reported. */
export function evaluateExpression(ctx: Context, e: Expression, scope: Scope, label: string | null = null): Evaluated {
  ctx.step(e.span);
  try {
    const value = compute(ctx, e, scope, label);
    ctx.observe?.(e, value);
    return value;
  } catch (error) {
    if (error instanceof Poisoned) return poison;
    if (!(error instanceof UnwieldyDim)) throw error;
    ctx.report('size-limit', e.span, { what: 'A size', found: 'a sum of too many products', limit: error.message });
    return poison;
  }
}

function compute(ctx: Context, e: Expression, scope: Scope, label: string | null): Evaluated {
  switch (e.kind) {
    case 'number':
      return numberValue(e.value, e.isInteger);
    case 'string':
      return { kind: 'string', value: e.value };
    case 'boolean':
      return { kind: 'boolean', value: e.value };
    case 'size':
      return { kind: 'size', height: e.height, width: e.width };
    case 'name':
      return lookup(ctx, e, scope);
    case 'member':
      return member(ctx, e, scope);
    case 'index':
      return index(ctx, e, scope);
    case 'call':
      return call(ctx, e, scope, { piped: null, label });
    case 'labelled':
      return labelled(ctx, e, scope, null);
    case 'unary':
      return unary(ctx, e, scope);
    case 'binary': {
      const left = ctx.evaluate(e.left, scope);
      const right = ctx.evaluate(e.right, scope);
      if (left.kind === 'poison' || right.kind === 'poison') return poison;
      return binary(ctx, { operator: e.operator, left, right, span: e.span });
    }
    case 'pipe':
      return pipe(ctx, e, scope);
    case 'repeat':
      return ctx.fail('not-callable', e.span, { found: 'a repeat that nothing is piped into' });
    case 'lambda':
      return { kind: 'lambda', lambda: e, scope };
    case 'if':
      return conditional(ctx, e, scope);
    case 'tuple':
    case 'list': {
      const items = e.items.map((item) => ctx.evaluate(item, scope));
      return items.some((v) => v.kind === 'poison') ? poison : { kind: e.kind, items };
    }
    case 'missing':
      return poison;
    default:
      return assertNever(e);
  }
}

function lookup(ctx: Context, e: Name, scope: Scope): Evaluated {
  const meaning = ctx.names.meaningOf(e);
  switch (meaning.kind) {
    case 'local': {
      const bound = scope.lookup(e.name);
      if (bound) return bound.value;
      // The statement that binds the name has failed.
      invariant(ctx.hasFailed, `the name ${e.name} has no value where it is used`);
      return ctx.giveUp();
    }
    case 'declaration':
      return declarationValue(meaning.declaration);
    case 'word':
      return wordValue(meaning.name);
    case 'choice':
      return { kind: 'word', name: meaning.name };
    case 'unknown':
    case 'parameter':
      return ctx.giveUp();
    default:
      return assertNever(meaning);
  }
}

function declarationValue(declaration: NamedDeclaration): Evaluated {
  if (isMethod(declaration)) return { kind: 'method', declaration };
  return declaration.kind === 'block' ? { kind: 'block', declaration } : { kind: 'model', declaration };
}

function wordValue(name: string): Evaluated {
  const word = words.get(name);
  invariant(word, `${name} is no word of the language`);
  return isConstantWord(word) ? word.constant : { kind: 'builtin', name, word };
}

function member(ctx: Context, e: Member, scope: Scope): Evaluated {
  const object = ctx.need(e.object, scope);
  const name = e.property.name;
  const members = membersOf(object);
  if (Object.hasOwn(members, name)) return members[name];
  const known = Object.keys(members);
  return ctx.fail('unknown-member', e.property.span, {
    member: name,
    of: describe(object),
    suggestion: suggest(name, known).join(' or '),
    members: known.length > 0 ? `It has ${known.join(', ')}.` : '',
  });
}

function index(ctx: Context, e: Index, scope: Scope): Evaluated {
  const object = ctx.need(e.object, scope);
  const at = ctx.need(e.index, scope);
  if ((object.kind !== 'tuple' && object.kind !== 'list') || at.kind !== 'number' || !at.isInteger) {
    return ctx.fail('operator-kinds', e.span, { operator: '[ ]', left: describe(object), right: describe(at) });
  }
  const item = object.items[at.value];
  return item ?? ctx.fail('index-out-of-range', e.index.span, { index: at.value, length: object.items.length });
}

function unary(ctx: Context, e: Unary, scope: Scope): Evaluated {
  const v = ctx.need(e.operand, scope);
  if (e.operator === 'not' && v.kind === 'boolean') return { kind: 'boolean', value: !v.value };
  if (e.operator === '-' && v.kind === 'number') return numberValue(-v.value, v.isInteger);
  if (e.operator === '-' && v.kind === 'dim') return dimValue(mulDims(v.value, -1));
  if (v.kind === 'tensor' && v.classes === null) {
    if (e.operator === '-') return mapTensor((x) => neg(x), asNumbers(v));
    if (v.value.dtype === 'bool') return mapTensor((x) => logicalNot(x), v);
  }
  return ctx.fail('operator-kinds', e.span, { operator: e.operator, left: '', right: describe(v) });
}

/** `e @label`, with `piped` in front of the arguments if it is a stage of a pipe. */
function labelled(ctx: Context, e: Labelled, scope: Scope, piped: Passed | null): Evaluated {
  const label = e.label.name;
  const v = piped ? stage(ctx, e.value, scope, { piped, label }) : ctx.evaluate(e.value, scope, label);
  recordModule(ctx, e, v, label);
  return v;
}

function recordModule(ctx: Context, e: Labelled, v: Evaluated, label: string): void {
  if (ctx.isAgain) return;
  const path = ctx.scopePath ? `${ctx.scopePath}.${label}` : label;
  const outputs = v.kind === 'tuple' ? v.items : [v];
  const tensors = outputs.flatMap((item) => (item.kind === 'tensor' ? [asNumbers(item).value] : []));
  if (tensors.length > 0) ctx.modules.push({ path, callee: calleeName(e.value), output: tensors[0] });
  if (v.kind === 'tensor') ctx.taps[path] = tensors[0];
}

function calleeName(e: Expression): string {
  switch (e.kind) {
    case 'call':
      return calleeName(e.callee);
    case 'name':
      return e.name;
    case 'repeat':
      return calleeName(e.stage);
    case 'labelled':
      return calleeName(e.value);
    case 'lambda':
      return calleeName(e.body);
    default:
      return e.kind;
  }
}

function pipe(ctx: Context, e: Pipe, scope: Scope): Evaluated {
  const value = ctx.need(e.value, scope);
  const piped: Passed = { name: null, value, span: e.value.span };
  return e.stage.kind === 'labelled'
    ? labelled(ctx, e.stage, scope, piped)
    : stage(ctx, e.stage, scope, { piped, label: null });
}

/** One stage of a pipe: a call gets the piped value as its first argument; a tuple is spread over a function's parameters. */
function stage(ctx: Context, e: Expression, scope: Scope, placing: Placing<Passed>): Evaluated {
  switch (e.kind) {
    case 'call':
      return call(ctx, e, scope, placing);
    case 'repeat':
      return repeat(ctx, e, scope, placing);
    case 'labelled':
      return labelled(ctx, e, scope, placing.piped);
    default: {
      const callee = ctx.need(e, scope);
      return applyCallee(ctx, { callee, args: [placing.piped], site: e }, placing.label);
    }
  }
}

function repeat(ctx: Context, e: Repeat, scope: Scope, { piped, label }: Placing<Passed>): Evaluated {
  const count = ctx.need(e.count, scope);
  if (count.kind !== 'number' || !count.isInteger || count.value < 0)
    return ctx.fail('repeat-count', e.count.span, { found: describe(count) });
  let state = piped.value;
  for (let i = 0; i < count.value; i++) {
    ctx.step(e.span);
    const counted = ctx.budget.counted;
    const inner = new Scope(scope);
    if (e.index) inner.bind(e.index.name, numberValue(i), e.index.span);
    const before = state;
    const at = { ...piped, value: before };
    state = ctx.under(label, () => {
      if (label !== null) ctx.turns.push(`${ctx.scopePath}.${i}`);
      const result = stage(ctx, e.stage, inner, { piped: at, label: String(i) });
      if (label !== null) recordCopy(ctx, e, result, i);
      return result;
    });
    if (state.kind === 'poison') throw new Poisoned();
    // Each turn has its own labels, so another turn from a value like that before this one would only repeat it, at the same cost.
    if (ctx.isBrief && !e.index && areAlike(before, state)) {
      ctx.skip(e.stage.span, (count.value - i - 1) * (ctx.budget.counted - counted));
      break;
    }
  }
  return state;
}

/** Whether one value can take the place of the other without any check giving a different result. */
function areAlike(a: Evaluated, b: Evaluated): boolean {
  if (a.kind === 'tuple' && b.kind === 'tuple')
    return a.items.length === b.items.length && a.items.every((item, i) => areAlike(item, b.items[i]));
  if (a.kind !== 'tensor' || b.kind !== 'tensor') return false;
  const same = a.batched === b.batched && a.value.dtype === b.value.dtype && a.classes === b.classes;
  return same && formatShape(a.shape) === formatShape(b.shape);
}

function recordCopy(ctx: Context, e: Repeat, v: Evaluated, i: number): void {
  const span: Span = e.stage.span;
  recordModule(ctx, { kind: 'labelled', span, value: e.stage, label: { name: String(i), span } }, v, String(i));
}

function conditional(ctx: Context, e: IfExpression, scope: Scope): Evaluated {
  return ctx.evaluateBody(condition(ctx, e.condition, scope) ? e.then : e.otherwise, new Scope(scope)) ?? poison;
}

/** The value of a condition: a static Bool, or a comparison that the step of a walk decides. */
export function condition(ctx: Context, e: Expression, scope: Scope): boolean {
  const v = ctx.need(e, scope);
  if (v.kind === 'boolean') return v.value;
  return ctx.decide?.(v) ?? ctx.fail('condition-not-static', e.span, { found: describe(v) });
}
