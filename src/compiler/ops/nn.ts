/** Composites of networks: activations, norms, softmax. */
// Tested by test/ops/conformance.test.ts.
import { dimsEqual, formatShape } from '../ir/dims';
import type { TensorType, Value } from '../ir/graph';
import { perElement, softmaxFlops } from './cost';
import { defineComposite, type Composite, type CompositeOp } from './define';
import {
  abs,
  add,
  div,
  erf,
  exp,
  greater,
  log,
  maximum,
  mul,
  neg,
  rsqrt,
  select,
  sigmoid,
  square,
  sub,
} from './elementwise';
import { reduceMax, reduceMean, reduceSum } from './reduction';
import { expectFloat, lastDim, misfit, sameDType } from './shapes';
import { usual } from './traits';
import { unbroadcast } from './unbroadcast';

export const relu: CompositeOp<['x']> = activation('relu', {
  doc: 'max(x, 0); its derivative at 0 is 0.',
  flops: perElement(1),
  expand: (x) => maximum(x, 0),
  grad: ({ x, dy }) => select(greater(x, 0), dy, 0),
  lower: {
    eager: (tf, { x }) => tf.relu(x),
    graphDef: (g, { x }) => g.node('Relu', [x]),
    onnx: (g, { x }) => g.node('Relu', [x]),
  },
});

export const silu: CompositeOp<['x']> = activation('silu', {
  doc: 'x · sigmoid(x).',
  flops: perElement(2),
  expand: (x) => mul(x, sigmoid(x)),
  // d/dx x·s = s + x·s·(1 − s) = s · (1 + x − x·s) = s · (1 + x − y).
  grad: ({ x, y, dy }) => mul(dy, mul(sigmoid(x), add(sub(x, y), 1))),
  lower: {
    eager: 'expand',
    graphDef: 'expand',
    // Opset 24 has Swish, but ONNX Runtime 1.30 has no kernel for it.
    onnx: 'expand',
  },
});

export const gelu: CompositeOp<['x']> = activation('gelu', {
  doc: 'x · Φ(x) = x/2 · (1 + erf(x/√2)), exactly.',
  flops: perElement(5),
  expand: (x) => mul(x, normalCdf(x)),
  // d/dx x·Φ = Φ + x·φ with φ = exp(−x²/2)/√(2π).
  grad: ({ x, dy }) => {
    const density = mul(exp(mul(square(x), -0.5)), 1 / Math.sqrt(2 * Math.PI));
    return mul(dy, add(normalCdf(x), mul(x, density)));
  },
  lower: {
    eager: 'expand',
    graphDef: 'expand',
    onnx: (g, { x }) => (g.opset >= 20 ? g.node('Gelu', [x], { approximate: 'none' }) : null),
  },
});

export const geluTanh: CompositeOp<['x']> = activation('gelu_tanh', {
  doc: 'x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³))), the usual approximation of gelu.',
  flops: perElement(8),
  expand: (x) => {
    const inner = mul(mul(x, add(mul(square(x), 0.044715), 1)), Math.sqrt(2 / Math.PI));
    // (1 + tanh u) / 2 = sigmoid 2u.
    return mul(x, sigmoid(mul(inner, 2)));
  },
  grad: 'expand',
  lower: {
    eager: 'expand',
    graphDef: 'expand',
    onnx: (g, { x }) => (g.opset >= 20 ? g.node('Gelu', [x], { approximate: 'tanh' }) : null),
  },
});

export const softplus: CompositeOp<['x']> = activation('softplus', {
  doc: 'log(1 + exp x), as max(x, 0) + log(1 + exp(−|x|)).',
  flops: perElement(3),
  expand: (x) => add(maximum(x, 0), log(add(exp(neg(abs(x))), 1))),
  grad: ({ x, dy }) => mul(dy, sigmoid(x)),
  lower: {
    eager: (tf, { x }) => tf.softplus(x),
    graphDef: (g, { x }) => g.node('Softplus', [x]),
    onnx: (g, { x }) => g.node('Softplus', [x]),
  },
});

export const softmax: CompositeOp<['x']> = defineComposite('softmax', {
  doc: 'exp(x − max x) / Σ exp(x − max x) over the last axis.',
  inputs: ['x'],
  traits: { ...usual, memory: 'written out', axes: 'row', half: 'statistic' },
  flops: perElement(softmaxFlops),
  infer: ({ x }) => {
    expectFloat('softmax', x);
    lastDim('softmax', x.shape);
    return x;
  },
  expand: ({ x }) => {
    const raised = exp(sub(x, reduceMax(x, lastAxis(x))));
    return div(raised, reduceSum(raised, lastAxis(x)));
  },
  // dx = y · (dy − Σ dy·y).
  grad: ({ y, dy }) => {
    const weighted = mul(dy, y);
    return { x: sub(weighted, mul(y, reduceSum(weighted, lastAxis(y)))) };
  },
  lower: {
    eager: (tf, { x }) => tf.softmax(x),
    graphDef: (g, { x }) => g.node('Softmax', [x]),
    onnx: (g, { x }) => g.node('Softmax', [x], { axis: -1 }),
  },
});

export const rmsNorm: CompositeOp<['x', 'weight'], { readonly eps: number }> = defineComposite('rms_norm', {
  doc: 'x / √(mean(x², last axis) + eps) · weight.',
  inputs: ['x', 'weight'],
  traits: { ...usual, memory: 'written out', axes: 'row', half: 'statistic' },
  flops: perElement(4),
  infer: ({ x, weight }) => lastAxisType('rms_norm', x, weight),
  expand: ({ x, weight }, { eps }) => mul(mul(x, inverseRms(x, eps)), weight),
  // With r = 1/√(mean x² + eps), n = x·r and g = dy·weight: dx = r · (g − n · mean(g·n)), dweight = Σ dy·n.
  grad: ({ x, weight, dy }, { eps }) => {
    const r = inverseRms(x, eps);
    const n = mul(x, r);
    const g = mul(dy, weight);
    return {
      x: mul(r, sub(g, mul(n, reduceMean(mul(g, n), lastAxis(x))))),
      weight: unbroadcast(mul(dy, n), weight.type),
    };
  },
  lower: {
    eager: 'expand',
    graphDef: 'expand',
    onnx: (g, { x, weight }, { eps }) => {
      return g.opset >= 23 ? g.node('RMSNormalization', [x, weight], { axis: -1, epsilon: { float: eps } }) : null;
    },
  },
});

export const layerNorm: CompositeOp<['x', 'weight', 'bias'], { readonly eps: number }> = defineComposite('layer_norm', {
  doc: '(x − mean x) / √(var x + eps) · weight + bias over the last axis, var with divisor n.',
  inputs: ['x', 'weight', 'bias'],
  traits: { ...usual, memory: 'written out', axes: 'row', half: 'statistic' },
  flops: perElement(7),
  infer: ({ x, weight, bias }) => {
    lastAxisType('layer_norm', x, bias);
    return lastAxisType('layer_norm', x, weight);
  },
  expand: ({ x, weight, bias }, { eps }) => add(mul(normalized(x, eps).n, weight), bias),
  // With n the normalised x, r its factor and g = dy·weight: dx = r · (g − mean g − n · mean(g·n)).
  grad: ({ x, weight, bias, dy }, { eps }) => {
    const { n, r } = normalized(x, eps);
    const g = mul(dy, weight);
    const centred = sub(g, reduceMean(g, lastAxis(x)));
    return {
      x: mul(r, sub(centred, mul(n, reduceMean(mul(g, n), lastAxis(x))))),
      weight: unbroadcast(mul(dy, n), weight.type),
      bias: unbroadcast(dy, bias.type),
    };
  },
  lower: {
    eager: 'expand',
    graphDef: 'expand',
    onnx: (g, { x, weight, bias }, { eps }) => {
      return g.node('LayerNormalization', [x, weight, bias], { axis: -1, epsilon: { float: eps } });
    },
  },
});

interface ActivationFacets {
  readonly doc: string;
  readonly flops: Composite<['x'], object>['flops'];
  readonly expand: (x: Value) => Value;
  readonly grad: 'expand' | ((v: { readonly x: Value; readonly y: Value; readonly dy: Value }) => Value);
  readonly lower: Composite<['x'], object>['lower'];
}

function activation(opName: string, { doc, flops, expand, grad, lower }: ActivationFacets): CompositeOp<['x']> {
  return defineComposite<['x'], object>(opName, {
    doc,
    inputs: ['x'],
    traits: { ...usual, memory: 'written out', axes: 'elementwise' },
    flops,
    infer: ({ x }) => {
      expectFloat(opName, x);
      return x;
    },
    expand: ({ x }) => expand(x),
    grad: grad === 'expand' ? 'expand' : (v) => ({ x: grad(v) }),
    lower,
  });
}

/** Φ(x), the normal distribution function. */
function normalCdf(x: Value): Value {
  return mul(add(erf(mul(x, Math.SQRT1_2)), 1), 0.5);
}

/** 1/√(mean(x²) + eps) over the last axis, which stays with size 1. */
function inverseRms(x: Value, eps: number): Value {
  return rsqrt(add(reduceMean(square(x), lastAxis(x)), eps));
}

/** x with mean 0 and variance 1 over the last axis, and the factor that scaled it. */
function normalized(x: Value, eps: number): { n: Value; r: Value } {
  const centred = sub(x, reduceMean(x, lastAxis(x)));
  const r = inverseRms(centred, eps);
  return { n: mul(centred, r), r };
}

function lastAxis(x: Value): { axes: number[]; keepDims: true } {
  return { axes: [x.shape.length - 1], keepDims: true };
}

function lastAxisType(opName: string, x: TensorType, weight: TensorType): TensorType {
  expectFloat(opName, x);
  if (weight.shape.length !== 1 || !dimsEqual(weight.shape[0], lastDim(opName, x.shape))) {
    misfit(opName, `a weight ${formatShape(weight.shape)} does not scale the last axis of ${formatShape(x.shape)}`);
  }
  return { shape: x.shape, dtype: sameDType(opName, x, weight) };
}
