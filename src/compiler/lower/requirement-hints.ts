/** Hints for broken requirements: the model is built again with other values, and the hint lists those that work. */
import { sourceOf } from '../bind/signature';
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { Span } from '../source';
import type { Expression, Parameter } from '../syntax/ast';
import { candidates } from './candidates';
import type { Context } from './context';
import type { Scope } from './scope';
import { formatStatic, type Evaluated } from './values';

export interface BrokenRequirement {
  readonly condition: Expression;
  readonly scope: Scope;
  /** The call of the block that contains the requirement; null in a model. */
  readonly call: Span | null;
  /** The place where the requirement was reported. */
  readonly span: Span;
  /** For a condition `a % b == 0`: the text of b, with a and its value. */
  readonly wholes: ReadonlyMap<string, { readonly text: string; readonly value: number }>;
}

/** Another value for an argument of a call, or for a hyper-parameter of the model if `call` is null. */
export interface Change {
  readonly call: Span | null;
  readonly name: string;
  readonly value: Evaluated;
  /** The condition after which the trial ends, for a model, which checks each of its conditions once. Null to build all. */
  readonly until: Span | null;
}

/** A parameter that could be given another value. */
interface Knob {
  readonly call: Span | null;
  readonly parameter: Parameter;
  readonly value: Evaluated;
}

type Try = (change: Change) => Context;

const mostRequirements = 4;
const mostKnobs = 2;
const mostValues = 8;

/** The reported diagnostics, with hints for broken requirements. */
export function withHints(ctx: Context, tryChange: Try): readonly Diagnostic[] {
  const known = new Set(errorsOf(ctx.diagnostics));
  const hints = new Map<Diagnostic, string>();
  for (const d of ctx.diagnostics) {
    if (d.code !== 'require-failed' || hints.size === mostRequirements) continue;
    const broken = ctx.broken.find((b) => b.span === d.span && b.condition.span === d.related[0]?.span);
    if (broken) hints.set(d, hintFor(ctx, broken, known, tryChange));
  }
  return ctx.diagnostics.map((d) => {
    const hint = hints.get(d);
    return hint ? { ...d, hint } : d;
  });
}

function hintFor(ctx: Context, broken: BrokenRequirement, known: ReadonlySet<string>, tryChange: Try): string {
  const named = namesIn(sourceOf(broken.condition));
  const knobs = knobsOf(ctx, broken);
  const isNamed = (k: Knob): boolean => named.includes(k.parameter.name.name);
  const rank = (k: Knob): number => -named.lastIndexOf(k.parameter.name.name);
  const [mentioned, others] = [
    knobs.filter(isNamed).sort((a, b) => rank(a) - rank(b)),
    knobs.filter((k) => !isNamed(k)),
  ];
  return told(mentioned, mostKnobs) || told(others, 1);

  function told(from: readonly Knob[], most: number): string {
    const found: string[] = [];
    for (const knob of from) {
      const values = found.length < most ? valuesFor(knob, broken, known, tryChange) : [];
      if (values.length > 0) found.push(describeValues(knob, broken, values));
    }
    return found.join(' ');
  }
}

/** Literal arguments of the call first, then the model's hyper-parameters. */
function knobsOf(ctx: Context, { scope, call }: BrokenRequirement): readonly Knob[] {
  const written = call ? parametersOf(scope, call).filter(isLiteral) : [];
  return [...written, ...(ctx.modelScope ? parametersOf(ctx.modelScope, null) : [])];
}

function parametersOf(scope: Scope, call: Span | null): Knob[] {
  if (scope.parameters.length === 0) return scope.parent ? parametersOf(scope.parent, call) : [];
  return scope.parameters.flatMap((parameter) => {
    const bound = scope.lookup(parameter.name.name);
    return bound ? [{ call, parameter, value: bound.value, span: bound.span }] : [];
  });
}

function isLiteral({ value, span }: Knob & { readonly span?: Span }): boolean {
  return span !== undefined && span.source.text.slice(span.start, span.end) === formatStatic(value);
}

/**
 * Values with which the requirement holds, nearest first; if some cause no other error, only those. Values that divide what the
 * requirement divides come before others, and alone if one of them is sound: they are few, and what is meant.
 */
function valuesFor(knob: Knob, broken: BrokenRequirement, known: ReadonlySet<string>, tryChange: Try): Evaluated[] {
  const sound: Evaluated[] = [];
  const holding: Evaluated[] = [];
  const { span } = broken.condition;
  const until = broken.call ? null : span;
  const all = candidates(knob.value, knob.parameter.type, broken.condition);
  const divisors = all.filter((value) => dividesWhole(value, knob, broken));
  const others = all.filter((value) => !divisors.includes(value));
  for (const value of [...divisors, ...others]) {
    if (value === others[0] && sound.length > 0) break;
    const trial = tryChange({ call: knob.call, name: knob.parameter.name.name, value, until });
    if (trial.diagnostics.some((d) => d.code === 'size-limit')) break;
    if (!trial.held.has(span) || trial.broken.some((b) => b.condition.span === span)) continue;
    (errorsOf(trial.diagnostics).every((e) => known.has(e)) ? sound : holding).push(value);
    if (sound.length === mostValues) break;
  }
  return (sound.length > 0 ? sound : holding).slice(0, mostValues);
}

function dividesWhole(value: Evaluated, { parameter }: Knob, { wholes }: BrokenRequirement): boolean {
  const whole = wholes.get(parameter.name.name);
  const number = value.kind === 'number' ? value.value : value.kind === 'ratio' && value.right === 1 ? value.left : 0;
  return whole !== undefined && number > 0 && whole.value % number === 0;
}

function describeValues(knob: Knob, broken: BrokenRequirement, values: readonly Evaluated[]): string {
  const name = knob.parameter.name.name;
  const whole = broken.wholes.get(name);
  const divide = whole && values.every((value) => dividesWhole(value, knob, broken));
  const what = `${name}${knob.call ? ' in this call' : ''} that ${divide ? `divide ${whole.text} = ${whole.value}` : 'meet this'}`;
  return `Values of ${what}, nearest first: ${values.map(formatStatic).join(', ')}.`;
}

function namesIn(text: string): readonly string[] {
  return text.match(/[A-Za-z_]\w*/g) ?? [];
}

function errorsOf(found: readonly Diagnostic[]): string[] {
  return found.flatMap((d) => (d.severity === 'error' ? [`${d.code} ${d.span.source.path} ${d.span.start}`] : []));
}
