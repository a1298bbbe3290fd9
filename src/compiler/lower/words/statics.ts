/** Words on numbers, sizes and ratios, computed when the model is built; on tensors the mathematical ones are elementwise ops. */
// Tested by test/compiler/lower/kinds.test.ts.
import { counted } from '../../diagnostics/counted';
import { nonNegativeRange, positiveRange, type NumberRange } from '../../bind/number-range';
import { subDims, type Dim } from '../../ir/dims';
import { dimension, range as rangeOp } from '../../ops/creation';
import * as elementwise from '../../ops/elementwise';
import * as nn from '../../ops/nn';
import { constant, type Value } from '../../ir/graph';
import { finite } from '../numbers';
import { divisors } from '../sizes';
import { mapTensor } from '../tensors';
import { describe, numberValue, tensorValue, type Evaluated, type InitValue, type SizeValue } from '../values';
import { axisSize, deviation, takes, tensor, type ParameterSpec } from './parameter';
import { word, type Arguments, type Word } from './word';

const constantLimit = 2 ** 24;

export const floor = rounding('floor', Math.floor, (x) => elementwise.floor(x));
export const ceil = rounding('ceil', Math.ceil, (x) => elementwise.neg(elementwise.floor(elementwise.neg(x))));
export const round = rounding('round', Math.round, (x) => elementwise.floor(elementwise.add(x, 0.5)));

export const exp = mathematical('exp', 'eˣ', Math.exp, (x) => elementwise.exp(x));
export const log = mathematical('log', 'ln x', Math.log, (x) => elementwise.log(x), positiveRange);
export const sqrt = mathematical('sqrt', '√x', Math.sqrt, (x) => elementwise.sqrt(x), nonNegativeRange);
export const sin = mathematical('sin', 'sin x', Math.sin, (x) => elementwise.sin(x));
export const cos = mathematical('cos', 'cos x', Math.cos, (x) => elementwise.cos(x));
export const tanh = mathematical('tanh', 'tanh x', Math.tanh, (x) => elementwise.tanh(x));
export const abs = mathematical('abs', '|x|', Math.abs, (x) => elementwise.abs(x));
export const sign = mathematical('sign', '-1, 0 or 1', Math.sign, (x) => elementwise.sign(x));
export const square = mathematical(
  'square',
  'x²',
  (x) => x * x,
  (x) => elementwise.square(x),
);

export const silu = activation('silu', 'x · sigmoid(x)', (x) => nn.silu(x));
export const gelu = activation('gelu', 'x · Φ(x), exact', (x) => nn.gelu(x));
export const gelu_tanh = activation('gelu_tanh', 'GELU by its tanh approximation', (x) => nn.geluTanh(x));
export const relu = activation('relu', 'max(x, 0)', (x) => nn.relu(x));
export const sigmoid = activation('sigmoid', '1 / (1 + e⁻ˣ)', (x) => elementwise.sigmoid(x));
export const identity = activation('identity', 'x', (x) => x);

export const stop = word('stop', 'x as a constant: its derivative is 0.', { x: tensor('any tensor') }, (_, args) =>
  mapTensor((x) => elementwise.stopGradient(x), args.tensor('x')),
);

export const Size = word(
  'Size',
  'A Size from its sides.',
  { height: axisSize('rows'), width: axisSize('columns') },
  (_, args) => ({ kind: 'size', height: args.dim('height'), width: args.dim('width') }),
);

/** `count` numbers a step apart. A loop, since with a function call for each number tables of millions take seconds. */
function evenly(count: number, from: number, step: number): Float64Array {
  const data = new Float64Array(count);
  for (let i = 0; i < count; i++) data[i] = from + step * i;
  return data;
}

export const range = word(
  'range',
  'The tensor [0, 1, …, count - 1].',
  { count: axisSize('how many numbers') },
  (_, args) => {
    const count = limited(args, 'count');
    if (typeof count !== 'number') return tensorValue(rangeOp({ count }), false);
    return tensorValue(constant({ shape: [count], data: evenly(count, 0, 1) }), false);
  },
);

export const linspace = word(
  'linspace',
  'The tensor of `count` equally spaced numbers, both ends included; one number is `from`.',
  {
    from: { ...takes('number or tensor', 'the first number'), range: {} },
    to: { ...takes('number or tensor', 'the last number'), range: {} },
    count: axisSize('how many numbers'),
  },
  (_, args) => {
    const count = limited(args, 'count');
    const isKnown = ['from', 'to'].every((name) => args.value(name)?.kind === 'number');
    if (!isKnown || typeof count !== 'number') return tensorValue(openLinspace(args, count), false);
    const [from, to] = [args.number('from'), args.number('to')];
    const step = count > 1 ? (to - from) / (count - 1) : 0;
    return tensorValue(constant({ shape: [count], data: evenly(count, from, step) }), false);
  },
);

/** from + i · (to - from) / (count - 1), computed when the model runs. */
function openLinspace(args: Arguments, count: Dim): Value {
  const [from, to] = ['from', 'to'].map((name) => {
    const end = args.tensor(name);
    return end.batched || end.shape.length > 0 ? args.wrongKind(name, 'a number') : end.value;
  });
  const gaps = elementwise.maximum(dimension({ size: subDims(count, 1) }), 1);
  const places = elementwise.mul(rangeOp({ count }), elementwise.sub(to, from));
  return elementwise.add(elementwise.div(places, gaps), from);
}

/**
 * The window for a compaction ratio: a part of a patch, or several whole patches if the ratio is larger than a patch. Its form is
 * as close to that of the patch (or of the grid, for several patches) as divisors allow.
 */
export const window = word(
  'window',
  'The Size of the windows for a compaction ratio: parts of a patch, or several whole patches of a grid.',
  {
    patch: takes('Size', 'a patch in pixels'),
    ratio: takes('Ratio', 'pixels to one token'),
    grid: takes('Size', 'grid of patches of the image, for windows that hold several patches', 'none'),
  },
  (ctx, args) => {
    const [patch, grid, ratio] = [args.value('patch'), args.value('grid'), args.value('ratio')];
    if (ratio?.kind !== 'ratio') return args.wrongKind('ratio', 'a Ratio');
    if (patch?.kind !== 'size' || !isKnown(patch)) return args.wrongKind('patch', 'a Size that is known');
    if (grid && grid.kind !== 'size') return args.wrongKind('grid', 'a Size');
    const pixels = patch.height * patch.width;
    const area = ratio.left / ratio.right;
    const ofPatches = grid !== null && area > pixels;
    if (ofPatches && !isKnown(grid))
      return args.wrongKind('grid', 'a Size that is known, as windows of several patches follow its form');
    const fit = ofPatches && isKnown(grid) ? within(grid, area / pixels) : within(patch, area);
    if (!fit) {
      const facts = { ratio: `${ratio.left}:${ratio.right}`, pixels, patch: `${patch.height}x${patch.width}` };
      return ctx.fail('ratio-not-divisor', args.spanOf('ratio'), { ...facts, ...ratiosNear(pixels, area) });
    }
    const unit = area > pixels ? patch : { height: 1, width: 1 };
    return { kind: 'size', height: fit.height * unit.height, width: fit.width * unit.width };
  },
);

/** The most ratios that a message lists. */
const mostRatios = 12;

/** The divisors of `pixels` nearest to `area` as ratios, in ascending order, and the number of others. */
function ratiosNear(pixels: number, area: number): { readonly candidates: string; readonly others: number } {
  // The divisors of a number above 2⁵³ are not known, since it may be rounded.
  const all = Number.isSafeInteger(pixels) ? divisors(pixels) : [];
  const distance = (d: number): number => Math.abs(Math.log(d / area));
  const near = [...all].sort((a, b) => distance(a) - distance(b)).slice(0, mostRatios);
  const candidates = near.sort((a, b) => a - b).map((d) => `${d}:1`);
  return { candidates: candidates.join(', '), others: all.length - near.length };
}

type Sides = { readonly height: number; readonly width: number };

function isKnown(size: Pick<SizeValue, 'height' | 'width'>): size is Sides {
  return typeof size.height === 'number' && typeof size.width === 'number';
}

/** The box of `area` whose sides divide those of `whole`, with the form nearest to it; null if there is none. */
function within(whole: Sides, area: number): Sides | null {
  const fits = divisors(whole.height)
    .map((height) => ({ height, width: area / height }))
    .filter((w) => Number.isInteger(w.width) && w.width > 0 && whole.width % w.width === 0);
  const skew = (w: Sides): number => Math.abs(Math.log(w.height / whole.height / (w.width / whole.width)));
  return fits.length === 0 ? null : fits.reduce((best, w) => (skew(w) < skew(best) ? w : best));
}

export const none = constantWord(
  'none',
  'A value that is absent, such as a mask, or an input in an `if` that is not taken; test it with `mask == none`.',
  {
    kind: 'word',
    name: 'none',
  },
);
export const all = constantWord('all', 'Stands for every axis, as in `mean(x, axis: all)`.', {
  kind: 'word',
  name: 'all',
});
export const fan_in = constantInit(
  'fan_in',
  'Uniform with bound 1/√in, also for the bias: the default of a linear layer.',
  {
    kind: 'init',
    init: 'default',
  },
);
export const zero = constantInit('zero', 'Initial values of 0.', { kind: 'init', init: { kind: 'zeros' } });
export const one = constantInit('one', 'Initial values of 1.', { kind: 'init', init: { kind: 'ones' } });
export const xavier = constantInit('xavier', 'Uniform with bound √(6 / (in + out)); the bias starts at zero.', {
  kind: 'init',
  init: 'xavier',
});
export const normal = word(
  'normal',
  'Initial values drawn from N(0, std²).',
  { std: deviation('the standard deviation') },
  (_, args) => ({ kind: 'init', init: { kind: 'normal', std: args.number('std') } }),
);

/** A word that is written without a call. */
export interface ConstantWord extends Word {
  readonly constant: Evaluated;
}

function constantInit(name: string, doc: string, value: InitValue): ConstantWord {
  return constantWord(name, doc, value);
}

function constantWord(name: string, doc: string, value: Evaluated): ConstantWord {
  return { ...word(name, doc, {}, () => value), constant: value };
}

function rounding(name: string, apply: (x: number) => number, onTensor: (x: Value) => Value): Word {
  const x: ParameterSpec = { ...takes('number or tensor', 'a number or a tensor'), range: { double: true } };
  const doc = `${name} of a number, an Int, or of every element; the derivative is 0.`;
  return word(name, doc, { x }, (_, args) => {
    const x = args.value('x');
    if (x?.kind === 'dim') return x;
    return x?.kind === 'tensor' ? mapTensor(onTensor, args.tensor('x')) : numberValue(apply(args.number('x')), true);
  });
}

/** Static on numbers, elementwise on tensors. */
// eslint-disable-next-line @typescript-eslint/max-params -- a row of the table above: one function a line
function mathematical(
  name: string,
  formula: string,
  onNumber: (x: number) => number,
  onTensor: (x: Value) => Value,
  range: NumberRange = {},
): Word {
  const x: ParameterSpec = { ...takes('number or tensor', 'a number or a tensor'), range: { ...range, double: true } };
  return word(name, `${formula}, of a number or of every element.`, { x }, (ctx, args) => {
    const x = args.value('x');
    if (x?.kind !== 'number') return mapTensor(onTensor, args.tensor('x'));
    return finite(ctx, numberValue(onNumber(x.value), false), args.span);
  });
}

function activation(name: string, formula: string, onTensor: (x: Value) => Value): Word {
  return word(name, `${formula}, of every element.`, { x: tensor('any tensor') }, (_, args) =>
    mapTensor(onTensor, args.tensor('x')),
  );
}

/** The length of a table; reported if it is too long to store in files. */
function limited(args: Arguments, name: string): Dim {
  const given = args.value(name);
  if (given?.kind === 'dim') return given.value;
  const count = args.int(name);
  if (count > constantLimit) {
    args.ctx.fail('size-limit', args.spanOf(name), {
      what: `A table (${describe(numberValue(count))})`,
      found: counted(count, 'number'),
      limit: `${constantLimit}`,
    });
  }
  args.ctx.makeNumbers(args.span, count);
  return count;
}
