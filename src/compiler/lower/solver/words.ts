/** The words that only a `solver` or a `guidance` has: answers of the model, and noise. */
// Tested by test/compiler/programs/walk.test.ts.
import { formatShape } from '../../ir/dims';
import type { Value } from '../../ir/graph';
import type { Span } from '../../source';
import type { Context } from '../context';
import { guidedOver } from '../left-out';
import type { ModelGraph, ModelInput } from '../model';
import { conditionOf, conditionValue, isShape } from '../objective/words';
import { withBatch } from '../tensors';
import { describe, tensorValue } from '../values';
import { flag, takes, tensor } from '../words/parameter';
import { word, wordSignature, type Arguments, type Word, type WordSignature } from '../words/word';
import { float } from '../words/parameter';

/** The images, time and conditions at which the model is evaluated. */
export interface Point {
  /** `[batch, …]` */
  readonly noisy: Value;
  /** A number: 0 at the noise, 1 at the data. */
  readonly time: Value;
  /** Whether the model is given the nearest whole number as its time. */
  readonly isWhole: boolean;
  /** Conditions that replace those of the images being drawn, by the model's inputs. */
  readonly conditions: ReadonlyMap<Value, Value>;
}

/** Which variant of the model is evaluated. */
export interface Branch {
  /** Inputs that are left out. */
  readonly without: readonly ModelInput[];
  readonly conditions: ReadonlyMap<Value, Value>;
  /** A file with other weights; null for the weights that images are drawn with. */
  readonly weights: string | null;
}

export const stateDoc =
  'The type of state that is kept from step to step, in the shape of the image; an output of the same name gives its new value.';

/** `input last: state` */
export const stateSignature: WordSignature = wordSignature('state', {
  start: float('its initial value', {}, 0),
});

/** The words of a solver; `ask` gives the guided velocity, which points from the noise to the data. */
export function solverWords(
  model: ModelGraph,
  image: ModelInput,
  sources: { readonly ask: (point: Point, span: Span) => Value; readonly draw: () => Value },
): ReadonlyMap<string, Word> {
  const velocity = word(
    'velocity',
    'The velocity from noise to data, with the guidance of the sample section. Conditions are those of the images, except the ones that are named here.',
    {
      noisy: tensor('noisy images, in the shape of `noisy`'),
      time: takes('number or tensor', 'one number: 0 at the noise, 1 at the data'),
      whole: flag('whether the time is rounded to a whole number before the model sees it', false),
    },
    (ctx, args) => {
      if (args.boolean('whole') && model.conventions.inside)
        args.wrongKind('whole', `false for a model on the path ${model.conventions.inside}, whose times are converted`);
      const point = {
        noisy: imageLike(ctx, args, 'noisy', image),
        time: oneNumber(ctx, args, 'time'),
        isWhole: args.boolean('whole'),
        conditions: namedConditions(ctx, model, args),
      };
      return tensorValue(sources.ask(point, args.span), true);
    },
    { openNames: true },
  );
  const normal = word(
    'normal',
    'Noise in the shape of the image, from the seed; other numbers in each step, and the same on every backend.',
    { like: tensor('a tensor in the shape of the image, such as `noisy`') },
    (ctx, args) => {
      imageLike(ctx, args, 'like', image);
      return tensorValue(sources.draw(), true);
    },
  );
  return new Map([velocity, normal].map((w) => [w.signature.callee, w]));
}

/** The words of a guidance; `ask` gives the velocity of a branch at the point that the solver evaluates. */
export function guidanceWords(model: ModelGraph, ask: (branch: Branch) => Value): ReadonlyMap<string, Word> {
  const branch = word(
    'branch',
    'The velocity that the model predicts for this evaluation: with all its conditions, without those that training dropped, with other conditions that are named here, or with other weights.',
    {
      conditions: takes('word', '`all` conditions, or `none` of those that training dropped at random', 'all'),
      weights: takes('String', 'file with other weights of the model, such as those of a shorter run', 'none'),
    },
    (ctx, args) => {
      const found = { conditions: namedConditions(ctx, model, args), weights: weightsOf(args) };
      return tensorValue(ask({ ...found, without: leftOut(ctx, model, args) }), true);
    },
    { openNames: true },
  );
  return new Map([['branch', branch]]);
}

function weightsOf(args: Arguments): string | null {
  const given = args.value('weights');
  if (given === null || (given.kind === 'word' && given.name === 'none')) return null;
  return args.string('weights');
}

/** The inputs that `branch(none)` leaves out. */
function leftOut(ctx: Context, model: ModelGraph, args: Arguments): readonly ModelInput[] {
  const given = args.value('conditions');
  const name = given === null ? 'all' : given.kind === 'word' ? given.name : '';
  if (name === 'all') return [];
  if (name !== 'none') args.wrongKind('conditions', '`all` or `none`');
  const without = guidedOver(model);
  if (without.length === 0) ctx.fail('branch-without-nothing', args.span, { model: model.name });
  return without;
}

function namedConditions(ctx: Context, model: ModelGraph, args: Arguments): ReadonlyMap<Value, Value> {
  return new Map(
    args.extra.map((a) => {
      const input = conditionOf(ctx, model, a);
      return [input.value, conditionValue(ctx, input, a)];
    }),
  );
}

function imageLike(ctx: Context, args: Arguments, name: string, image: ModelInput): Value {
  const t = args.tensor(name);
  const wanted = image.value.shape.slice(1);
  if (isShape(t.shape, wanted)) return withBatch(ctx, t);
  const facts = {
    expected: formatShape(wanted),
    found: formatShape(t.shape),
    reason: 'that is the shape of the image',
  };
  return ctx.fail('shape-mismatch', args.spanOf(name), { what: `\`${name}\` of ${args.callee}`, ...facts });
}

function oneNumber(ctx: Context, args: Arguments, name: string): Value {
  const t = args.tensor(name);
  if (t.shape.length === 0 && !t.batched) return t.value;
  const facts = { what: `\`${name}\` of ${args.callee}`, expected: 'one number for all images', found: describe(t) };
  return ctx.fail('wrong-kind', args.spanOf(name), facts);
}
