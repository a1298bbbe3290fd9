/** The common part of objectives, optimisers, solvers and guidances of the language: a declaration, and the call that names it. */
// Tested by test/diagnostics/cases.test.ts.
import { bindCall, type Bound } from '../bind/bind-call';
import type { Names } from '../bind/names';
import { declaredSignature } from '../bind/signature';
import type { Expression, MethodDeclaration } from '../syntax/ast';
import type { Passed } from './calls';
import { Poisoned, type Context } from './context';
import { Scope } from './scope';
import { conform } from './types';
import { poison, type Evaluated } from './values';

/** A declaration and the call by which a recipe names it: `mean_flow`, or `mean_flow(equal: 0.5)`. */
export interface MethodCall<D extends MethodDeclaration = MethodDeclaration> {
  readonly declaration: D;
  readonly call: Expression;
  readonly names: Names;
  /** The hyper-parameters that the arguments may use; none in a text that a recipe keeps, which has their values. */
  readonly hyperparameters?: Scope;
}

/** Binds the parameters to the values of the recipe; `known` are values that replace the written ones. */
export function bindParameters(
  ctx: Context,
  { declaration, call, names, hyperparameters = new Scope() }: MethodCall,
  scope: Scope,
  known: { readonly [name: string]: Evaluated } = {},
): void {
  const { parameters, name } = declaration;
  const args = (call.kind === 'call' ? call.args : []).map((a): Passed => ({
    name: a.name,
    value: a.name && Object.hasOwn(known, a.name.name) ? poison : ctx.evaluate(a.value, hyperparameters),
    span: a.value.span,
  }));
  const given = matched(
    ctx,
    bindCall(declaredSignature(name.name, parameters), args, call.span),
    names.matchOf(call)?.failed,
  );
  for (const p of parameters) {
    if (Object.hasOwn(known, p.name.name)) {
      scope.bind(p.name.name, known[p.name.name], p.span);
      continue;
    }
    const written = given.get(p.name.name);
    const value = written?.value ?? (p.default ? ctx.evaluate(p.default, scope) : poison);
    const span = written?.span ?? p.default?.span ?? call.span;
    const what = `\`${p.name.name}\` of ${name.name}`;
    const { type } = p;
    const conformed =
      value.kind === 'poison' || !type ? value : ctx.guard(() => conform(ctx, value, { what, type, scope, span }));
    scope.bind(p.name.name, conformed, span);
  }
}

function matched(ctx: Context, bound: Bound<Passed>, isReported: boolean | undefined): Bound<Passed>['given'] {
  if (isReported) ctx.giveUp();
  for (const d of bound.diagnostics) ctx.add(d);
  if (bound.diagnostics.length > 0) throw new Poisoned();
  return bound.given;
}
