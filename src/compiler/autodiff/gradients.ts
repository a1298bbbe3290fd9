/** Reverse-mode differentiation over the IR. */
import { dimsEqual, formatShape, shapesEqual, sizeOf } from '../ir/dims';
import { operandsFirst, inScope, scalar, Value } from '../ir/graph';
import { expansionOf } from '../ir/substitute';
import { broadcastTo } from '../ops/movement';
import { isFloat } from '../ops/shapes';
import { unbroadcast } from '../ops/unbroadcast';
import { accumulate } from './accumulate';

/** The derivatives of a one-element loss by each of `wrt`, each with the shape of its value; zeros if the loss does not depend on it. */
export function gradients(loss: Value, wrt: readonly Value[]): Value[] {
  if (!dimsEqual(sizeOf(loss.shape), 1)) {
    throw new Error(`a loss has one element, found one of shape ${formatShape(loss.shape)}`);
  }
  return vjp(loss, filled(1, loss), wrt).map((dv, i) => dv ?? filled(0, wrt[i]));
}

/**
 * The cotangents of `wrt` given the cotangent `dy` of y; null for a value that y does not depend on. Values in `boundary`
 * are treated as independent: nothing behind them is visited.
 */
export function vjp(
  y: Value,
  dy: Value,
  wrt: readonly Value[],
  boundary: ReadonlySet<Value> = new Set(),
): (Value | null)[] {
  const order = operandsFirst([y], boundary);
  const active = dependents(order, new Set(wrt));
  const parts = new Map<Value, Value[]>([[y, [dy]]]);
  const total = new Map<Value, Value>();
  const settle = (v: Value): Value | null => {
    const found = parts.get(v);
    if (!found) return null;
    const sum = inScope(v.scope, () => accumulate(found));
    total.set(v, sum);
    return sum;
  };
  for (const v of order.toReversed()) {
    const dv = active.has(v) ? settle(v) : null;
    if (!dv || !v.inputs.some((x) => active.has(x))) continue;
    for (const [x, dx] of inScope(v.scope, () => cotangentsOf(v, dv))) {
      if (!dx || !active.has(x)) continue;
      expectCotangent(v, x, dx);
      parts.set(x, [...(parts.get(x) ?? []), dx]);
    }
  }
  return wrt.map((v) => total.get(v) ?? settle(v));
}

/**
 * Each operand with the cotangent from the op's gradient rule, after undoing broadcasting. An operand used twice is listed
 * twice, or once with the sum.
 */
function cotangentsOf(v: Value, dy: Value): [Value, Value | null][] {
  const op = v.op;
  if (!op || op.grad === 'none') return [];
  if (op.grad === 'expand') {
    // Differentiates the expansion on the same operands; the forward graph stays as it is.
    const operands = [...new Set(v.inputs)];
    const cotangents = vjp(expansionOf(v), dy, operands, new Set(operands));
    return operands.map((x, i) => [x, cotangents[i]]);
  }
  const given = op.grad(v.inputs, v, dy, v.attrs);
  const repeats = op.traits.axes === 'elementwise' || op.traits.axes === 'broadcast';
  return v.inputs.map((x, i) => [x, repeats ? summedTo(x, given[i]) : given[i]]);
}

/** The cotangent of a broadcast operand, summed down to the operand's own shape. */
function summedTo(x: Value, dx: Value | null): Value | null {
  return dx && unbroadcast(dx, x.type);
}

/** The floating-point values that depend on one of `sources`, including the sources themselves. */
function dependents(order: readonly Value[], sources: ReadonlySet<Value>): Set<Value> {
  const found = new Set<Value>(sources);
  for (const v of order) if (isFloat(v.dtype) && v.inputs.some((x) => found.has(x))) found.add(v);
  return found;
}

function expectCotangent(v: Value, x: Value, dx: Value): void {
  if (shapesEqual(x.shape, dx.shape) && x.dtype === dx.dtype) return;
  const [want, got] = [x, dx].map((t) => `${t.dtype}${formatShape(t.shape)}`);
  throw new Error(`the gradient rule of ${v.op?.opName} gives ${got} to an operand ${want}`);
}

/** A tensor with the type of `x` whose elements all equal `value`. */
function filled(value: number, x: Value): Value {
  const number = scalar(value, x.dtype);
  return x.shape.length === 0 ? number : broadcastTo(number, { shape: x.shape });
}
