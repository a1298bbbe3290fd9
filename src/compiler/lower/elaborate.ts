/** Elaboration: a model declaration with concrete hyper-parameters becomes one forward graph with its weights. */
// Tested by test/specs/shipped.test.ts.
import { checkHyperparameter, unknownModel, visibleModels } from '../bind/models';
import { staticShape } from '../ir/dims';
import { topological } from '../ir/graph';
import type { Diagnostic } from '../diagnostics/diagnostic';
import type { Names } from '../bind/names';
import type { LoadedFile } from '../link/load';
import type { Expression, ModelDeclaration, Parameter, VariantDeclaration } from '../syntax/ast';
import { withBranches } from '../syntax/statements';
import { Budget, Exhausted } from './budget';
import { conventionsOf } from './conventions';
import type { Context } from './context';
import { newContext } from './interpreter';
import { emptyPromptName } from './left-out';
import { inputsOf, mainInputs } from './main-inputs';
import { tellsOfText, type ModelGraph, type StaticValue } from './model';
import { openSides, WiderUnits, type Units } from './open-size';
import { wrongPrediction } from './prediction-shape';
import { withHints, type Change } from './requirement-hints';
import { Scope } from './scope';
import { conform } from './types';
import { poison, type Evaluated, type SizeValue } from './values';

export type Elaborated = { readonly model: ModelGraph | null; readonly diagnostics: readonly Diagnostic[] };
/** A hyper-parameter given from outside: on the command line, or by a variant. */
export interface Override {
  readonly name: string;
  readonly value: Expression;
  readonly nameSpan: Expression['span'];
  /** Whether the value may use the hyper-parameters before it, as values given by hand may. */
  readonly seesOthers: boolean;
}

export interface ElaborateOptions {
  /** Leave height and width of the image open, as the symbols `height/U` and `width/U` of units the model can divide. */
  readonly openSize?: boolean;
  /** The limit of the work; a budget of its own by default. */
  readonly budget?: Budget;
  /** Only to find errors: turns of a repetition that can find nothing new are left out, and no model is returned. */
  readonly brief?: boolean;
  /** Called with the value of every expression; for those in a block, at each call of the block. */
  readonly observe?: (e: Expression, value: Evaluated) => void;
}

/** A model or variant, and the file that declares it. */
export interface Target {
  readonly file: LoadedFile;
  readonly declaration: ModelDeclaration | VariantDeclaration;
}

/** Builds the model; if it is null, the diagnostics say why. */
export function elaborate(
  names: Names,
  target: Target,
  overrides: readonly Override[] = [],
  { openSize = false, budget = new Budget(), brief = false, observe }: ElaborateOptions = {},
): Elaborated {
  let units: Units | null = openSize ? { height: 1, width: 1 } : null;
  for (;;) {
    try {
      const ctx = newContext(names, { units, budget });
      ctx.isBrief = brief;
      ctx.observe = observe ?? null;
      return attempt(ctx, target, overrides);
    } catch (e) {
      if (!(e instanceof WiderUnits)) throw e;
      units = e.units;
    }
  }
}

function attempt(ctx: Context, target: Target, overrides: readonly Override[]): Elaborated {
  const model = run(ctx, target, overrides);
  const failed = ctx.hasFailed;
  const tryChange = (change: Change): Context =>
    ctx.budget.spendApart((budget) => {
      const trial = newContext(ctx.names, { budget, change });
      run(trial, target, overrides);
      return trial;
    });
  // A value that works at one size may not work at an open one.
  const diagnostics = ctx.units ? ctx.diagnostics : withHints(ctx, tryChange);
  return { model: failed || ctx.isBrief ? null : model, diagnostics };
}

function run(ctx: Context, target: Target, overrides: readonly Override[]): ModelGraph | null {
  let model: ModelGraph | null = null;
  withinLimits(ctx, () => {
    model = build(ctx, target.declaration.name.name, resolveVariant(ctx, target, overrides));
    return poison;
  });
  return model;
}

/** Runs `build`; reports it if a limit is exceeded. */
export function withinLimits(ctx: Context, build: () => Evaluated): Evaluated {
  try {
    return ctx.guard(build);
  } catch (e) {
    if (e instanceof Exhausted) return poison;
    // The stack is full, or an array is too long.
    if (!(e instanceof RangeError)) throw e;
    return withinLimits(ctx, () => ctx.exhaust({ what: 'calls inside calls', limit: 'the stack of this machine' }));
  }
}

interface Resolved {
  readonly base: ModelDeclaration;
  /** A later one replaces an earlier one of the same name. */
  readonly overrides: readonly Override[];
}

/** Follows `model A = B(…)` to the declaration with a body, collecting arguments on the way. */
function resolveVariant(ctx: Context, target: Target, overrides: readonly Override[]): Resolved {
  // By declaration: a case of an imported model is a variant under that model's own name.
  const chain = new Set<VariantDeclaration>();
  let current = target;
  const collected = [...overrides].reverse();
  while (current.declaration.kind === 'variant') {
    const variant = current.declaration;
    if (chain.has(variant)) {
      const names = [...chain, variant].map(({ name }) => name.name);
      ctx.fail('variant-cycle', variant.base.span, { chain: names.join(' → ') });
    }
    ctx.step(variant.span);
    chain.add(variant);
    const given = variant.args.flatMap((a): Override[] =>
      a.name ? [{ name: a.name.name, nameSpan: a.name.span, value: a.value, seesOthers: false }] : [],
    );
    collected.push(...given.reverse());
    const { file } = current;
    const base = file.visible.get(variant.base.name);
    if (!base || (base.declaration.kind !== 'model' && base.declaration.kind !== 'variant')) {
      ctx.failWith(unknownModel(variant.base, () => visibleModels(file)));
    }
    current = { file: base.file, declaration: base.declaration };
  }
  return { base: current.declaration, overrides: collected.reverse() };
}

function build(ctx: Context, name: string, { base, overrides }: Resolved): ModelGraph {
  const scope = new Scope(null, base.parameters);
  ctx.modelScope = scope;
  ctx.trace.doc = base.doc;
  for (const { name, nameSpan: span, seesOthers: isByHand } of overrides) {
    const wrong = checkHyperparameter(base, { name, span });
    // Those of a file were reported when names were bound.
    if (isByHand) wrong.forEach((d) => ctx.add(d));
    else if (wrong.length > 0) ctx.isIncomplete = true;
  }
  const hyperparameters: Record<string, StaticValue> = {};
  for (const [parameter, v] of bindHyperparameters(ctx, scope, { base, overrides })) {
    const plain = toStatic(v);
    if (plain !== null) hyperparameters[parameter] = plain;
  }
  ctx.main = mainInputs(base.body);
  ctx.evaluateBody(base.body, scope);
  checkTime(ctx, base);
  checkNames(ctx);
  checkInputs(ctx, base.name.name);
  const skips = Object.keys(ctx.outputs).length === 0 && withBranches(base.body).some((s) => s.kind === 'output');
  if (skips && ctx.diagnostics.length === 0 && !ctx.isIncomplete)
    ctx.report('output-skipped', base.name.span, { model: base.name.name });
  const model: ModelGraph = {
    name,
    hyperparameters,
    inputs: [...ctx.inputs.values()],
    conventions: conventionsOf(ctx.predictions, ctx.time),
    outputs: ctx.outputs,
    taps: ctx.taps,
    weights: [...ctx.weights.values()].map((w) => w.variable),
    modules: ctx.modules,
    turns: ctx.turns,
    trace: ctx.trace,
    ...(ctx.openSize && { openSize: ctx.openSize }),
  };
  checkPrediction(ctx, model, base);
  return model;
}

/** Checks the shape of the prediction. An output that differs from its declared type is already reported. */
function checkPrediction(ctx: Context, model: ModelGraph, base: ModelDeclaration): void {
  const wrong = wrongPrediction(model);
  if (!wrong || ctx.diagnostics.some((d) => d.code === 'output-shape')) return;
  ctx.report('prediction-shape', model.conventions.outputSpan ?? base.name.span, wrong);
}

/** Reports names that mean two things in programs and files: of an input and an output, or of an input and the empty prompt. */
function checkNames(ctx: Context): void {
  const inputs = new Map([...ctx.inputNames].map(([written, name]) => [name, written.name]));
  for (const text of [...ctx.inputs.values()].filter(tellsOfText)) {
    const name = emptyPromptName(text);
    const input = inputs.get(name);
    if (input) ctx.report('input-name-taken', input.span, { written: name, name, emptyOf: text.name });
  }
  for (const { name, span } of ctx.predictions) {
    const input = inputs.get(name);
    if (input && span) ctx.report('output-name-taken', span, { input: input.name, name }, input.span);
  }
}

/** Reports inputs that the model never reads: they have no effect on its outputs. */
function checkInputs(ctx: Context, model: string): void {
  if (ctx.hasFailed || Object.keys(ctx.outputs).length === 0) return;
  const read = new Set(topological([...Object.values(ctx.outputs), ...Object.values(ctx.taps)]));
  const idle = new Set([...ctx.inputs.values()].flatMap((i) => (read.has(i.value) ? [] : [i.name])));
  for (const [{ name: written }, name] of ctx.inputNames) {
    if (idle.has(name)) ctx.report('unused-input', written.span, { model, name: written.name });
  }
}

/** Reports a text model that does not state its time: it used to run from 1000 at the noise to 0. */
function checkTime(ctx: Context, base: ModelDeclaration): void {
  const declared = inputsOf(base.body).find((i) => i.name.name === ctx.main.time);
  if (!declared || ctx.time || !ctx.inputs.has('x_t') || ![...ctx.inputs.values()].some(tellsOfText)) return;
  ctx.report('time-unstated', declared.span, { name: declared.name.name });
}

/** The hyper-parameters of a model that is not built. Those with errors, which building reports, are poison. */
export function hyperparametersOf(
  names: Names,
  target: Target,
  overrides: readonly Override[] = [],
): ReadonlyMap<string, Evaluated> {
  const ctx = newContext(names);
  let found: ReadonlyMap<string, Evaluated> = new Map();
  withinLimits(ctx, () => {
    const resolved = resolveVariant(ctx, target, overrides);
    found = bindHyperparameters(ctx, new Scope(null, resolved.base.parameters), resolved);
    return poison;
  });
  return found;
}

/** Binds every hyper-parameter in `scope`, in order. */
function bindHyperparameters(
  ctx: Context,
  scope: Scope,
  { base, overrides }: Resolved,
): ReadonlyMap<string, Evaluated> {
  const given = new Map(overrides.map((o) => [o.name, o]));
  return new Map(
    base.parameters.map((p) => [
      p.name.name,
      bindHyperparameter(ctx, { base, scope }, p, given.get(p.name.name) ?? null),
    ]),
  );
}

function bindHyperparameter(
  ctx: Context,
  { base, scope }: { readonly base: ModelDeclaration; readonly scope: Scope },
  p: Parameter,
  override: Override | null,
): Evaluated {
  const name = p.name.name;
  const expression = override?.value ?? p.default;
  if (!expression) {
    ctx.report('missing-hyperparameter', p.span, { model: base.name.name, name });
    scope.bind(name, poison, p.span);
    return poison;
  }
  const value =
    ctx.changed(null, name) ?? ctx.evaluate(expression, override && !override.seesOthers ? new Scope() : scope);
  const what = `\`${name}\` of ${base.name.name}`;
  const { type } = p;
  const conformed =
    value.kind === 'poison' || !type
      ? value
      : ctx.guard(() => conform(ctx, value, { what, type, scope, span: expression.span }));
  const bound = conformed.kind === 'size' && name === imageSizeOf(base) ? opened(ctx, name, conformed) : conformed;
  scope.bind(name, bound, expression.span);
  return bound;
}

/** The hyper-parameter that gives the size of the model's image: `size` in `input noisy: image(size)`. */
function imageSizeOf(base: ModelDeclaration): string | null {
  const { image } = mainInputs(base.body);
  const type = inputsOf(base.body).find((i) => i.name.name === image)?.type;
  if (type?.kind !== 'named-type') return null;
  const given = type.args.find((a) => a.name === null || a.name.name === 'size')?.value;
  return given?.kind === 'name' ? given.name : null;
}

/** The size of the image, with open sides if the size is left open. */
function opened(ctx: Context, parameter: string, v: SizeValue): SizeValue {
  if (!ctx.units) return v;
  const [height, width] = staticShape([v.height, v.width]);
  ctx.openSize = { parameter, units: ctx.units, nominal: { height, width } };
  return { kind: 'size', ...openSides(ctx.units) };
}

/** A hyper-parameter in its JSON form; null for blocks, open sizes and values that could not be computed. */
export function toStatic(v: Evaluated): StaticValue | null {
  switch (v.kind) {
    case 'number':
    case 'boolean':
    case 'string':
      return v.value;
    case 'word':
      return v.name;
    case 'size':
      return typeof v.height === 'number' && typeof v.width === 'number' ? { size: [v.height, v.width] } : null;
    case 'ratio':
      return { ratio: [v.left, v.right] };
    default:
      return null;
  }
}
