/** Calls: binds arguments to parameters, then runs a block's body, a function, or a word of the language. */
import { suggest } from '../diagnostics/suggest';
import { inScope } from '../ir/graph';
import type { BlockDeclaration, Call, Parameter } from '../syntax/ast';
import type { Span } from '../source';
import { Poisoned, type Context } from './context';
import { evaluate, need } from './expressions';
import { fileScope } from './files';
import { Scope } from './scope';
import { formatType, signatureOf } from './signatures';
import { evaluateBody } from './statements';
import { conform, unify } from './types';
import { describe, poison, type BlockValue, type Evaluated, type LambdaValue } from './values';
import { Arguments, type GivenArgument, type Word } from './words/word';
import { formatShape } from '../ir/dims';

/** A value with the place it was written. */
export interface Passed {
  readonly value: Evaluated;
  readonly span: Span;
}
export interface NamedPassed extends Passed {
  readonly name: string;
  readonly nameSpan: Span;
}

/** `callee(args)`, with `first` before the written arguments. Arguments see the outer path, the callee the label's. */
export function call(ctx: Context, e: Call, scope: Scope, first: readonly Passed[], label: string | null): Evaluated {
  const callee = need(ctx, e.callee, scope);
  const positional: Passed[] = [...first];
  const named: NamedPassed[] = [];
  for (const a of e.args) {
    const value = evaluate(ctx, a.value, scope);
    if (a.name) named.push({ name: a.name.name, nameSpan: a.name.span, value, span: a.value.span });
    else positional.push({ value, span: a.value.span });
  }
  return applyCallee(ctx, callee, positional, named, e.span, label);
}

export function applyCallee(
  ctx: Context,
  callee: Evaluated,
  positional: readonly Passed[],
  named: readonly NamedPassed[],
  span: Span,
  label: string | null,
): Evaluated {
  const run = (): Evaluated => {
    switch (callee.kind) {
      case 'block':
        return applyBlock(ctx, callee, positional, named, span);
      case 'lambda':
        return applyLambda(ctx, callee, positional, span);
      case 'builtin':
        return applyWord(ctx, callee.word, callee.name, positional, named, span);
      default:
        return ctx.fail('not-callable', span, { found: describe(callee) });
    }
  };
  return ctx.under(label, () => inScope(ctx.scopePath, run));
}

const deepestCall = 200;

function applyBlock(
  ctx: Context,
  block: BlockValue,
  positional: readonly Passed[],
  named: readonly NamedPassed[],
  span: Span,
): Evaluated {
  const { declaration } = block;
  const name = declaration.name.name;
  const given = matchArguments(ctx, name, declaration.parameters, positional, named, span);
  if (ctx.depth > deepestCall)
    ctx.fail('size-limit', span, {
      what: 'The depth of calls',
      found: `over ${deepestCall}`,
      limit: String(deepestCall),
    });
  const scope = new Scope(fileScope(block.file));
  const bound = declaration.parameters.map((p) => bindParameter(ctx, name, p, given.get(p.name.name), scope, span));
  if (bound.includes(false)) throw new Poisoned();
  const trail = { span, message: `in block ${name}, called here` };
  const result = ctx.within(trail, () => evaluateBody(ctx, declaration.body, scope)) ?? poison;
  if (result.kind === 'poison') return poison;
  return checkResult(ctx, declaration, result, scope, span);
}

/** Arguments by parameter name; reports those that are unknown or too many. */
function matchArguments(
  ctx: Context,
  callee: string,
  parameters: readonly Parameter[],
  positional: readonly Passed[],
  named: readonly NamedPassed[],
  span: Span,
): Map<string, Passed> {
  const names = parameters.map((p) => p.name.name);
  const signature = signatureOf(callee, parameters);
  const given = new Map<string, Passed>();
  positional.forEach((a, i) => {
    if (i < names.length) given.set(names[i], a);
    else reportExtra(ctx, { callee, signature }, a, i);
  });
  for (const a of named) {
    if (names.includes(a.name)) given.set(a.name, a);
    else reportUnknown(ctx, { callee, signature }, a, names);
  }
  if (given.size < positional.length + named.length) throw new Poisoned();
  for (const p of parameters) {
    if (given.has(p.name.name) || p.default) continue;
    ctx.fail('missing-argument', span, { callee, argument: p.name.name, signature }, p.span);
  }
  return given;
}

/** What was called, as its declaration reads. */
interface Called {
  readonly callee: string;
  readonly signature: string;
}

/** Reports a positional argument that no parameter takes; `index` counts from 0. */
function reportExtra(ctx: Context, called: Called, a: Passed, index: number): void {
  ctx.report('unexpected-argument', a.span, { ...called, argument: `argument number ${index + 1}`, suggestion: '' });
}

/** Reports a named argument that is none of `names`. */
function reportUnknown(ctx: Context, called: Called, a: NamedPassed, names: readonly string[]): void {
  const suggestion = suggest(a.name, names).join(' or ');
  ctx.report('unexpected-argument', a.nameSpan, { ...called, argument: `argument \`${a.name}\``, suggestion });
}

/** Binds one parameter; false when its value is wrong. */
function bindParameter(
  ctx: Context,
  callee: string,
  p: Parameter,
  given: Passed | undefined,
  scope: Scope,
  span: Span,
): boolean {
  const evaluateIn = (x: Parameters<typeof evaluate>[1], s: Scope): Evaluated => evaluate(ctx, x, s);
  const value = given ? given.value : p.default ? evaluate(ctx, p.default, scope) : poison;
  const at = given?.span ?? p.default?.span ?? span;
  const what = `\`${p.name.name}\` of ${callee}`;
  const conformed =
    value.kind === 'poison' || !p.type
      ? value
      : ctx.guard(() => conform(ctx, value, { what, type: p.type!, scope, span: at }, evaluateIn));
  scope.bind(p.name.name, conformed, at);
  if (conformed.kind === 'poison') poisonDims(p, scope);
  return conformed.kind !== 'poison';
}

/** The sizes a wrong tensor would have given are unknown, not missing. */
function poisonDims(p: Parameter, scope: Scope): void {
  if (p.type?.kind !== 'tensor-type') return;
  for (const e of p.type.dims) {
    if (e.kind === 'name' && !scope.own.has(e.name)) scope.bind(e.name, poison, e.span);
  }
}

function checkResult(ctx: Context, block: BlockDeclaration, result: Evaluated, scope: Scope, span: Span): Evaluated {
  const type = block.result;
  if (!type) return result;
  const evaluateIn = (x: Parameters<typeof evaluate>[1], s: Scope): Evaluated => evaluate(ctx, x, s);
  const items = type.kind === 'tuple-type' ? type.items : [type];
  const values = type.kind === 'tuple-type' && result.kind === 'tuple' ? result.items : [result];
  items.forEach((t, i) => {
    const v = values[i];
    const tensorWanted = t.kind === 'tensor-type';
    const reason = !v
      ? 'a value is missing'
      : tensorWanted && v.kind === 'tensor'
        ? unify(t, v.shape, scope, evaluateIn)
        : tensorWanted
          ? `it is ${describe(v)}`
          : null;
    if (!reason) return;
    const found = v?.kind === 'tensor' ? formatShape(v.shape) : v ? describe(v) : 'nothing';
    const facts = { block: block.name.name, expected: formatType(t), found, reason };
    ctx.within({ span, message: `in block ${block.name.name}, called here` }, () =>
      ctx.fail('result-shape', block.body.result?.span ?? block.name.span, facts, t.span),
    );
  });
  return result;
}

function applyLambda(ctx: Context, f: LambdaValue, positional: readonly Passed[], span: Span): Evaluated {
  const { parameters, body } = f.lambda;
  const given =
    positional.length === 1 && positional[0].value.kind === 'tuple' && parameters.length > 1
      ? positional[0].value.items
      : positional.map((a) => a.value);
  if (given.length !== parameters.length) {
    return ctx.fail('tuple-arity', span, { expected: parameters.length, found: `${given.length} values` });
  }
  const scope = new Scope(f.scope);
  parameters.forEach((p, i) => scope.bind(p.name, given[i], p.span));
  return evaluate(ctx, body, scope);
}

function applyWord(
  ctx: Context,
  word: Word,
  name: string,
  positional: readonly Passed[],
  named: readonly NamedPassed[],
  span: Span,
): Evaluated {
  if ([...positional, ...named].some((a) => a.value.kind === 'poison')) throw new Poisoned();
  const called: Called = { callee: name, signature: word.signature };
  const names = word.parameters.map((p) => p.name);
  // A variadic word without required parameters takes all positional arguments as its rest.
  const slots = word.variadic && !word.parameters.some((p) => p.required) ? [] : names;
  const given = new Map<string, GivenArgument>();
  const rest: GivenArgument[] = [];
  positional.forEach((a, i) => {
    if (i < slots.length) given.set(slots[i], a);
    else if (word.variadic) rest.push(a);
    else reportExtra(ctx, called, a, i);
  });
  const extra: NamedPassed[] = [];
  for (const a of named) {
    // An axis of a pattern may have the name of a parameter that is already given by position.
    if (names.includes(a.name) && !(word.variadic && given.has(a.name))) given.set(a.name, a);
    else if (word.variadic) extra.push(a);
    else reportUnknown(ctx, called, a, names);
  }
  const missing = word.parameters.find((p) => p.required && !given.has(p.name));
  if (missing) ctx.fail('missing-argument', span, { callee: name, argument: missing.name, signature: word.signature });
  return word.apply(ctx, new Arguments(ctx, name, span, given, rest, extra));
}
