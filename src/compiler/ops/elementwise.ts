/** Elementwise ops: one or two operands broadcast to a common shape, a choice between two, and changes of dtype. */
// Tested by test/ops/conformance.test.ts.
import { staticShape } from '../ir/dims';
import type { DType, NdArray, TensorType, Value } from '../ir/graph';
import { broadcastStrides, mapBinary, mapUnary, stridesOf, walk } from './arrays';
import { free, perElement } from './cost';
import { definePrimitive, type Op, type Primitive } from './define';
import { erf as erfOf, roundTo, sigmoid as sigmoidOf } from './numerics';
import { broadcastShapes, expectDType, expectFloat, isFloat, sameDType } from './shapes';
import { usual, type Traits } from './traits';

/** The traits of most of them; the factories at the end of the file set those that differ. */
const elementwise: Traits = { ...usual, memory: 'cheap', axes: 'elementwise' };

// Arithmetic.

export const add: Op<['a', 'b']> = binary('add', {
  doc: 'a + b.',
  evaluate: (a, b) => a + b,
  grad: ({ dy }) => [dy, dy],
  traits: { commutative: true },
  lower: { eager: 'add', graphDef: 'AddV2', onnx: 'Add' },
});

export const sub: Op<['a', 'b']> = binary('sub', {
  doc: 'a − b.',
  evaluate: (a, b) => a - b,
  grad: ({ dy }) => [dy, neg(dy)],
  lower: { eager: 'sub', graphDef: 'Sub', onnx: 'Sub' },
});

export const mul: Op<['a', 'b']> = binary('mul', {
  doc: 'a · b.',
  evaluate: (a, b) => a * b,
  grad: ({ a, b, dy }) => [mul(dy, b), mul(dy, a)],
  traits: { commutative: true },
  lower: { eager: 'mul', graphDef: 'Mul', onnx: 'Mul' },
});

export const div: Op<['a', 'b']> = binary('div', {
  doc: 'a / b, of floating-point operands.',
  operands: 'float',
  evaluate: (a, b) => a / b,
  grad: ({ b, y, dy }) => [div(dy, b), neg(div(mul(dy, y), b))],
  traits: { memory: 'costly' },
  lower: { eager: 'div', graphDef: 'RealDiv', onnx: 'Div' },
});

export const pow: Op<['a', 'b']> = binary('pow', {
  doc: 'a to the power b. The derivative by b is 0 where a is not positive.',
  operands: 'float',
  evaluate: Math.pow,
  grad: ({ a, b, y, dy }) => [mul(dy, mul(b, pow(a, sub(b, 1)))), mul(dy, mul(y, log(select(greater(a, 0), a, 1))))],
  traits: { memory: 'costly', half: 'statistic' },
  lower: { eager: 'pow', graphDef: 'Pow', onnx: 'Pow' },
});

export const maximum: Op<['a', 'b']> = binary('maximum', {
  doc: 'The larger of a and b; equal operands share the derivative evenly.',
  evaluate: Math.max,
  grad: ({ a, b, dy }) => [pick(greater(a, b), equal(a, b), dy), pick(less(a, b), equal(a, b), dy)],
  traits: { commutative: true },
  lower: { eager: 'maximum', graphDef: 'Maximum', onnx: 'Max' },
});

export const minimum: Op<['a', 'b']> = binary('minimum', {
  doc: 'The smaller of a and b; equal operands share the derivative evenly.',
  evaluate: Math.min,
  grad: ({ a, b, dy }) => [pick(less(a, b), equal(a, b), dy), pick(greater(a, b), equal(a, b), dy)],
  traits: { commutative: true },
  lower: { eager: 'minimum', graphDef: 'Minimum', onnx: 'Min' },
});

export const neg: Op<['x']> = unary('neg', {
  doc: '−x.',
  evaluate: (x) => -x,
  grad: ({ dy }) => neg(dy),
  lower: { eager: 'neg', graphDef: 'Neg', onnx: 'Neg' },
});

export const abs: Op<['x']> = unary('abs', {
  doc: '|x|; its derivative at 0 is 0.',
  evaluate: Math.abs,
  grad: ({ x, dy }) => mul(dy, sign(x)),
  lower: { eager: 'abs', graphDef: 'Abs', onnx: 'Abs' },
});

export const sign: Op<['x']> = unary('sign', {
  doc: '−1, 0 or 1.',
  evaluate: Math.sign,
  grad: 'none',
  lower: { eager: 'sign', graphDef: 'Sign', onnx: 'Sign' },
});

export const floor: Op<['x']> = unary('floor', {
  doc: 'The largest whole number not above x.',
  operands: 'float',
  evaluate: Math.floor,
  grad: 'none',
  lower: { eager: 'floor', graphDef: 'Floor', onnx: 'Floor' },
});

export const square: Op<['x']> = unary('square', {
  doc: 'x².',
  evaluate: (x) => x * x,
  grad: ({ x, dy }) => mul(dy, mul(x, 2)),
  traits: { half: 'statistic' },
  lower: { eager: 'square', graphDef: 'Square', onnx: (g, { x }) => g.node('Mul', [x, x]) },
});

export const reciprocal: Op<['x']> = unary('reciprocal', {
  doc: '1 / x.',
  operands: 'float',
  evaluate: (x) => 1 / x,
  grad: ({ y, dy }) => neg(mul(dy, square(y))),
  traits: { memory: 'costly', half: 'statistic' },
  lower: { eager: 'reciprocal', graphDef: 'Reciprocal', onnx: 'Reciprocal' },
});

export const sqrt: Op<['x']> = unary('sqrt', {
  doc: '√x.',
  operands: 'float',
  evaluate: Math.sqrt,
  grad: ({ y, dy }) => div(mul(dy, 0.5), y),
  traits: { memory: 'costly', half: 'statistic' },
  lower: { eager: 'sqrt', graphDef: 'Sqrt', onnx: 'Sqrt' },
});

export const rsqrt: Op<['x']> = unary('rsqrt', {
  doc: '1 / √x.',
  operands: 'float',
  evaluate: (x) => 1 / Math.sqrt(x),
  grad: ({ y, dy }) => mul(dy, mul(mul(square(y), y), -0.5)),
  traits: { memory: 'costly', half: 'statistic' },
  lower: { eager: 'rsqrt', graphDef: 'Rsqrt', onnx: (g, { x }) => g.node('Reciprocal', [g.node('Sqrt', [x])]) },
});

// Transcendental functions.

export const exp: Op<['x']> = unary('exp', {
  doc: 'e to the power x.',
  operands: 'float',
  evaluate: Math.exp,
  grad: ({ y, dy }) => mul(dy, y),
  traits: { memory: 'costly', half: 'statistic' },
  lower: { eager: 'exp', graphDef: 'Exp', onnx: 'Exp' },
});

export const log: Op<['x']> = unary('log', {
  doc: 'The natural logarithm of x.',
  operands: 'float',
  evaluate: Math.log,
  grad: ({ x, dy }) => div(dy, x),
  traits: { memory: 'costly', half: 'statistic' },
  lower: { eager: 'log', graphDef: 'Log', onnx: 'Log' },
});

export const sin: Op<['x']> = unary('sin', {
  doc: 'sin x.',
  operands: 'float',
  evaluate: Math.sin,
  grad: ({ x, dy }) => mul(dy, cos(x)),
  traits: { memory: 'costly', half: 'statistic' },
  lower: { eager: 'sin', graphDef: 'Sin', onnx: 'Sin' },
});

export const cos: Op<['x']> = unary('cos', {
  doc: 'cos x.',
  operands: 'float',
  evaluate: Math.cos,
  grad: ({ x, dy }) => neg(mul(dy, sin(x))),
  traits: { memory: 'costly', half: 'statistic' },
  lower: { eager: 'cos', graphDef: 'Cos', onnx: 'Cos' },
});

export const tanh: Op<['x']> = unary('tanh', {
  doc: 'tanh x.',
  operands: 'float',
  evaluate: Math.tanh,
  grad: ({ y, dy }) => mul(dy, sub(1, square(y))),
  traits: { memory: 'costly' },
  lower: { eager: 'tanh', graphDef: 'Tanh', onnx: 'Tanh' },
});

export const sigmoid: Op<['x']> = unary('sigmoid', {
  doc: '1 / (1 + exp(−x)).',
  operands: 'float',
  evaluate: sigmoidOf,
  grad: ({ y, dy }) => mul(dy, mul(y, sub(1, y))),
  traits: { memory: 'costly' },
  lower: { eager: 'sigmoid', graphDef: 'Sigmoid', onnx: 'Sigmoid' },
});

export const erf: Op<['x']> = unary('erf', {
  doc: 'erf x = 2/√π · ∫₀ˣ exp(−s²) ds.',
  operands: 'float',
  evaluate: erfOf,
  grad: ({ x, dy }) => mul(dy, mul(exp(neg(square(x))), 2 / Math.sqrt(Math.PI))),
  traits: { memory: 'costly' },
  lower: { eager: 'erf', graphDef: 'Erf', onnx: 'Erf' },
});

// Comparisons and logic, of dtype bool.

export const less: Op<['a', 'b']> = comparison('less', {
  doc: 'a < b.',
  evaluate: (a, b) => Number(a < b),
  lower: { eager: 'less', graphDef: 'Less', onnx: 'Less' },
});

export const lessEqual: Op<['a', 'b']> = comparison('less_equal', {
  doc: 'a ≤ b.',
  evaluate: (a, b) => Number(a <= b),
  lower: { eager: 'lessEqual', graphDef: 'LessEqual', onnx: 'LessOrEqual' },
});

export const greater: Op<['a', 'b']> = comparison('greater', {
  doc: 'a > b.',
  evaluate: (a, b) => Number(a > b),
  lower: { eager: 'greater', graphDef: 'Greater', onnx: 'Greater' },
});

export const greaterEqual: Op<['a', 'b']> = comparison('greater_equal', {
  doc: 'a ≥ b.',
  evaluate: (a, b) => Number(a >= b),
  lower: { eager: 'greaterEqual', graphDef: 'GreaterEqual', onnx: 'GreaterOrEqual' },
});

export const equal: Op<['a', 'b']> = comparison('equal', {
  doc: 'a = b.',
  evaluate: (a, b) => Number(a === b),
  traits: { commutative: true },
  lower: { eager: 'equal', graphDef: 'Equal', onnx: 'Equal' },
});

export const logicalAnd: Op<['a', 'b']> = binary('logical_and', {
  doc: 'a and b, of bool operands.',
  operands: 'bool',
  evaluate: (a, b) => a * b,
  grad: 'none',
  traits: { commutative: true },
  flops: free,
  lower: { eager: 'logicalAnd', graphDef: 'LogicalAnd', onnx: 'And' },
});

export const logicalOr: Op<['a', 'b']> = binary('logical_or', {
  doc: 'a or b, of bool operands.',
  operands: 'bool',
  evaluate: Math.max,
  grad: 'none',
  traits: { commutative: true },
  flops: free,
  lower: { eager: 'logicalOr', graphDef: 'LogicalOr', onnx: 'Or' },
});

export const logicalNot: Op<['x']> = unary('logical_not', {
  doc: 'Not x, of a bool operand.',
  operands: 'bool',
  evaluate: (x) => 1 - x,
  grad: 'none',
  flops: free,
  lower: { eager: 'logicalNot', graphDef: 'LogicalNot', onnx: 'Not' },
});

export const select: Op<['condition', 'a', 'b']> = definePrimitive('select', {
  doc: 'a where the condition holds, b elsewhere; all three are broadcast. The gradient goes only to the chosen side.',
  inputs: ['condition', 'a', 'b'],
  traits: { ...usual, memory: 'cheap', axes: 'elementwise' },
  flops: free,
  infer: ({ condition, a, b }) => {
    expectDType('select', condition, 'bool');
    const dtype = sameDType('select', a, b);
    return { shape: broadcastShapes('select', condition.shape, broadcastShapes('select', a.shape, b.shape)), dtype };
  },
  grad: ({ condition, dy }) => ({
    condition: null,
    a: select(condition, dy, 0),
    b: select(condition, 0, dy),
  }),
  evaluate: ({ condition, a, b }, _, type) => {
    const shape = staticShape(type.shape);
    const strides = [condition, a, b].map((v) => broadcastStrides(v.shape, shape));
    const data = new Float64Array(shape.reduce((p, q) => p * q, 1));
    walk(shape, [...strides, stridesOf(shape)], [0, 0, 0, 0], ([c, p, q, o], length, [stepC, stepA, stepB, step]) => {
      for (let i = 0; i < length; i++) {
        data[o + i * step] = condition.data[c + i * stepC] !== 0 ? a.data[p + i * stepA] : b.data[q + i * stepB];
      }
    });
    return { shape, data };
  },
  lower: {
    eager: 'where',
    graphDef: 'SelectV2',
    // ONNX Runtime's Where does not take bool tensors.
    onnx: (g, { condition, a, b }, _, { y }) => {
      if (y.dtype !== 'bool') return g.node('Where', [condition, a, b]);
      return g.node('Or', [g.node('And', [condition, a]), g.node('And', [g.node('Not', [condition]), b])]);
    },
  },
});

export const cast: Op<['x'], { readonly dtype: DType }> = definePrimitive('cast', {
  doc: 'x in another dtype: rounded to nearest for bf16 and f16, toward zero for i32, x ≠ 0 for bool.',
  inputs: ['x'],
  traits: { ...usual, memory: 'cheap', axes: 'elementwise' },
  flops: free,
  infer: ({ x }, { dtype }) => ({ shape: x.shape, dtype }),
  grad: ({ x, dy }, { dtype }) => ({ x: isFloat(x.dtype) && isFloat(dtype) ? cast(dy, { dtype: x.dtype }) : null }),
  evaluate: ({ x }, { dtype }) => mapUnary(x, roundTo(dtype)),
  lower: {
    // tfjs has no half types: there they are float32. Its casts to bool truncate first, so 0.5 would become false.
    eager: (tf, { x }, { dtype }, types) => {
      if (types.x.dtype === dtype || (isFloat(types.x.dtype) && isFloat(dtype))) return tf.clone(x);
      if (dtype === 'bool') return tf.notEqual(x, tf.zerosLike(x));
      return tf.cast(x, dtype === 'i32' ? 'int32' : 'float32');
    },
    graphDef: (g, { x }, { dtype }) => g.node('Cast', [x], { DstT: { type: dtype } }),
    onnx: (g, { x }, { dtype }) => g.node('Cast', [x], { to: { type: dtype } }),
  },
});

export const stopGradient: Op<['x']> = unary('stop_gradient', {
  doc: 'x as a constant: its derivative is 0.',
  evaluate: (x) => x,
  grad: 'none',
  traits: { memory: 'view' },
  flops: free,
  lower: { eager: 'clone', graphDef: 'StopGradient', onnx: 'Identity' },
});

// The factories. Function declarations, because they are used above.

type Operands = 'any' | 'float' | 'bool';

/** Facets that both factories take. */
interface ElementwiseFacets<N extends readonly string[]> {
  readonly doc: string;
  readonly operands?: Operands;
  /** Traits that differ from those of most elementwise ops: cheap, one operation for each element of the result. */
  readonly traits?: Partial<Omit<Traits, 'axes'>>;
  readonly flops?: Primitive<N, object>['flops'];
  readonly lower: Primitive<N, object>['lower'];
}

interface UnaryFacets extends ElementwiseFacets<['x']> {
  readonly evaluate: (x: number) => number;
  readonly grad: 'none' | ((v: { readonly x: Value; readonly y: Value; readonly dy: Value }) => Value);
}

function unary(opName: string, facets: UnaryFacets): Op<['x']> {
  const { doc, operands, evaluate, grad, lower, traits, flops = perElement(1) } = facets;
  return definePrimitive<['x'], object>(opName, {
    doc,
    inputs: ['x'],
    traits: { ...elementwise, ...traits },
    flops,
    infer: ({ x }) => {
      expectOperands(opName, operands, x);
      return x;
    },
    grad: grad === 'none' ? 'none' : (v) => ({ x: grad(v) }),
    evaluate: ({ x }) => mapUnary(x, evaluate),
    lower,
  });
}

type BinaryGradient = (v: {
  readonly a: Value;
  readonly b: Value;
  readonly y: Value;
  readonly dy: Value;
}) => readonly [Value, Value];

interface BinaryFacets extends ElementwiseFacets<['a', 'b']> {
  /** The result's dtype; the operands' by default. */
  readonly result?: DType;
  readonly evaluate: (a: number, b: number) => number;
  readonly grad: 'none' | BinaryGradient;
}

function binary(opName: string, facets: BinaryFacets): Op<['a', 'b']> {
  const { doc, operands, result, evaluate, grad, lower, traits, flops = perElement(1) } = facets;
  return definePrimitive<['a', 'b'], object>(opName, {
    doc,
    inputs: ['a', 'b'],
    traits: { ...elementwise, ...traits },
    flops,
    infer: ({ a, b }) => {
      expectOperands(opName, operands, a);
      const dtype = sameDType(opName, a, b);
      return { shape: broadcastShapes(opName, a.shape, b.shape), dtype: result ?? dtype };
    },
    grad: grad === 'none' ? 'none' : (v) => named(grad(v)),
    evaluate: ({ a, b }, _, { shape }): NdArray => mapBinary(a, b, staticShape(shape), evaluate),
    lower,
  });
}

function comparison(opName: string, facets: Omit<BinaryFacets, 'grad' | 'result'>): Op<['a', 'b']> {
  return binary(opName, { ...facets, grad: 'none', result: 'bool' });
}

function named([a, b]: readonly [Value, Value]): { readonly a: Value; readonly b: Value } {
  return { a, b };
}

/** dy where the operand was chosen, half of it where both are equal, 0 elsewhere. */
function pick(won: Value, tied: Value, dy: Value): Value {
  return select(won, dy, select(tied, mul(dy, 0.5), 0));
}

function expectOperands(opName: string, operands: Operands | undefined, type: TensorType): void {
  if (operands === 'float') expectFloat(opName, type);
  if (operands === 'bool') expectDType(opName, type, 'bool');
}
