/** What would meet a requirement that is not met: values for the names in it, each found by trying the whole condition with it. */
import { sourceOf } from '../bind/signature';
import type { Span } from '../source';
import type { Expression, Member, Name } from '../syntax/ast';
import { Budget, Exhausted } from './budget';
import { Context } from './context';
import { evaluate } from './expressions';
import type { Scope } from './scope';
import { divisors } from './sizes';
import { formatStatic, numberValue, type Evaluated } from './values';

/** How far from a number, and from the sides of a Size, others are tried; and what that may cost. */
const [reach, sideReach, mostSteps] = [256, 16, 100_000];

/** A name or member of a condition, and what it is. */
interface Term {
  readonly text: string;
  readonly value: Evaluated;
}

/** A hint with values that meet the condition; empty where none is found near by. */
export function remedy(ctx: Context, condition: Expression, scope: Scope): string {
  const trial = new Context(ctx.choiceWords, null, new Budget(mostSteps));
  try {
    const terms = termsOf(condition)
      .map((e) => ({ text: sourceOf(e), value: evaluate(trial, e, scope), of: e.kind === 'member' ? e.object : null }))
      .filter(({ of }) => of === null || evaluate(trial, of, scope).kind === 'ratio');
    const meets = (term: Term, value: Expression): boolean =>
      holds(trial, replaced(condition, term.text, value), scope);
    return (
      dividing(condition, terms, meets, trial, scope) ||
      sentence(terms.map((t) => [t.text, nearest(t.value, (v) => meets(t, literal(v, condition.span)))] as const))
    );
  } catch (e) {
    if (e instanceof Exhausted) return '';
    throw e;
  }
}

function sentence(found: readonly (readonly [text: string, values: readonly string[]])[]): string {
  const some = found.filter(([, values]) => values.length > 0).slice(0, 2);
  return some.length === 0 ? '' : `It holds for ${some.map(([t, v]) => `${t} = ${v.join(' or ')}`).join(', or for ')}.`;
}

/** For `a % b == 0`, alone or beside other conditions: the b that divide a and meet the rest. */
function dividing(
  condition: Expression,
  terms: readonly Term[],
  meets: (term: Term, value: Expression) => boolean,
  trial: Context,
  scope: Scope,
): string {
  for (const remainder of remaindersOf(condition)) {
    const whole = evaluate(trial, remainder.left, scope);
    const term = terms.find(({ text }) => text === sourceOf(remainder.right));
    if (!term || whole.kind !== 'number' || !(whole.value >= 1)) continue;
    const { value } = term;
    if (value.kind !== 'number' && value.kind !== 'ratio') continue;
    const given = value.kind === 'ratio' ? value.left : value.value;
    const near = divisors(whole.value)
      .sort((p, q) => Math.abs(p - given) - Math.abs(q - given))
      .slice(0, 64)
      .filter((d) =>
        meets(term, literal(value.kind === 'ratio' ? { ...value, left: d, right: 1 } : numberValue(d), condition.span)),
      )
      .slice(0, 8)
      .sort((p, q) => p - q);
    const written = near.map((d) => (value.kind === 'ratio' ? `${d}:1` : d)).join(', ');
    const divided = remainder.left.kind === 'number' ? '' : `${sourceOf(remainder.left)} = `;
    if (written) return `Values of ${term.text} that divide ${divided}${whole.value}: ${written}.`;
  }
  return '';
}

function remaindersOf(e: Expression): { readonly left: Expression; readonly right: Expression }[] {
  if (e.kind !== 'binary') return [];
  if (e.operator === 'and' || e.operator === 'or') return [...remaindersOf(e.left), ...remaindersOf(e.right)];
  const isZero = e.right.kind === 'number' && e.right.value === 0;
  return e.operator === '==' && isZero && e.left.kind === 'binary' && e.left.operator === '%' ? [e.left] : [];
}

/** The nearest values, one below and one above, with which the condition holds. */
function nearest(value: Evaluated, meets: (v: Evaluated) => boolean): string[] {
  if (value.kind === 'boolean') return [{ ...value, value: !value.value }].filter(meets).map(formatStatic);
  if (value.kind === 'number' && value.isInteger) {
    const steps = Array.from({ length: reach }, (_, i) => i + 1);
    const tried = (n: number): boolean => n >= Math.min(0, value.value) && meets(numberValue(n));
    const below = steps.map((s) => value.value - s).find(tried);
    const above = steps.map((s) => value.value + s).find(tried);
    return [below, above].filter((n) => n !== undefined).map(String);
  }
  if (value.kind === 'size' && typeof value.height === 'number' && typeof value.width === 'number') {
    return sizesNear(value.height, value.width).filter(meets).slice(0, 1).map(formatStatic);
  }
  return [];
}

/** Sizes by how far they are from one, larger ones first. */
function sizesNear(height: number, width: number): Evaluated[] {
  const moves = Array.from({ length: 2 * sideReach + 1 }, (_, i) => sideReach - i);
  return moves
    .flatMap((dy) => moves.map((dx) => ({ dy, dx, far: Math.abs(dy) + Math.abs(dx) })))
    .sort((a, b) => a.far - b.far)
    .filter(({ dy, dx }) => height + dy >= 1 && width + dx >= 1)
    .map(({ dy, dx }) => ({ kind: 'size', height: height + dy, width: width + dx }));
}

function holds(trial: Context, e: Expression, scope: Scope): boolean {
  const before = trial.diagnostics.length;
  const v = evaluate(trial, e, scope);
  return v.kind === 'boolean' && v.value && trial.diagnostics.length === before;
}

/** Names and members of a condition, each once; of `size.height` also `size`, which is what can be given. */
function termsOf(e: Expression): (Name | Member)[] {
  const all = partsOf(e).filter((p): p is Name | Member => p.kind === 'name' || p.kind === 'member');
  return all.filter((p, i) => all.findIndex((q) => sourceOf(q) === sourceOf(p)) === i);
}

function partsOf(e: Expression): Expression[] {
  switch (e.kind) {
    case 'unary':
      return partsOf(e.operand);
    case 'binary':
      return [...partsOf(e.left), ...partsOf(e.right)];
    case 'member':
      return [e, ...partsOf(e.object)];
    case 'call':
      return e.args.flatMap((a) => partsOf(a.value));
    default:
      return [e];
  }
}

/** A known value as the syntax tree holds it; `missing` for what cannot be written. */
function literal(v: Evaluated, span: Span): Expression {
  if (v.kind === 'number') return { kind: 'number', value: v.value, isInteger: v.isInteger, span };
  if (v.kind === 'boolean') return { ...v, span };
  if (v.kind === 'ratio') {
    const [left, right] = [v.left, v.right].map((n) => literal(numberValue(n), span));
    return { kind: 'binary', operator: ':', left, right, span };
  }
  if (v.kind === 'size' && typeof v.height === 'number' && typeof v.width === 'number') {
    return { kind: 'size', height: v.height, width: v.width, span };
  }
  return { kind: 'missing', span };
}

/** The condition with `value` in place of what is written `text`. */
function replaced(e: Expression, text: string, value: Expression): Expression {
  if ((e.kind === 'name' || e.kind === 'member') && sourceOf(e) === text) return value;
  const inner = (x: Expression): Expression => replaced(x, text, value);
  switch (e.kind) {
    case 'unary':
      return { ...e, operand: inner(e.operand) };
    case 'binary':
      return { ...e, left: inner(e.left), right: inner(e.right) };
    case 'member':
      return { ...e, object: inner(e.object) };
    case 'call':
      return { ...e, args: e.args.map((a) => ({ ...a, value: inner(a.value) })) };
    default:
      return e;
  }
}
