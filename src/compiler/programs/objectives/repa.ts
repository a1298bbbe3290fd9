/** Representation alignment (REPA, arXiv 2410.06940): training pulls a model's tokens toward those of a frozen image encoder. */
import { WeftError } from '../../diagnostics/diagnostic';
import type { Dim } from '../../ir/dims';
import { resizingMatrix } from '../../lower/resampled';
import { constant, inScope, variable, type NdArray, type Value, type Variable } from '../../ir/graph';
import { add, maximum, mul, div, sqrt, square, sub } from '../../ops/elementwise';
import { linear, matmul } from '../../ops/linalg';
import { silu } from '../../ops/nn';
import { reduceMean, reduceSum } from '../../ops/reduction';

/** Layers Linear, SiLU, Linear, SiLU, Linear, from the model's width to the encoder's. */
export interface Projector {
  readonly layers: readonly { readonly weight: Variable; readonly bias: Variable }[];
  readonly weights: readonly Variable[];
}

/** The projector's weights, `repa.0.weight` `[hidden, width]` to `repa.4.bias` `[teacher]`; they are trained with the model. */
export function repaProjector(width: number, hidden: number, teacher: number): Projector {
  const sizes = [width, hidden, hidden, teacher];
  const layers = [0, 1, 2].map((i) => {
    const init = { kind: 'uniform', bound: sizes[i] ** -0.5 } as const;
    // Activations count as layers in the names, as in the reference, so linear layers have even numbers.
    const name = `repa.${2 * i}`;
    const weight = variable(`${name}.weight`, [sizes[i + 1], sizes[i]], init, 'weight');
    return { weight, bias: variable(`${name}.bias`, [sizes[i + 1]], init, 'weight') };
  });
  return { layers, weights: layers.flatMap(({ weight, bias }) => [weight, bias]) };
}

/** Maps the model's tokens `[batch, tokens, width]` to the encoder's width: `[batch, tokens, teacher]`. */
export function project({ layers }: Projector, tokens: Value): Value {
  return inScope('repa', () =>
    layers.reduce((x, { weight, bias }, i) => add(linear(i === 0 ? x : silu(x), weight), bias), tokens),
  );
}

/**
 * The alignment loss of projected tokens `[batch, tokens, teacher]` and the encoder's `[batch, teacher tokens, teacher]`, a
 * scalar. Class models (reference): mean(1 - cos), with the projected tokens resized to the encoder's grid by averaging or
 * bilinearly. Text models: -mean(cos), with the finer of the two grids resized to the coarser one bilinearly.
 */
export function alignmentLoss(projected: Value, teacher: Value, reference: 'class' | 'text'): Value {
  const [have, want] = [tokensOf(projected), tokensOf(teacher)];
  if (reference === 'class') {
    return sub(1, meanCosine(resized(projected, want, want < have ? 'area' : 'linear'), teacher));
  }
  const own = resized(normalized(projected), Math.min(have, want), 'linear');
  return mul(meanCosine(own, resized(teacher, Math.min(have, want), 'linear')), -1);
}

/** Mean over all tokens of the cosine between two lists of tokens. */
function meanCosine(a: Value, b: Value): Value {
  const cosines = reduceSum(mul(normalized(a), normalized(b)), { axes: [2] });
  return reduceMean(cosines, { axes: [0, 1] });
}

/** The tokens, each scaled to length 1. */
function normalized(x: Value): Value {
  const length = sqrt(maximum(reduceSum(square(x), { axes: [2], keepDims: true }), 1e-16));
  return div(x, length);
}

/** Tokens of a square grid, resized to another square grid of `tokens` tokens. */
function resized(x: Value, tokens: number, how: 'area' | 'linear'): Value {
  const have = tokensOf(x);
  if (have === tokens) return x;
  const axis = resizingMatrix(sideOf(have), sideOf(tokens), how);
  return matmul(constant(onGrid(axis)), x);
}

/** The matrix of one axis for both axes of a grid at once, `[1, to², from²]`. */
function onGrid(axis: number[][]): NdArray {
  const [to, from] = [axis.length, axis[0].length];
  const data = new Float64Array(to * to * from * from);
  let at = 0;
  for (let y = 0; y < to; y++)
    for (let x = 0; x < to; x++)
      for (let v = 0; v < from; v++) for (let u = 0; u < from; u++) data[at++] = axis[y][v] * axis[x][u];
  return { shape: [1, to * to, from * from], data };
}

/** The side of a square grid of tokens. */
function sideOf(tokens: number): number {
  const side = Math.floor(Math.sqrt(tokens));
  if (side * side === tokens) return side;
  throw new WeftError(
    `Alignment resizes grids of tokens as squares, but ${tokens} tokens form none.`,
    'Give the encoder images that make as many tokens as the model has, or square images.',
  );
}

function tokensOf(x: Value): number {
  return fixed(x.shape[1]);
}

function fixed(size: Dim): number {
  if (typeof size === 'number') return size;
  throw new WeftError('Alignment needs a fixed number of tokens.', 'Give the model a fixed image size.');
}
