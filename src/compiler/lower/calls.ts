/** Calls: binds arguments to parameters, then runs a block's body, a function, or a word of the language. */
// Tested by test/specs/shipped.test.ts.
import { largestSize } from '../bind/number-range';
import { bindCall, type Bound, type Given } from '../bind/bind-call';
import { invariant, held } from '../invariant';
import { declaredSignature, formatType, lambdaSignature, type Signature } from '../bind/signature';
import { inScope } from '../ir/graph';
import type { BlockDeclaration, Call, Expression, Parameter } from '../syntax/ast';
import type { Span } from '../source';
import { Poisoned, type Context } from './context';
import { Scope } from './scope';
import { conform, unify } from './types';
import {
  describe,
  poison,
  type BlockValue,
  type Evaluated,
  type LambdaValue,
  type RecomputedValue,
  type SharedValue,
} from './values';
import { Arguments, type Word } from './words/word';
import { formatDim, formatShape } from '../ir/dims';

/** A value with the place where it was written, and its name if it is given by name. */
export interface Passed extends Given {
  readonly value: Evaluated;
}

/** The value that is piped into a call, and the label that its weights are under. */
export interface Placing<P extends Passed | null = Passed | null> {
  readonly piped: P;
  readonly label: string | null;
}

/** `callee(args)`, the piped value before the written arguments. Arguments use the outer path, the callee the path with the label. */
export function call(ctx: Context, e: Call, scope: Scope, { piped, label }: Placing): Evaluated {
  const callee = ctx.need(e.callee, scope);
  const args = e.args.map((a): Passed => ({
    name: a.name,
    value: ctx.evaluate(a.value, scope),
    span: a.value.span,
  }));
  return applyCallee(ctx, { callee, args: piped ? [piped, ...args] : args, site: e }, label);
}

/** A callee and its arguments; `site` is where the call is written. */
export interface Application {
  readonly callee: Evaluated;
  readonly args: readonly Passed[];
  readonly site: Expression;
}

export function applyCallee(ctx: Context, application: Application, label: string | null): Evaluated {
  const { callee, site } = application;
  const run = (): Evaluated => {
    switch (callee.kind) {
      case 'block':
        return applyBlock(ctx, callee, application);
      case 'lambda':
        return applyLambda(ctx, callee, application);
      case 'builtin':
        return applyWord(ctx, callee.word, application);
      case 'shared':
        return applyShared(ctx, callee, application);
      case 'recomputed':
        return applyRecomputed(ctx, callee, application, label);
      default:
        return ctx.fail('not-callable', site.span, { found: describe(callee), local: localCallee(ctx, site) });
    }
  };
  return ctx.under(label, () => inScope(ctx.scopePath, run));
}

/** The weights live under the path where `shared(f)` was written, whatever label the call has. */
function applyShared(ctx: Context, { callee, place }: SharedValue, application: Application): Evaluated {
  return ctx.atShared(place, () => inScope(ctx.scopePath, () => applyCallee(ctx, { ...application, callee }, null)));
}

/** The label of the call names the part that is computed again, as a turn of a repetition does. */
function applyRecomputed(
  ctx: Context,
  { callee }: RecomputedValue,
  application: Application,
  label: string | null,
): Evaluated {
  if (label === null) return ctx.fail('recomputed-unlabelled', application.site.span, {});
  ctx.turns.push(ctx.scopePath);
  return applyCallee(ctx, { ...application, callee }, null);
}

/** The name that is called, if the body itself binds it. */
function localCallee(ctx: Context, site: Expression): string | undefined {
  const callee = site.kind === 'call' ? site.callee : site;
  const isLocal = callee.kind === 'name' && ctx.names.meaningOf(callee).kind === 'local';
  return isLocal ? callee.name : undefined;
}

// Well inside of what the stack of Node has room for, so that it is the same everywhere.
const deepestCall = 150;

function applyBlock(ctx: Context, { declaration }: BlockValue, application: Application): Evaluated {
  const { span } = application.site;
  const name = declaration.name.name;
  const { given } = matched(ctx, () => declaredSignature(name, declaration.parameters), application);
  if (ctx.depth > deepestCall) ctx.exhaust({ what: 'calls inside calls', limit: deepestCall });
  const scope = new Scope(null, declaration.parameters);
  const entered = { block: declaration, scope, span };
  const bound = declaration.parameters.map((p) => bindParameter(ctx, entered, p, given.get(p.name.name)));
  if (bound.includes(false)) throw new Poisoned();
  const trail = { span, message: `in block ${name}, called here` };
  const evaluate = (): Evaluated => ctx.within(trail, () => ctx.evaluateBody(declaration.body, scope)) ?? poison;
  const result = ctx.isBrief ? evaluate() : ctx.trace.call(declaration, ctx.scopePath, scope, evaluate);
  if (result.kind === 'poison') return poison;
  return checkResult(ctx, entered, result);
}

/**
 * The arguments by parameter; leaves the call if some do not match. A callee that is called by its name was matched when names were
 * bound; a function that was passed as a value is matched here.
 */
function matched(ctx: Context, signature: () => Signature, { args, site }: Application): Bound<Passed> {
  const match = ctx.names.matchOf(site);
  if (match?.failed) ctx.giveUp();
  if (match) {
    const given = new Map([...match.given].map(([name, at]) => [name, args[at]]));
    return { given, rest: match.rest.map((at) => args[at]), extra: match.extra.map((at) => args[at]), diagnostics: [] };
  }
  const bound = bindCall(signature(), args, site.span);
  for (const d of bound.diagnostics) ctx.add(d);
  if (bound.diagnostics.length > 0) throw new Poisoned();
  return bound;
}

/** A block that is being run, with the scope of its names and the place of its call. */
interface EnteredBlock {
  readonly block: BlockDeclaration;
  readonly scope: Scope;
  readonly span: Span;
}

/** Binds one parameter; false when its value is wrong. */
function bindParameter(
  ctx: Context,
  { block, scope, span }: EnteredBlock,
  p: Parameter,
  given: Passed | undefined,
): boolean {
  const written = given ? given.value : p.default ? ctx.evaluate(p.default, scope) : poison;
  const value = ctx.changed(span, p.name.name) ?? written;
  const at = given?.span ?? p.default?.span ?? span;
  const what = `\`${p.name.name}\` of ${block.name.name}`;
  const { type } = p;
  const conformed =
    value.kind === 'poison' || !type ? value : ctx.guard(() => conform(ctx, value, { what, type, scope, span: at }));
  scope.bind(p.name.name, conformed, at);
  if (conformed.kind === 'poison') poisonDims(p, scope);
  return conformed.kind !== 'poison';
}

/** Sizes that a wrong tensor would have bound become unknown, so that they are not reported as missing. */
function poisonDims(p: Parameter, scope: Scope): void {
  if (p.type?.kind !== 'tensor-type') return;
  for (const e of p.type.dims) {
    if (e.kind === 'name' && !scope.own.has(e.name)) scope.bind(e.name, poison, e.span);
  }
}

function checkResult(ctx: Context, { block, scope, span }: EnteredBlock, result: Evaluated): Evaluated {
  const type = block.result;
  if (!type) return result;
  const items = type.kind === 'tuple-type' ? type.items : [type];
  const values = type.kind === 'tuple-type' && result.kind === 'tuple' ? result.items : [result];
  items.forEach((t, i) => {
    const v = values[i];
    const tensorWanted = t.kind === 'tensor-type';
    const reason = !v
      ? 'a value is missing'
      : tensorWanted && v.kind === 'tensor'
        ? unify(ctx, t, v.shape, scope)
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

function applyLambda(ctx: Context, f: LambdaValue, application: Application): Evaluated {
  const { parameters, body } = f.lambda;
  const args = spread(application.args, parameters.length);
  const { given } = matched(ctx, () => lambdaSignature(f.lambda), { ...application, args });
  const scope = new Scope(f.scope);
  for (const p of parameters) scope.bind(p.name, held(given, p.name).value, p.span);
  return ctx.evaluate(body, scope);
}

/** A tuple that is the only argument is spread over several parameters. */
function spread(args: readonly Passed[], count: number): readonly Passed[] {
  const [first] = args;
  if (args.length !== 1 || first.name || first.value.kind !== 'tuple' || count < 2) return args;
  return first.value.items.map((value) => ({ ...first, value }));
}

function applyWord(ctx: Context, called: Word, application: Application): Evaluated {
  if (application.args.some((a) => a.value.kind === 'poison')) throw new Poisoned();
  const { signature, makesWeights } = called;
  const before = ctx.weights.size;
  const bound = matched(ctx, () => signature, application);
  const result = called.apply(ctx, new Arguments(ctx, signature, application.site.span, bound));
  invariant(makesWeights || ctx.weights.size === before, `${signature.callee} is not declared to make weights`);
  limitAxes(ctx, result, application.site.span);
  return result;
}

/** Refuses a tensor with an axis longer than backends can count. */
function limitAxes(ctx: Context, result: Evaluated, span: Span): void {
  if (result.kind !== 'tensor') return;
  const long = result.shape.find((size) => typeof size === 'number' && size > largestSize);
  if (long === undefined) return;
  const what = `An axis of the result, ${formatShape(result.shape)},`;
  ctx.fail('size-limit', span, { what, found: `${formatDim(long)} numbers long`, limit: `${largestSize}` });
}
