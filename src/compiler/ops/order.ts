/** Ops that depend on the order of elements along the last axis: the largest ones, and running sums. */
// Tested by test/ops/conformance.test.ts.
import { staticShape } from '../ir/dims';
import { perElement, perElementRead } from './cost';
import { definePrimitive, type Op } from './define';
import { expectFloat, lastDim, misfit } from './shapes';
import { usual } from './traits';

export const topIndices: Op<['x'], { readonly count: number }> = definePrimitive('top_indices', {
  doc: 'Where the `count` largest elements of the last axis are, as i32 [..., count], the largest first; of equal ones the one with the lower index.',
  inputs: ['x'],
  traits: { ...usual, memory: 'whole', axes: 'row' },
  flops: ({ x }) => perElementRead(x),
  infer: ({ x }, { count }) => {
    expectFloat('top_indices', x);
    const size = lastDim('top_indices', x.shape);
    if (!Number.isInteger(count) || count < 1 || (typeof size === 'number' && count > size)) {
      misfit('top_indices', `an axis has no ${count} largest elements`);
    }
    return { shape: x.shape.with(-1, count), dtype: 'i32' };
  },
  grad: 'none',
  evaluate: ({ x }, { count }, type) => {
    const shape = staticShape(type.shape);
    const size = x.shape[x.shape.length - 1];
    const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
    for (let at = 0, out = 0; out < data.length; at += size, out += count) {
      const row = x.data.subarray(at, at + size);
      const order = Int32Array.from(row.keys()).sort((a, b) => row[b] - row[a] || a - b);
      data.set(order.subarray(0, count), out);
    }
    return { shape, data };
  },
  lower: {
    eager: (tf, { x }, { count }) => tf.tidy(() => tf.topk(x, count).indices),
    graphDef: (g, { x }, { count }) => {
      return g.node('TopKV2', [x, g.constant({ shape: [], data: Float64Array.of(count) }, 'i32')]);
    },
    // ONNX returns the values first.
    onnx: (g, { x }, { count }) => {
      const indices = g.node('TopK', [x, g.int64s([count])], {}, 1);
      return g.node('Cast', [indices], { to: { type: 'i32' } });
    },
  },
});

export const cumulativeSum: Op<['x'], { readonly reverse: boolean }> = definePrimitive('cumulative_sum', {
  doc: 'y[..., i] = Σ x[..., j] over j ≤ i, or over j ≥ i in reverse, of a floating-point operand.',
  inputs: ['x'],
  traits: { ...usual, memory: 'whole', axes: 'row', half: 'statistic' },
  flops: perElement(1),
  infer: ({ x }) => {
    expectFloat('cumulative_sum', x);
    lastDim('cumulative_sum', x.shape);
    return x;
  },
  grad: ({ dy }, { reverse }) => ({ x: cumulativeSum(dy, { reverse: !reverse }) }),
  evaluate: ({ x }, { reverse }) => {
    const size = x.shape[x.shape.length - 1];
    const data = Float64Array.from(x.data);
    for (let at = 0; at < data.length; at += size) {
      const row = data.subarray(at, at + size);
      if (reverse) row.reverse();
      for (let i = 1; i < size; i++) row[i] += row[i - 1];
      if (reverse) row.reverse();
    }
    return { shape: x.shape, data };
  },
  lower: {
    // On wasm a negative axis reads outside the memory.
    eager: (tf, { x }, { reverse }) => tf.cumsum(x, x.shape.length - 1, false, reverse),
    graphDef: (g, { x }, { reverse }) => {
      const last = g.constant({ shape: [], data: Float64Array.of(x.shape.length - 1) }, 'i32');
      return g.node('Cumsum', [x, last], { reverse });
    },
    onnx: (g, { x }, { reverse }) => {
      const last = g.constant({ shape: [], data: Float64Array.of(-1) }, 'i32');
      return g.node('CumSum', [x, last], { reverse: Number(reverse) });
    },
  },
});
