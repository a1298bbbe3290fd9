/** Elaborates an `objective` into the loss of each image, from the clean images, draws, and calls of the model. */
import type { Diagnostic } from '../../diagnostics/diagnostic';
import type { Value, Variable } from '../../ir/graph';
import { transform } from '../../ir/substitute';
import { held } from '../../invariant';
import { formatShape } from '../../ir/dims';
import { apply, is } from '../../ops/define';
import { stopGradient } from '../../ops/elementwise';
import { broadcastTo } from '../../ops/movement';
import { ownValue } from '../../own-value';
import type { Span } from '../../source';
import type { ObjectiveDeclaration, Output } from '../../syntax/ast';
import { withBranches } from '../../syntax/statements';
import { betasOf } from '../betas';
import type { Context, Draws } from '../context';
import { noisyImageOf } from '../conventions';
import { withinLimits } from '../elaborate';
import { newContext } from '../interpreter';
import { bindParameters, type MethodCall } from '../method';
import type { ModelGraph, ModelInput } from '../model';
import { Scope, type Binding } from '../scope';
import { asNumbers, withBatch } from '../tensors';
import { describe, numberValue, poison, tensorValue, type Evaluated } from '../values';
import { isShape, objectiveWords, writtenName, type ModelCall } from './words';

/** The values that a training step gives to an objective. */
export interface StepInputs extends Draws {
  /** The clean images `[batch, channels, height, width]`. */
  readonly x0: Value;
  /** The values of the model's conditions in the step, by the model's inputs. */
  readonly conditions: ReadonlyMap<Value, Value>;
  /** Gives the variable with the average of a weight; null if the recipe keeps no averages. */
  readonly averageOf: ((weight: Variable) => Variable) | null;
  /** Gives the variable with the value that a weight had at the start of the run. */
  readonly startOf: (weight: Variable) => Variable;
  /** A frozen model, and the variable that holds each of its weights; null if the recipe has none. */
  readonly teacher: Teacher | null;
  /** The tokens `[batch, tokens, width]` of a frozen encoder for the clean images; null if the recipe has none. */
  readonly encoded: Value | null;
  /** The number of parts that the batch of a step is split into; they are computed one after the other. */
  readonly batchParts: number;
}

/** The frozen model of a recipe. */
export interface Teacher {
  readonly model: ModelGraph;
  readonly variableOf: (weight: Variable) => Variable;
}

/** A separate loss for some of an objective's own weights, such as those of a discriminator. */
export interface OwnLoss {
  /** The label of the weights, which is also the name of the loss in the log. */
  readonly name: string;
  /** `[batch]` */
  readonly loss: Value;
  readonly weights: readonly Variable[];
}

export interface ElaboratedObjective {
  /** `[batch]`; null if there are errors. */
  readonly loss: Value | null;
  /** The values of its `output` statements: the separate losses of its own weights. */
  readonly ownLosses: readonly OwnLoss[];
  /** The values of its `tap` statements by name, each `[batch]`. */
  readonly parts: { readonly [name: string]: Value };
  /** Its own weights that `loss` trains together with the model's. */
  readonly weights: readonly Variable[];
  /** Replacements for the model's inputs in the first call of the model, and for all values computed from them. */
  readonly replaced: ReadonlyMap<Value, Value>;
  /** Turns of the repetitions in all calls of the model, for recomputation. */
  readonly turns: readonly string[];
  readonly diagnostics: readonly Diagnostic[];
}

export function elaborateObjective(
  model: ModelGraph,
  objective: MethodCall<ObjectiveDeclaration>,
  step: StepInputs,
): ElaboratedObjective {
  const { declaration, call, names } = objective;
  const calls = new ModelCalls(model, step);
  const taught = step.teacher && new TeacherCalls(step.teacher, model, step.conditions);
  const ctx = newContext(names, { batch: step.x0.shape[0], draws: step });
  let loss: Value | null = null;
  const outputs = new Map<string, GivenOutput>();
  ctx.declarations = {
    // An input in an objective was reported when names were bound.
    input: () => ctx.giveUp(),
    output: (s, scope) => {
      const { name, span } = s.name;
      const first = outputs.get(name);
      if (first) ctx.fail('duplicate-name', span, { name, what: 'an output' }, first.statement.name.span);
      outputs.set(name, { statement: s, loss: lossOf(ctx, declaration, ctx.need(s.value, scope), s.value.span) });
    },
  };
  withinLimits(ctx, () => {
    const image = noisyImageOf(model)!;
    const words = objectiveWords(model, {
      ...step,
      image,
      teacher: step.teacher?.model ?? null,
      call: (wanted, replaced, how) =>
        taught && how.weights === 'teacher'
          ? taught.make(ctx, wanted, replaced, how)
          : calls.make(ctx, wanted, replaced, how),
    });
    const scope = new ObjectiveScope(null, declaration.parameters);
    const { noise, data } = model.conventions.time;
    const facts: { readonly [name: string]: Evaluated } = {
      image: tensorValue(step.x0, true),
      noise_time: numberValue(noise, false),
      data_time: numberValue(data, false),
      predicts: { kind: 'string', value: model.conventions.prediction ?? '' },
      path: { kind: 'string', value: model.conventions.path },
      betas: betasOf(model),
    };
    for (const [name, value] of Object.entries(facts)) scope.bind(name, value, declaration.name.span);
    for (const [name, word] of words) scope.bind(name, { kind: 'builtin', name, word }, declaration.name.span);
    const trail = { span: call.span, message: `in objective ${declaration.name.name}, named here` };
    bindParameters(ctx, objective, scope);
    const found = ctx.within(trail, () => ctx.evaluateBody(declaration.body, scope)) ?? poison;
    const place = declaration.body.result?.span ?? declaration.name.span;
    if (found.kind !== 'poison') loss = lossOf(ctx, declaration, found, place);
    const { path } = model.conventions;
    if (path !== 'straight' && !scope.isPathRead)
      ctx.report('objective-path', call.span, { name: declaration.name.name, model: model.name, path });
    for (const [path, { span }] of ctx.weights)
      if (model.weights.some((w) => w.leaf.name === path))
        ctx.report('duplicate-weight', span, { path, calledTwice: false });
    return poison;
  });
  const { span, name } = declaration.name;
  if (loss && calls.count === 0) ctx.report('objective-without-model', span, { name });
  else if (loss && isLearnt(outputOf(model), model.weights) && !isLearnt(loss, model.weights))
    ctx.report('objective-derivative', span, { name, under: false });
  const parts = partsOf(ctx, declaration);
  const ownLosses = ctx.hasFailed ? [] : [...outputs.values()].map((given) => ownLoss(ctx, given));
  const taken = new Set(ownLosses.flatMap((own) => own.weights));
  return {
    loss: ctx.hasFailed ? null : loss,
    ownLosses,
    parts,
    weights: [...ctx.weights.values()].map((w) => w.variable).filter((w) => !taken.has(w)),
    replaced: calls.first,
    turns: calls.turns,
    diagnostics: ctx.diagnostics,
  };
}

/** The scope of an objective's body. It notes whether the path of the model has been read. */
class ObjectiveScope extends Scope {
  isPathRead = false;

  override lookup(name: string): Binding | null {
    this.isPathRead ||= name === 'path';
    return super.lookup(name);
  }
}

/** An `output` statement that was run, and its value for each image. */
interface GivenOutput {
  readonly statement: Output;
  readonly loss: Value;
}

/** The loss of an output, with the weights under its name, which it trains. */
function ownLoss(ctx: Context, { statement: { name, value }, loss }: GivenOutput): OwnLoss {
  const labels = [...ctx.weights.keys()];
  const weights = labels
    .filter((label) => label === name.name || label.startsWith(`${name.name}.`))
    .map((label) => held(ctx.weights, label).variable);
  const known = [...new Set(labels.map((label) => label.split('.')[0]))];
  if (weights.length === 0) ctx.report('objective-output', name.span, { name: name.name, known });
  else if (!isLearnt(loss, weights)) ctx.report('objective-derivative', value.span, { name: name.name, under: true });
  return { name: name.name, loss, weights };
}

/** The loss of each image: a number. */
function lossOf(ctx: Context, { name }: ObjectiveDeclaration, found: Evaluated, span: Span): Value {
  if (found.kind === 'tensor' && found.classes === null && found.shape.length === 0)
    return withBatch(ctx, asNumbers(found));
  const facts = { name: name.name, found: describe(found) };
  return ctx.fail('objective-loss', span, facts);
}

function outputOf({ conventions, outputs }: ModelGraph): Value {
  return outputs[conventions.output ?? ''];
}

/** Whether a derivative flows from a value to one of the weights. */
function isLearnt(loss: Value, weights: readonly Variable[]): boolean {
  const wanted = new Set<Value>(weights);
  const seen = new Set<Value>([loss]);
  for (const v of seen) {
    if (wanted.has(v)) return true;
    if (!is(v, stopGradient)) v.inputs.forEach((x) => seen.add(x));
  }
  return false;
}

/** The values that the body names by `tap`, each `[batch]`. */
function partsOf(ctx: Context, { body }: ObjectiveDeclaration): { readonly [name: string]: Value } {
  const named = withBranches(body).flatMap((s): [string, Value][] => {
    const value = s.kind === 'tap' ? ownValue(ctx.taps, s.name.name) : undefined;
    if (s.kind !== 'tap' || !value) return [];
    // A value without a batch axis, such as a weight, is one number for all images.
    if (value.shape.length === 0) return [[s.name.name, broadcastTo(value, { shape: [ctx.batch] })]];
    if (value.shape.length > 1)
      ctx.report('objective-tap', s.name.span, {
        name: s.name.name,
        found: `a tensor ${formatShape(value.shape.slice(1))}`,
      });
    return [[s.name.name, value]];
  });
  return Object.fromEntries(named);
}

/** The calls of a model in one objective. Each call copies the model's graph; copies after the first have their own scopes. */
class ModelCalls {
  count = 0;
  first: ReadonlyMap<Value, Value> = new Map();
  readonly turns: string[] = [];

  constructor(
    private readonly model: ModelGraph,
    private readonly step: StepInputs,
  ) {}

  make(
    ctx: Context,
    wanted: readonly Value[],
    replaced: ReadonlyMap<Value, Value>,
    { weights, span }: ModelCall,
  ): Value[] {
    const { averageOf, startOf, conditions } = this.step;
    const done = new Map([...conditions, ...replaced]);
    if (weights === 'average' && !averageOf) return ctx.fail('objective-average', span, {});
    const copyOf = { own: null, teacher: null, average: averageOf, start: startOf }[weights];
    if (copyOf) for (const w of this.model.weights) done.set(w, copyOf(w));
    const prefix = this.count === 0 ? '' : `call${this.count + 1}.`;
    if (this.count++ === 0) this.first = done;
    this.turns.push(...this.model.turns.map((path) => prefix + path));
    return copied(wanted, done, prefix);
  }
}

/** Values of a model with some of its values replaced; scopes of what depends on them get a prefix. */
function copied(wanted: readonly Value[], done: Map<Value, Value>, prefix: string): Value[] {
  return transform(wanted, done, (v, inputs) => {
    if (!v.op || inputs.every((x, i) => x === v.inputs[i])) return v;
    return apply(v.op, inputs, v.attrs, prefix + v.scope);
  });
}

/** Whether two inputs take the same values: of one kind, name and shape, with as many classes or words. */
function isAlike(a: ModelInput, b: ModelInput): boolean {
  const facts = ({ value: _, ...rest }: ModelInput): string => JSON.stringify(rest);
  return facts(a) === facts(b) && isShape(a.value.shape, b.value.shape);
}

/** The calls of the frozen model. A condition that it shares with the trained one has the value of the step. */
class TeacherCalls {
  private count = 0;
  private readonly known: ReadonlyMap<Value, Value>;

  constructor(
    private readonly teacher: Teacher,
    student: ModelGraph,
    conditions: ReadonlyMap<Value, Value>,
  ) {
    const shared = teacher.model.inputs.flatMap((i): [Value, Value][] => {
      const own = student.inputs.find((s) => isAlike(s, i));
      return own ? [[i.value, conditions.get(own.value) ?? own.value]] : [];
    });
    this.known = new Map(shared);
  }

  make(ctx: Context, wanted: readonly Value[], replaced: ReadonlyMap<Value, Value>, { span }: ModelCall): Value[] {
    const { model, variableOf } = this.teacher;
    const done = new Map<Value, Value>([
      ...this.known,
      ...replaced,
      ...model.weights.map((w) => [w, variableOf(w)] as const),
    ]);
    const missing = model.inputs.filter((i) => !done.has(i.value)).map(writtenName);
    if (missing.length > 0) ctx.fail('teacher-condition', span, { model: model.name, missing });
    return copied(wanted, done, `teacher${++this.count}.`);
  }
}
