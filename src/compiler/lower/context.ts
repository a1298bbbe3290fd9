/** The state of one elaboration: diagnostics, the path weights are made under, and what the model has declared so far. */
// Tested by test/specs/shipped.test.ts.
import { diagnose, withTrail, type Diagnostic, type Related } from '../diagnostics/diagnostic';
import type { Code, Facts } from '../diagnostics/catalog';
import { Reported } from '../diagnostics/order';
import { formatShape, isStatic, shapesEqual, symbol, type Dim, type Shape } from '../ir/dims';
import { variable, type Initializer, type Value, type Variable } from '../ir/graph';
import type { Names } from '../bind/names';
import type { Span } from '../source';
import type { Body, Expression, Input, Output } from '../syntax/ast';
import type { DeclaredOutput, StatedTime } from './conventions';
import type { MainInputs } from './main-inputs';
import type { ModelInput, ModuleRecord } from './model';
import { Budget, Exhausted } from './budget';
import type { OpenSize, Units } from './open-size';
import type { BrokenRequirement, Change } from './requirement-hints';
import type { Scope } from './scope';
import { Trace } from './trace';
import { poison, type Evaluated } from './values';

/** Thrown after a diagnostic is reported, to leave the expression; caught by `guard`, whose value becomes poison. */
export class Poisoned extends Error {
  /** Records no stack: nobody reads it, and it costs more than most expressions. */
  constructor() {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super();
    Error.stackTraceLimit = stackTraceLimit;
  }
}

/** Evaluates expressions and bodies (`expressions.ts`, `statements.ts`). */
export interface Interpreter {
  readonly expression: (ctx: Context, e: Expression, scope: Scope, label: string | null) => Evaluated;
  readonly body: (ctx: Context, body: Body, scope: Scope) => Evaluated | null;
}

/** How inputs and outputs are declared outside of a model. */
export interface Declarations {
  readonly input: (s: Input, scope: Scope) => Evaluated;
  readonly output: (s: Output, scope: Scope) => void;
}

export interface ContextOptions {
  readonly units?: Units | null;
  /** The limit of the work; a budget of its own by default. */
  readonly budget?: Budget;
  readonly change?: Change | null;
  /** The batch axis of the graph that is already built; a symbol by default. */
  readonly batch?: Dim;
  readonly draws?: Draws | null | 'refused';
}

/** The source of random draws in a train step. */
export interface Draws {
  /** i32 [2]: the seed of the run, and the number of the step. */
  readonly seed: Value;
  /** The number of the stream for the next draw; no other draw has it. */
  readonly nextStream: () => number;
}

/** A function whose weights are made in its first call and used again in the others. */
export interface SharedPlace {
  /** The path that the weights are under. */
  readonly path: readonly string[];
  /** The paths of the weights made so far. */
  readonly made: Set<string>;
  calls: number;
}

/** The name of the variable that counts the steps of a run; no weight may have it. */
export const stepCounterName = 'step';

/** How a weight is made, and by which word. */
interface MadeWeight {
  readonly shape: Shape;
  readonly init: Initializer;
  readonly span: Span;
  readonly role: 'weight' | 'buffer';
}

export class Context {
  readonly diagnostics: Diagnostic[] = [];
  readonly weights = new Map<string, { variable: Variable; span: Span }>();
  readonly modules: ModuleRecord[] = [];
  readonly turns: string[] = [];
  readonly trace = new Trace();
  readonly taps: Record<string, Value> = {};
  /** By name. */
  readonly inputs = new Map<string, ModelInput>();
  readonly outputs: Record<string, Value> = {};
  /** The names that inputs have in programs, by their declarations. */
  readonly inputNames = new Map<Input, string>();
  /** Which inputs are the noisy image and the time. */
  main: MainInputs = { image: null, time: null };
  /** The outputs again, each with the meaning that the spec states for it. */
  readonly predictions: DeclaredOutput[] = [];
  /** How the model counts time; null if it does not say. */
  time: StatedTime | null = null;
  /** The batch axis, which specs never write. */
  readonly batch: Dim;
  /** Whether only diagnostics are wanted and no graph: turns of a repetition that change nothing, and the trace, are then left out. */
  isBrief = false;
  /** Whether something could not be built because of an error that was reported when names were bound. */
  isIncomplete = false;
  /** Called with every value; null if nobody asks for them. */
  observe: ((e: Expression, value: Evaluated) => void) | null = null;
  /** The declarations of an optimiser, a solver or a guidance; null in a model. */
  declarations: Declarations | null = null;
  /** Decides a comparison in the step of a walk that is elaborated; gives null if the step does not determine it. */
  decide: ((condition: Evaluated) => boolean | null) | null = null;
  /** The open sides of the image size, once its hyper-parameter is bound. */
  openSize: OpenSize | null = null;
  /** The scope in which the hyper-parameters are bound. */
  modelScope: Scope | null = null;
  /** The conditions of requirements that held; `broken` are the requirements that did not hold. */
  readonly held = new Set<Span>();
  readonly broken: BrokenRequirement[] = [];
  private readonly reported = new Reported();
  private path: readonly string[] = [];
  /** The shared functions that are being called, outermost first. */
  private sharing: readonly SharedPlace[] = [];
  private calls: readonly Related[] = [];
  /** The expression being evaluated. */
  private place: Span | null = null;

  /** Units of the sides if the image size is left open, null if it is fixed. */
  readonly units: Units | null;
  readonly budget: Budget;
  /** A value that is tried in place of the written one. */
  private readonly change: Change | null;
  /** The draws of a train step; null when a model is built, since each step adds its own draws to the model. */
  readonly draws: Draws | null | 'refused';

  constructor(
    /** What names mean. */
    readonly names: Names,
    /** Evaluates expressions and bodies; it calls this context again for the expressions inside. */
    private readonly interpreter: Interpreter,
    { units = null, budget = new Budget(), change = null, batch = symbol('batch'), draws = null }: ContextOptions = {},
  ) {
    this.units = units;
    this.budget = budget;
    this.change = change;
    this.batch = batch;
    this.draws = draws;
  }

  /** The value of an expression; poison if it is wrong, after the error is reported. A `label` names the weights it makes. */
  evaluate(e: Expression, scope: Scope, label: string | null = null): Evaluated {
    return this.interpreter.expression(this, e, scope, label);
  }

  /** Like `evaluate`, but leaves the surrounding expression if the value is poison. */
  need(e: Expression, scope: Scope): Evaluated {
    const v = this.evaluate(e, scope);
    if (v.kind === 'poison') throw new Poisoned();
    return v;
  }

  /** Runs the statements of a body in `scope`; its value, or null when it has none. */
  evaluateBody(body: Body, scope: Scope): Evaluated | null {
    return this.interpreter.body(this, body, scope);
  }

  /** The value tried for a parameter of a call, or of the model if `call` is null; null if the written value stands. */
  changed(call: Span | null, name: string): Evaluated | null {
    return this.change?.call === call && this.change.name === name ? this.change.value : null;
  }

  /** Notes a condition that held; ends a trial that asks only for this condition. */
  hold(condition: Span): void {
    this.held.add(condition);
    if (this.change?.until === condition) throw new Exhausted();
  }

  /** Counts steps that are left out because they can find nothing new, but that building the model would take. */
  skip(span: Span, steps: number): void {
    this.place = span;
    const shortage = this.budget.skip(steps);
    if (shortage) this.exhaust(shortage);
  }

  /** Counts the evaluation of an expression and `more` steps; leaves the elaboration if there are too many. */
  step(span: Span, more = 0): void {
    this.place = span;
    const shortage = this.budget.take(1 + more);
    if (shortage) this.exhaust(shortage);
  }

  /** Counts numbers of tables that are about to be made. */
  makeNumbers(span: Span, count: number): void {
    this.place = span;
    const shortage = this.budget.takeNumbers(count);
    if (shortage) this.exhaust(shortage);
  }

  /** Reports, at the expression being evaluated, that a limit is exceeded, and leaves the elaboration. */
  exhaust({ what, limit }: { readonly what: string; readonly limit: number | string }): never {
    // The trail of an endless recursion would be too long to read.
    this.calls = this.calls.slice(0, 3);
    if (this.place)
      this.report('size-limit', this.place, {
        what: 'What this unfolds to',
        found: `too many ${what}`,
        limit: `${limit}`,
      });
    throw new Exhausted();
  }

  report<C extends Code>(code: C, span: Span, facts: Facts<C> | (() => Facts<C>), origin: Span | null = null): void {
    this.add(diagnose(code, span, facts, origin));
  }

  /** Reports a diagnostic that was made elsewhere, with the calls that led here. */
  add(found: Diagnostic): void {
    if (this.reported.add(found)) this.diagnostics.push(withTrail(found, this.calls));
  }

  /** Whether something could not be built. */
  get hasFailed(): boolean {
    return this.isIncomplete || this.diagnostics.some((d) => d.severity === 'error');
  }

  /** Leaves the current expression because of an error that was reported when names were bound. */
  giveUp(): never {
    this.isIncomplete = true;
    throw new Poisoned();
  }

  /** Reports and leaves the current expression. */
  fail<C extends Code>(code: C, span: Span, facts: Facts<C> | (() => Facts<C>), origin: Span | null = null): never {
    return this.failWith(diagnose(code, span, facts, origin));
  }

  /** Reports a diagnostic that was made elsewhere, and leaves the current expression. */
  failWith(found: Diagnostic): never {
    this.add(found);
    throw new Poisoned();
  }

  /** The value of `compute`, or poison if it failed. */
  guard(compute: () => Evaluated): Evaluated {
    try {
      return compute();
    } catch (e) {
      if (e instanceof Poisoned) return poison;
      throw e;
    }
  }

  /** A new place for shared weights, under the current path. */
  sharedPlace(): SharedPlace {
    return { path: this.path, made: new Set(), calls: 0 };
  }

  /** Runs a call of the function that is shared at `place`. */
  atShared<T>(place: SharedPlace, build: () => T): T {
    const outer = { path: this.path, sharing: this.sharing };
    [this.path, this.sharing] = [place.path, [...outer.sharing, place]];
    try {
      return build();
    } finally {
      [this.path, this.sharing] = [outer.path, outer.sharing];
      place.calls++;
    }
  }

  /** Whether a shared function runs again with the weights of its first call: the values inside got their names then. */
  get isAgain(): boolean {
    return this.sharing.some((place) => place.calls > 0);
  }

  /** The current module path, `''` at the top of the model. */
  get scopePath(): string {
    return this.path.join('.');
  }

  /** Runs `build` with weights under `label`. */
  under<T>(label: string | null, build: () => T): T {
    if (label === null) return build();
    const outer = this.path;
    this.path = [...outer, label];
    try {
      return build();
    } finally {
      this.path = outer;
    }
  }

  /** Runs `build` with a line for the call added to the trail of every diagnostic. */
  within<T>(call: Related, build: () => T): T {
    const outer = this.calls;
    this.calls = [call, ...outer];
    try {
      return build();
    } finally {
      this.calls = outer;
    }
  }

  get depth(): number {
    return this.calls.length;
  }

  /** The span of the innermost call, null at the top of a model. */
  get callSite(): Span | null {
    return this.calls[0]?.span ?? null;
  }

  /** Reports as if from the caller of the current block. */
  atCaller<T>(act: () => T): T {
    const outer = this.calls;
    this.calls = outer.slice(1);
    try {
      return act();
    } finally {
      this.calls = outer;
    }
  }

  /** Makes the weight `name` under the current path. */
  weight(name: string, shape: Shape, init: Initializer, span: Span): Variable {
    return this.declare([...this.path, name].join('.'), { shape, init, span, role: 'weight' });
  }

  /** Makes a weight whose path is the current one: a parameter that is not part of a layer. */
  parameter(shape: Shape, init: Initializer, span: Span, role: 'weight' | 'buffer' = 'weight'): Variable {
    return this.declare(this.scopePath || 'weight', { shape, init, span, role });
  }

  /** A shared weight that was made before; it must have the same shape in every call. */
  private again(
    earlier: { readonly variable: Variable; readonly span: Span },
    path: string,
    { shape, span }: Pick<MadeWeight, 'shape' | 'span'>,
  ): Variable {
    const { variable: made } = earlier;
    if (shapesEqual(made.shape, shape)) return made;
    const facts = { path, before: formatShape(made.shape), now: formatShape(shape) };
    return this.fail('shared-weight', span, facts, earlier.span);
  }

  private declare(path: string, { shape, init, span, role }: MadeWeight): Variable {
    const earlier = this.weights.get(path);
    const isShared = this.sharing.some((place) => place.calls > 0 && place.made.has(path));
    if (earlier && isShared) return this.again(earlier, path, { shape, span });
    if (earlier) {
      const calledTwice = isSameText(earlier.span, span);
      this.fail('duplicate-weight', span, { path, calledTwice }, calledTwice ? undefined : earlier.span);
    }
    if (path === stepCounterName) this.fail('reserved-weight', span, { path });
    for (const place of this.sharing) place.made.add(path);
    if (!isStatic(shape)) this.fail('weight-size-open', span, { path, shape: formatShape(shape) });
    const made = variable(path, shape, init, role);
    this.weights.set(path, { variable: made, span });
    return made;
  }
}

function isSameText(a: Span, b: Span): boolean {
  return a.source === b.source && a.start === b.start && a.end === b.end;
}
