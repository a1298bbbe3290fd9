/** The words that only a `given` of a recipe has, besides the words of the language: they change the image, or draw numbers. */
// Tested by test/train/givens.test.ts.
import { nonNegativeRange, sizeRange } from '../../bind/number-range';
import { formatShape, type Shape } from '../../ir/dims';
import type { Value } from '../../ir/graph';
import {
  add,
  greaterEqual,
  less,
  logicalAnd,
  maximum,
  minimum,
  mul,
  cast,
  exp,
  div,
  sqrt,
  sub,
} from '../../ops/elementwise';
import { randomNormal, randomUniform, range } from '../../ops/creation';
import { reshape } from '../../ops/movement';
import { reduceMean } from '../../ops/reduction';
import { float, int, takes, tensor } from '../words/parameter';
import { word, type Arguments, type Word } from '../words/word';
import { shapeArgument } from '../words/movement';
import type { Context, Draws } from '../context';
import { tensorValue, type Evaluated } from '../values';
import { encodeWord } from './encode-call';
import { pairedWords, type PairedKind } from './paired';

/** The draws, sizes and pictures that the words use. */
export interface GivenSources extends Draws {
  /** The sides of the clean image in pixels. */
  readonly side: { readonly height: number; readonly width: number };
  /** The input that is fed from a folder, if the whole given is that folder; otherwise null. */
  readonly paired: Value | null;
}

/** The longer side of a rectangle is at most about this many times the shorter one. */
const longest = 2;

export function givenWords(sources: GivenSources): ReadonlyMap<string, Word> {
  const draw = (ctx: Context, shape: Shape): Value =>
    randomUniform(sources.seed, { shape: [ctx.batch, ...shape], stream: sources.nextStream() });
  const between = (ctx: Context, low: number, high: number, shape: Shape = []): Value =>
    add(mul(draw(ctx, shape), high - low), low);
  const all = [
    word(
      'downsample',
      '[..., h, w] → [..., h / factor, w / factor]: the mean of each cell of factor × factor.',
      { x: tensor('[..., h, w]'), factor: int('side of a cell', sizeRange, 2) },
      (ctx, args) => {
        const { value, shape, batched } = args.tensor('x');
        const factor = args.int('factor');
        const [h, w] = shape.slice(-2).map(Number);
        if (shape.length < 2 || h % factor !== 0 || w % factor !== 0) {
          const facts = { what: '`x` of downsample', expected: '[..., h, w]', found: formatShape(shape) };
          ctx.fail('shape-mismatch', args.spanOf('x'), { ...facts, reason: `${factor} does not divide both sides` });
        }
        const lead = value.shape.slice(0, value.shape.length - 2);
        const cells = reshape(value, { shape: [...lead, h / factor, factor, w / factor, factor] });
        return tensorValue(reduceMean(cells, { axes: [lead.length + 1, lead.length + 3] }), batched);
      },
    ),
    word(
      'random_mask',
      'A random rectangle of ones among zeros, [1, height, width] of the image; it covers a share of the image between `min` and `max`.',
      { min: float('the smallest share', { min: 0, max: 1 }), max: float('the largest share', { min: 0, max: 1 }) },
      (ctx, args) => {
        const [low, high] = [args.number('min'), args.number('max')];
        if (low > high) args.wrongKind('max', `at least \`min\`, ${low}`);
        const { height, width } = sources.side;
        const share = between(ctx, low, high);
        // The height follows from the drawn form, but is at least the share: otherwise the width would exceed the image.
        const form = exp(between(ctx, -Math.log(longest) / 2, Math.log(longest) / 2));
        const tall = minimum(maximum(mul(sqrt(share), form), share), 1);
        const wide = div(share, maximum(tall, 1e-6));
        const along = (part: Value, pixels: number, axis: 'rows' | 'columns'): Value => {
          const long = mul(part, pixels);
          const start = mul(draw(ctx, []), sub(pixels, long));
          const shape: Shape = axis === 'rows' ? [1, 1, pixels, 1] : [1, 1, 1, pixels];
          const centres = reshape(add(range({ count: pixels }), 0.5), { shape });
          const at = (v: Value): Value => reshape(v, { shape: [ctx.batch, 1, 1, 1] });
          return logicalAnd(greaterEqual(centres, at(start)), less(centres, at(add(start, long))));
        };
        const inside = logicalAnd(along(tall, height, 'rows'), along(wide, width, 'columns'));
        return tensorValue(cast(inside, { dtype: 'f32' }), true);
      },
    ),
    word(
      'uniform',
      'Uniform draws between `low` and `high`: one number per image, or a tensor.',
      { low: float('the smallest'), high: float('the largest'), ...drawnShape },
      (ctx, args) => {
        const [low, high] = [args.number('low'), args.number('high')];
        if (low > high) args.wrongKind('high', `at least \`low\`, ${low}`);
        return tensorValue(between(ctx, low, high, shapeOf(args)), true);
      },
    ),
    word(
      'normal',
      'Normal draws: one number per image, or a tensor.',
      {
        mean: float('the mean', {}, 0),
        std: float('the standard deviation', nonNegativeRange, 1),
        ...drawnShape,
      },
      (ctx, args) => {
        const shape = [ctx.batch, ...shapeOf(args)];
        const drawn = randomNormal(sources.seed, { shape, stream: sources.nextStream() });
        return tensorValue(add(mul(drawn, args.number('std')), args.number('mean')), true);
      },
    ),
    pairedWord(
      'pictures',
      'The image of another folder that belongs to each training image, with values in [-1, 1].',
      sources,
    ),
    pairedWord(
      'masks',
      'The mask of another folder that belongs to each training image: black is 0, white is 1.',
      sources,
    ),
    pairedWord(
      'values',
      'What one file holds: a picture or a single row for all images, or a row for each image of the training data, in its order (.npy, .safetensors).',
      sources,
    ),
    encodeWord,
  ];
  return new Map(all.map((w) => [w.signature.callee, w]));
}

/** A word for the pictures of a folder. Its value is the input itself, since batches contain these pictures. */
function pairedWord(kind: PairedKind, doc: string, { paired, side }: GivenSources): Word {
  const apply = (ctx: Context, args: Arguments): Evaluated => {
    args.string('path');
    if (!paired) ctx.fail('paired-alone', args.span, { word: args.callee });
    if (kind === 'values') return tensorValue(paired, true);
    const { shape } = paired;
    const channels = kind === 'masks' ? [1] : [1, 3];
    if (shape.length === 4 && channels.includes(Number(shape[1])) && paired.dtype === 'f32') {
      checkForm(ctx, args, paired, side);
      return tensorValue(paired, true);
    }
    const facts = { word: args.callee, channels: channels.join(' or '), found: formatShape(shape.slice(1)) };
    return ctx.fail('paired-shape', args.span, facts);
  };
  return word(
    pairedWords[kind],
    doc,
    { path: takes('String', `of a ${kind === 'values' ? 'file' : 'folder'}, in quotes`) },
    apply,
  );
}

/** Checks that an input has the form of the image. Pictures are scaled to cover it and cut at the centre, so the cuts then agree. */
function checkForm(
  ctx: Context,
  args: Arguments,
  { shape, leaf }: Value,
  { height, width }: GivenSources['side'],
): void {
  const [h, w] = shape.slice(2).map(Number);
  if (h * width === w * height) return;
  const unit = commonDivisor(height, width);
  const [rows, columns] = [height / unit, width / unit];
  const nearest = Math.max(1, Math.round((h / rows + w / columns) / 2));
  const fitting = [...new Set([nearest, unit])].map((n) => `${n * rows}x${n * columns}`);
  const name = leaf?.kind === 'input' ? leaf.name : args.callee;
  ctx.fail('paired-form', args.span, { name, found: `${h}x${w}`, image: `${height}x${width}`, fitting });
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}

const drawnShape = {
  shape: takes('shape', 'of the result', '[]'),
  like: takes('tensor', 'a tensor of the wanted shape, in place of `shape`', 'none'),
};

function shapeOf(args: Arguments): Shape {
  if (args.has('like')) return args.tensor('like').shape;
  return args.has('shape') ? shapeArgument(args, 'shape') : [];
}
