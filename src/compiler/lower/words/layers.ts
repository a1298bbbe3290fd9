/** Words that make weights: linear, embed, norms, param. Weights live under the label of the call. */
// Tested by test/golden/modules.test.ts.
import { formatShape, type Shape } from '../../ir/dims';
import { constant, type Initializer, type Value } from '../../ir/graph';
import { add, stopGradient } from '../../ops/elementwise';
import { gather } from '../../ops/indexing';
import { linear as linearOp } from '../../ops/linalg';
import { layerNorm, rmsNorm } from '../../ops/nn';
import { isTable, numbersOf, openIn } from '../tables';
import { describe, tensorValue, type Evaluated } from '../values';
import { biasInit, initArgument, staticDim, weightInit } from './initial';
import { axisSize, epsilon, flag, start as startOf, takes, tensor } from './parameter';
import { layer, word, type Arguments } from './word';
import { shapeArgument } from './movement';

export const linear = layer(
  'linear',
  '[..., in] → [..., out] by a weight [out, in] and a bias [out]. By default both start uniform within 1/√in.',
  {
    x: tensor('[..., in]'),
    out: axisSize('width of the result'),
    bias: flag('whether a bias is added', true),
    init: startOf('fan_in'),
  },
  (ctx, args) => {
    const x = args.tensor('x');
    const width = lastAxis(args, x.shape);
    const out = staticDim(args, 'out', args.dim('out'));
    const init = initArgument(args);
    const weight = ctx.weight('weight', [out, width], weightInit(init, width, out), args.span);
    const y = linearOp(x.value, weight);
    if (!args.boolean('bias')) return tensorValue(y, x.batched);
    return tensorValue(add(y, ctx.weight('bias', [out], biasInit(init, width), args.span)), x.batched);
  },
);

export const embed = layer(
  'embed',
  'A row of a trained table [classes + 1, width]; the last row stands for "no class".',
  {
    label: takes('label', 'a class label, as `input label: class(n)` declares it'),
    width: axisSize('width of a row'),
    init: startOf('normal(1)'),
  },
  (ctx, args) => {
    const label = args.value('label');
    if (label?.kind !== 'tensor' || label.classes === null || label.shape.length > 0) {
      return ctx.fail('label-needed', args.spanOf('label'), { found: label ? describe(label) : 'missing' });
    }
    const width = staticDim(args, 'width', args.dim('width'));
    const init = initArgument(args);
    const start: Initializer =
      init === 'default' ? { kind: 'normal', std: 1 } : weightInit(init, label.classes + 1, width);
    const table = ctx.weight('weight', [label.classes + 1, width], start, args.span);
    return tensorValue(gather(table, label.value), label.batched);
  },
);

export const rms_norm = layer(
  'rms_norm',
  'x / √(mean(x²) + eps) · weight over the last axis; the weight starts at one.',
  { x: tensor('[..., n]'), eps: epsilon(1e-6) },
  (ctx, args) => {
    const x = args.tensor('x');
    const weight = ctx.weight('weight', [lastAxis(args, x.shape)], { kind: 'ones' }, args.span);
    return tensorValue(rmsNorm(x.value, weight, { eps: args.number('eps') }), x.batched);
  },
);

export const layer_norm = layer(
  'layer_norm',
  '(x - mean) / √(variance + eps) · weight + bias over the last axis; without weight and bias when not `affine`.',
  {
    x: tensor('[..., n]'),
    eps: epsilon(1e-6),
    affine: flag('whether there are a weight and a bias [n]', true),
  },
  (ctx, args) => {
    const x = args.tensor('x');
    const width = lastAxis(args, x.shape);
    const affine = args.boolean('affine');
    const weight = affine ? ctx.weight('weight', [width], { kind: 'ones' }, args.span) : filled(args, width, 1);
    const bias = affine ? ctx.weight('bias', [width], { kind: 'zeros' }, args.span) : filled(args, width, 0);
    return tensorValue(layerNorm(x.value, weight, bias, { eps: args.number('eps') }), x.batched);
  },
);

export const param = layer(
  'param',
  'A separate weight, without a batch axis; its path is the label of the call. With `trained: false` it keeps its initial values.',
  {
    shape: takes('shape', 'a list of sizes such as [n, d]'),
    init: startOf('zero'),
    trained: flag('whether training changes it', true),
  },
  (ctx, args) => {
    const shape = shapeArgument(args, 'shape');
    const init = args.has('init') ? initArgument(args) : ({ kind: 'zeros' } as const);
    const last = shape[shape.length - 1] ?? 1;
    const start = weightInit(init, typeof last === 'number' ? last : 1, 1);
    const isTrained = args.boolean('trained');
    const value = ctx.parameter(shape, start, args.span, isTrained ? 'weight' : 'buffer');
    return tensorValue(isTrained ? value : stopGradient(value), false);
  },
);

export const fixed = layer(
  'fixed',
  'A constant table that is stored with the weights under the label of the call and is not trained.',
  { table: tensor('a tensor that depends on no input and no weight') },
  (ctx, args) => {
    const table = args.tensor('table');
    if (!isTable(table)) return args.wrongKind('table', 'a table that depends on no input and no weight');
    const open = openIn(table);
    if (open) openWeight(args, ctx.scopePath, formatShape(open.shape));
    const data = numbersOf(ctx, table, args.span);
    const stored = ctx.parameter(table.shape, { kind: 'table', data }, args.span, 'buffer');
    args.ctx.trace.tables.set(stored, table.value);
    return tensorValue(stopGradient(stored), false);
  },
);

function filled(args: Arguments, width: number, value: number): Value {
  args.ctx.makeNumbers(args.span, width);
  return constant({ shape: [width], data: new Float64Array(width).fill(value) });
}

/** The last axis of a layer's input, a known number since it is a size of the weight. */
function lastAxis(args: Arguments, shape: Shape): number {
  if (shape.length === 0) return args.wrongKind('x', 'a tensor with at least one axis');
  const last = shape[shape.length - 1];
  if (typeof last === 'number') return last;
  return openWeight(args, [args.ctx.scopePath, 'weight'].filter(Boolean).join('.'), `as wide as ${formatShape(shape)}`);
}

function openWeight(args: Arguments, path: string, shape: string): never {
  return args.ctx.fail('weight-size-open', args.span, { path, shape });
}

export const shared = layer(
  'shared',
  'A function with one set of weights for all of its calls, under the label of this call.',
  { f: takes('function', 'a block, a word or a function') },
  (ctx, args) => ({ kind: 'shared', callee: functionOf(args), place: ctx.sharedPlace() }),
);

export const recomputed = word(
  'recomputed',
  'A function whose values are computed again in the backward pass instead of being stored, if the recipe says `recompute = blocks`. Turns of a labelled repetition are treated so without this word. Each call needs a label, or a `let` of its own.',
  { f: takes('function', 'a block, a word or a function') },
  (_, args) => ({ kind: 'recomputed', callee: functionOf(args) }),
);

function functionOf(args: Arguments): Evaluated {
  const callee = args.value('f');
  const isFunction = callee !== null && ['block', 'lambda', 'builtin'].includes(callee.kind);
  return isFunction ? callee : args.wrongKind('f', 'a block, a word or a function');
}
