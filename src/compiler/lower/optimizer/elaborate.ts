/** Elaborates an `optimizer` for one weight: from the weight and its gradient to the new weight and the new values of its state. */
import { formatType } from '../../bind/signature';
import type { Diagnostic } from '../../diagnostics/diagnostic';
import { formatShape, shapesEqual, type Shape } from '../../ir/dims';
import { variable, type Program, type Value, type Variable } from '../../ir/graph';
import { select } from '../../ops/elementwise';
import { broadcastTo } from '../../ops/movement';
import type { Span } from '../../source';
import type { Input, OptimizerDeclaration, Output } from '../../syntax/ast';
import { suggest } from '../../diagnostics/suggest';
import { averageName } from './keeps-average';
import { givesOutput, withBranches } from '../../syntax/statements';
import type { Budget } from '../budget';
import type { Context } from '../context';
import { withinLimits } from '../elaborate';
import { TypeArguments } from '../input-types';
import { newContext } from '../interpreter';
import { bindParameters, type MethodCall } from '../method';
import { optimizerNames } from './names';
import { Scope } from '../scope';
import { asNumbers } from '../tensors';
import { describe, numberValue, poison, tensorValue, type Evaluated } from '../values';
import { float, takes } from '../words/parameter';
import { word, wordSignature, type Word, type WordSignature } from '../words/word';

/** The values that an optimiser is given for one weight. */
export interface WeightStep {
  readonly weight: Variable;
  /** In the weight's shape; zeros if the step is not sound. */
  readonly gradient: Value;
  /** Scalars: the learning rate, and the number of the step from 1. */
  readonly rate: Value;
  readonly step: Value;
  /** False for a step that must change nothing. */
  readonly sound: Value;
  /** Whether rows of the weight are looked up, as in tables of labels. */
  readonly lookedUp: boolean;
  /** Whether the recipe leaves the weight out of the decay: its parameter `decay` is 0. */
  readonly isSpared: boolean;
  readonly matches: (pattern: string, label: string) => boolean;
  /** The limit of the work, shared by all weights of a step. */
  readonly budget: Budget;
  /** The prefix of the names of the weight's state. */
  readonly keptUnder: string;
}

export interface ElaboratedOptimizer {
  /** The new weight; null if there are errors. */
  readonly value: Value | null;
  readonly updates: Program['updates'];
  readonly diagnostics: readonly Diagnostic[];
}

export const momentDoc =
  'The type of state that is kept for each weight from step to step; an output of the same name gives its new value.';

/** `input m: moment` */
export const momentSignature: WordSignature = wordSignature('moment', {
  start: float('its initial value', {}, 0),
  shape: takes('shape', 'of the weight by default', '…'),
});

/** `input z: copy` */
export const copySignature: WordSignature = wordSignature('copy', {});

export const copyDoc =
  'The type of state that starts as a copy of the weight. If it is called `average`, images are drawn with it, in place of `ema`.';

/** The names that an optimiser already has. */
const taken: ReadonlySet<string> = new Set([...optimizerNames, 'rate']);

export function elaborateOptimizer(
  method: MethodCall<OptimizerDeclaration>,
  { weight, gradient, rate, step, sound, lookedUp, isSpared, matches, keptUnder, budget }: WeightStep,
): ElaboratedOptimizer {
  const { declaration, call, names } = method;
  const ctx = newContext(names, { budget, draws: 'refused' });
  const kept = new Map<string, Variable>();
  const given = new Map<string, Value>();
  const spans = new Map<string, Span>();
  ctx.declarations = {
    input: (s, scope) => {
      const { name, span } = s.name;
      if (taken.has(name)) return ctx.fail('optimizer-name', span, { name });
      if (kept.has(name)) return ctx.fail('duplicate-name', span, { name, what: 'an input' }, spans.get(name));
      const made = stateOf(ctx, s, scope, { weight, keptUnder });
      spans.set(name, span);
      kept.set(s.name.name, made);
      return tensorValue(made, false);
    },
    output: (s, scope) => {
      const shape = s.name.name === 'weight' ? weight.shape : kept.get(s.name.name)?.shape;
      // The state of this name could not be made; that is already reported.
      if (!shape && ctx.hasFailed) return ctx.giveUp();
      if (!shape)
        return ctx.fail('optimizer-output', s.name.span, {
          name: s.name.name,
          known: [...kept.keys(), 'weight'].join(', '),
        });
      if (given.has(s.name.name))
        return ctx.fail('duplicate-name', s.name.span, { name: s.name.name, what: 'an output' });
      // Later statements read the guarded value, which is also the one stored; a separate unguarded one would be computed twice.
      const value = select(sound, outputOf(ctx, s, scope, shape), kept.get(s.name.name) ?? weight);
      given.set(s.name.name, value);
      scope.bind(s.name.name, tensorValue(value, false), s.name.span);
    },
  };
  withinLimits(ctx, () => {
    const scope = new Scope(null, declaration.parameters);
    const facts: { readonly [name: string]: Evaluated } = {
      weight: tensorValue(weight, false),
      gradient: tensorValue(gradient, false),
      step: tensorValue(step, false),
      label: { kind: 'string', value: weight.leaf.name },
      looked_up: { kind: 'boolean', value: lookedUp },
      decays: { kind: 'boolean', value: weight.leaf.role === 'weight' },
      matches: { kind: 'builtin', name: 'matches', word: matchesWord(matches) },
    };
    for (const [name, value] of Object.entries(facts)) scope.bind(name, value, declaration.name.span);
    const known = { rate: tensorValue(rate, false) };
    bindParameters(ctx, method, scope, isSpared ? { ...known, decay: numberValue(0) } : known);
    const trail = {
      span: call.span,
      message: `in optimizer ${declaration.name.name}, named here, for ${weight.leaf.name} ${formatShape(weight.shape)}`,
    };
    ctx.within(trail, () => ctx.evaluateBody(declaration.body, scope));
    for (const s of withBranches(declaration.body))
      if (s.kind === 'tap') ctx.report('optimizer-effect', s.name.span, { what: 'tap', name: s.name.name });
    for (const [name, { span }] of ctx.weights) ctx.report('optimizer-effect', span, { what: 'weight', name });
    return poison;
  });
  const value = given.get('weight');
  for (const [name] of kept) {
    if (!given.has(name) && !ctx.hasFailed) ctx.report('optimizer-state', declaration.name.span, { name });
  }
  if (!value && !ctx.hasFailed && givesOutput(declaration.body, 'weight'))
    ctx.report('optimizer-weight', declaration.name.span, { name: declaration.name.name });
  if (!value || ctx.hasFailed) return { value: null, updates: [], diagnostics: ctx.diagnostics };
  const updates = [...kept].map(([name, v]) => ({ variable: v, value: given.get(name)! }));
  return { value, updates, diagnostics: ctx.diagnostics };
}

/** The variable of a state; for a copy called `average`, the variable of the weight's average, which sampling uses. */
function stateOf(
  ctx: Context,
  { name, type }: Input,
  scope: Scope,
  { weight, keptUnder }: Pick<WeightStep, 'weight' | 'keptUnder'>,
): Variable {
  const { name: path, init } = weight.leaf;
  const kept = `${keptUnder}${name.name}/${path}`;
  const written = type.kind === 'named-type' ? type.name.name : '';
  if (type.kind === 'named-type' && written === 'copy') {
    // Reports any argument: `copy` takes none.
    new TypeArguments(ctx, type, scope, copySignature);
    const isAverage = name.name === averageName;
    return isAverage ? variable(`ema/${path}`, weight.shape, init, 'ema') : variable(kept, weight.shape, init, 'copy');
  }
  if (type.kind !== 'named-type' || written !== 'moment') {
    const suggestion = suggest(written, ['moment', 'copy']).join(' or ');
    return ctx.fail('unknown-type', type.span, { type: formatType(type), suggestion, types: 'moment, copy' });
  }
  const args = new TypeArguments(ctx, type, scope, momentSignature);
  const start = args.has('start') ? args.number('start') : 0;
  const shape = args.has('shape') ? args.shape('shape') : weight.shape;
  return variable(kept, shape, start === 0 ? { kind: 'zeros' } : { kind: 'constant', value: start }, 'moment');
}

/** The value of an output in `shape`; a single number is repeated for all elements. */
function outputOf(ctx: Context, { name, value: written }: Output, scope: Scope, shape: Shape): Value {
  const v = ctx.need(written, scope);
  if (v.kind !== 'tensor' || v.classes !== null)
    return ctx.fail('wrong-kind', written.span, {
      what: `Output ${name.name}`,
      expected: 'a tensor',
      found: describe(v),
    });
  const { value } = asNumbers(v);
  if (v.shape.length === 0) return broadcastTo(value, { shape });
  if (shapesEqual(value.shape, shape)) return value;
  const facts = {
    what: `Output ${name.name}`,
    expected: formatShape(shape),
    found: formatShape(v.shape),
    reason: 'it keeps its shape',
  };
  return ctx.fail('shape-mismatch', written.span, facts);
}

export function matchesWord(matches: WeightStep['matches']): Word {
  return word(
    'matches',
    'Whether a label matches a pattern, as in `freeze`; `*` stands for any text.',
    { label: takes('String', 'the label of a weight'), pattern: takes('String', 'such as "*.bias"') },
    (_, args) => ({ kind: 'boolean', value: matches(args.string('pattern'), args.string('label')) }),
  );
}
