/** The words that only an `objective` has: calls of the model, draws, and derivatives along a direction. */
// Tested by test/compiler/lower/objective/elaborate.test.ts.
import { dimsEqual, formatShape, type Shape } from '../../ir/dims';
import { scalar, type Value } from '../../ir/graph';
import { stopGradient } from '../../ops/elementwise';
import { broadcastTo, reshape } from '../../ops/movement';
import { ownValue } from '../../own-value';
import type { Span } from '../../source';
import { applyCallee, type Passed } from '../calls';
import type { Context, Draws } from '../context';
import { noisyImageOf } from '../conventions';
import { conditionsOf } from '../givens/conditions';
import { fitted, unknownGiven } from '../givens/elaborate';
import { givenWords } from '../givens/words';
import type { ImageInput, ModelGraph, ModelInput } from '../model';
import { asNumbers, withBatch } from '../tensors';
import { describe, tensorValue, type Evaluated, type TensorValue } from '../values';
import { takes, tensor } from '../words/parameter';
import { layer, word, type Arguments, type GivenArgument, type Word } from '../words/word';
import { directionalDerivative } from './directional';

/** The words that call the model, by the weights they use. */
const modelWords = {
  own: [
    'model',
    'The prediction of the model for noisy images at given times. Conditions are those of the step, except the ones that are named here.',
  ],
  average: ['average', 'Like `model`, with the averaged weights (`ema`) and without a derivative.'],
  start: ['start', 'Like `model`, with the weights that the run started from (`from`) and without a derivative.'],
  teacher: [
    'teacher',
    'The prediction of the frozen model that the recipe names as `teacher`, without a derivative. Conditions that it shares with the model are those of the step, except the ones that are named here.',
  ],
} as const;

/** The weights that a call of the model uses, and the place of the call. */
export interface ModelCall {
  readonly weights: keyof typeof modelWords;
  readonly span: Span;
}

/** The model calls and draws that an objective uses. */
export interface ObjectiveSources extends Draws {
  readonly image: ImageInput;
  /** Gives the `wanted` values of the model with some of its inputs replaced; `how` says which weights are used. */
  readonly call: (wanted: readonly Value[], replaced: ReadonlyMap<Value, Value>, how: ModelCall) => Value[];
  /** The frozen model that `teacher` calls; null if the recipe has none. */
  readonly teacher: ModelGraph | null;
  /** The tokens of a frozen encoder; null if the recipe has none. */
  readonly encoded: Value | null;
  /** The number of parts that the batch is split into. */
  readonly batchParts: number;
}

export function objectiveWords(model: ModelGraph, sources: ObjectiveSources): ReadonlyMap<string, Word> {
  const { image, seed, nextStream, batchParts, teacher, encoded } = sources;
  const side = { height: image.height, width: image.width };
  const draws = givenWords({ seed, nextStream, side, paired: null });
  const own = [
    modelWord(model, sources, 'own'),
    modelWord(model, sources, 'average'),
    modelWord(model, sources, 'start'),
    modelWord(teacher ?? model, sources, 'teacher'),
    encodedWord(encoded),
    jvp,
    overBatch(batchParts),
    ...['normal', 'uniform', 'downsample', 'random_mask'].flatMap((name) => draws.get(name) ?? []),
  ];
  return new Map(own.map((w) => [w.signature.callee, w]));
}

/** `model(noisy, time: t)`; other conditions are given by name, and `taps` asks for values inside the model. */
function modelWord(model: ModelGraph, { image, call, teacher }: ObjectiveSources, weights: ModelCall['weights']): Word {
  const [name, doc] = modelWords[weights];
  return word(
    name,
    doc,
    {
      noisy: tensor('noisy images, in the shape of `image`'),
      time: takes('number or tensor', 'one number per image, on the clock of the model'),
      taps: takes(
        'String',
        'the name of a `tap`, or a list of names, "blocks.0.mlp.seen" for one in a block: their values follow the output in a tuple',
        'none',
      ),
    },
    (ctx, args) => {
      if (weights === 'teacher' && !teacher) ctx.fail('objective-teacher', args.span, {});
      const noisy = args.tensor('noisy');
      const wanted = image.value.shape.slice(1);
      if (!isShape(noisy.shape, wanted)) {
        const facts = {
          what: `\`noisy\` of ${args.callee}`,
          expected: formatShape(wanted),
          reason: 'that is the shape of `image`',
        };
        ctx.fail('shape-mismatch', args.spanOf('noisy'), { ...facts, found: formatShape(noisy.shape) });
      }
      const time = model.inputs.find((i) => i.kind === 'time')!;
      const replaced = new Map<Value, Value>([
        [noisyImageOf(model)!.value, withBatch(ctx, noisy)],
        [time.value, oneForEach(ctx, args, 'time')],
      ]);
      for (const a of args.extra) {
        const input = conditionOf(ctx, model, a);
        replaced.set(input.value, conditionValue(ctx, input, a));
      }
      const { output } = model.conventions;
      const names = tapNames(args);
      const taps = names.map((name) => ownValue(model.taps, name) ?? unknownTap(ctx, args, model, name));
      const values = call([model.outputs[output ?? ''], ...taps], replaced, { weights, span: args.span });
      const found = values.map((v) => tensorValue(weights === 'own' ? v : stopGradient(v), true));
      return names.length === 0 ? found[0] : { kind: 'tuple', items: found };
    },
    { openNames: true },
  );
}

export function isShape(found: Shape, wanted: Shape): boolean {
  return found.length === wanted.length && found.every((d, i) => dimsEqual(d, wanted[i]));
}

/** `[batch]` */
function oneForEach(ctx: Context, args: Arguments, name: string): Value {
  const t = args.tensor(name);
  if (t.shape.length > 0) {
    const facts = {
      what: `\`${name}\` of ${args.callee}`,
      expected: formatShape([]),
      reason: 'one number for each image',
    };
    ctx.fail('shape-mismatch', args.spanOf(name), { ...facts, found: formatShape(t.shape) });
  }
  return withBatch(ctx, t);
}

/** The input with this name; the class is called `label`, as in `drop = label(0.1)`. */
export function conditionOf(ctx: Context, model: ModelGraph, { name, span }: GivenArgument): ModelInput {
  const known = [...conditionsOf(model), ...model.inputs.filter((i) => i.kind === 'class' && i.name === 'y')];
  const found = known.find((i) => writtenName(i) === name?.name);
  if (found) return found;
  return ctx.failWith(unknownGiven(model, name ?? { name: '', span }, known.map(writtenName)));
}

export function writtenName({ kind, name }: ModelInput): string {
  return kind === 'class' && name === 'y' ? 'label' : name;
}

export function conditionValue(ctx: Context, input: ModelInput, { value, span }: GivenArgument): Value {
  const isNone = value.kind === 'word' && value.name === 'none';
  if (input.kind !== 'class') return fitted(ctx, input, value, { name: input.name, span });
  if (!isNone)
    ctx.fail('wrong-kind', span, { what: '`label` of model', expected: '`none`, no class', found: describe(value) });
  return broadcastTo(scalar(input.classes, 'i32'), { shape: input.value.shape });
}

function tapNames(args: Arguments): readonly string[] {
  const given = args.value('taps');
  if (given === null || (given.kind === 'word' && given.name === 'none')) return [];
  const items = given.kind === 'list' || given.kind === 'tuple' ? given.items : [given];
  return items.map((item) => (item.kind === 'string' ? item.value : args.wrongKind('taps', 'names in quotes')));
}

function unknownTap(ctx: Context, args: Arguments, { name: model, taps }: ModelGraph, tap: string): never {
  const known = Object.keys(taps).filter((path) => !path.includes('.'));
  const facts = { what: `\`taps\` of ${model}`, found: `"${tap}"`, words: known.join(', '), suggestion: '' };
  return ctx.fail('unknown-word', args.spanOf('taps'), facts);
}

/** The function may make weights, as a discriminator does whose slope is penalised. */
const jvp = layer(
  'jvp',
  'The value of a function, and its derivative along a direction: (f(at), d/dε f(at + ε · along) at ε = 0), exact.',
  {
    f: takes('function', 'a function from tensors to one tensor'),
    at: takes('tensors', 'the point; several tensors in parentheses'),
    along: takes('tensors', 'the direction, one tensor or number for each'),
  },
  (ctx, args) => {
    const at = several(args, 'at').map((v) => asTensor(args, v));
    const directions = several(args, 'along');
    if (directions.length !== at.length)
      args.wrongKind('along', `as many directions as \`at\` has values, ${at.length}`);
    // A copy of each value is passed to the function: one of `at` may be computed from another, but must not move with it.
    const seen = at.map((v) => reshape(withBatch(ctx, v), { shape: withBatch(ctx, v).shape }));
    const along = directions.map((d, i) => directionLike(ctx, args, d, seen[i]));
    const passed = seen.map((v): Passed => ({ name: null, value: tensorValue(v, true), span: args.spanOf('at') }));
    const site = { kind: 'missing', span: args.spanOf('f') } as const;
    const callee = args.value('f') ?? args.wrongKind('f', 'a function');
    const y = applyCallee(ctx, { callee, args: passed, site }, null);
    if (y.kind === 'poison') return y;
    if (y.kind !== 'tensor' || y.classes !== null)
      return args.wrongKind('f', 'a function whose value is a tensor', `one that gives ${describe(y)}`);
    const value = withBatch(ctx, asNumbers(y));
    const derivative = directionalDerivative(value, seen, along);
    return { kind: 'tuple', items: [tensorValue(value, true), tensorValue(derivative, true)] };
  },
);

function encodedWord(tokens: Value | null): Word {
  const doc =
    'The tokens [tokens, width] that the frozen encoder of `align` gives for the clean image, without a derivative.';
  return word('encoded', doc, {}, (ctx, args) =>
    tokens ? tensorValue(tokens, true) : ctx.fail('objective-encoded', args.span, {}),
  );
}

/** Makes the batch the first axis. The result is one tensor for all images, so a loss computed from it is the same for each. */
function overBatch(batchParts: number): Word {
  return word(
    'over_batch',
    '[...] → [images, ...]: one tensor with the values of all images of the batch, to compare images with each other.',
    { x: tensor('a value of each image') },
    (ctx, args) => {
      if (batchParts > 1) ctx.fail('batch-in-parts', args.span, { parts: batchParts });
      return tensorValue(withBatch(ctx, asNumbers(args.tensor('x'))), false);
    },
  );
}

function several(args: Arguments, name: string): readonly Evaluated[] {
  const given = args.value(name) ?? args.wrongKind(name, 'a tensor, or several in parentheses');
  return given.kind === 'tuple' || given.kind === 'list' ? given.items : [given];
}

function asTensor(args: Arguments, v: Evaluated): TensorValue {
  if (v.kind === 'number') return tensorValue(scalar(v.value), false);
  return v.kind === 'tensor' && v.classes === null
    ? asNumbers(v)
    : args.wrongKind('at', 'a tensor, or several in parentheses', describe(v));
}

function directionLike(ctx: Context, args: Arguments, v: Evaluated, at: Value): Value {
  if (v.kind === 'number') return broadcastTo(scalar(v.value), { shape: at.shape });
  if (v.kind !== 'tensor' || v.classes !== null)
    return args.wrongKind('along', 'a number or a tensor for each value', describe(v));
  if (!isShape(v.shape, at.shape.slice(1))) {
    const facts = {
      what: '`along` of jvp',
      expected: formatShape(at.shape.slice(1)),
      reason: 'the shape of what it moves',
    };
    ctx.fail('shape-mismatch', args.spanOf('along'), { ...facts, found: formatShape(v.shape) });
  }
  return withBatch(ctx, asNumbers(v));
}
