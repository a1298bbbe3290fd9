/** Ops that read and write rows by index. */
// Tested by test/ops/conformance.test.ts.
import { dimsEqual, formatShape, staticShape, type Dim } from '../ir/dims';
import type { DType, NdArray } from '../ir/graph';
import { free, perElementRead } from './cost';
import { definePrimitive, type Op } from './define';
import { expectDType, misfit } from './shapes';
import type { OnnxTarget, OnnxTensor } from './targets';
import { usual } from './traits';

export const gather: Op<['table', 'indices']> = definePrimitive('gather', {
  doc: 'Rows of a table: y[i…] = table[indices[i…]], for i32 indices of any rank, each in range.',
  inputs: ['table', 'indices'],
  traits: { ...usual, memory: 'whole', axes: 'table' },
  flops: free,
  infer: ({ table, indices }) => {
    expectDType('gather', indices, 'i32');
    if (table.shape.length === 0) misfit('gather', 'a scalar has no rows');
    return { shape: [...indices.shape, ...table.shape.slice(1)], dtype: table.dtype };
  },
  grad: ({ table, indices, dy }) => ({ table: scatterAdd(indices, dy, { rows: table.shape[0] }), indices: null }),
  evaluate: ({ table, indices }, _, type) => {
    const shape = staticShape(type.shape);
    const width = rowWidth(table.shape);
    const data = new Float64Array(indices.data.length * width);
    indices.data.forEach((row, i) => {
      expectRow(row, table.shape[0]);
      data.set(table.data.subarray(row * width, (row + 1) * width), i * width);
    });
    return { shape, data };
  },
  lower: {
    eager: 'gather',
    graphDef: (g, { table, indices }) =>
      g.node('GatherV2', [table, indices, g.constant(number(0), 'i32')], { batch_dims: 0 }),
    // ONNX counts negative indices from the end. Here they are errors, so they become an index that is too large, which a runtime refuses.
    onnx: (g, { table, indices }, _, types) => {
      const rows = types.table.shape[0];
      if (typeof rows !== 'number') return g.node('Gather', [table, indices]);
      const negative = g.node('Less', [indices, g.constant(number(0), 'i32')]);
      return g.node('Gather', [table, g.node('Where', [negative, g.constant(number(rows), 'i32'), indices])]);
    },
  },
});

export const scatterAdd: Op<['indices', 'updates'], { readonly rows: Dim }> = definePrimitive('scatter_add', {
  doc: 'Adds rows into a table of zeros with `rows` rows: y[indices[i…]] += updates[i…].',
  inputs: ['indices', 'updates'],
  traits: { ...usual, memory: 'whole', axes: 'table' },
  flops: ({ updates }) => perElementRead(updates),
  infer: ({ indices, updates }, { rows }) => {
    expectDType('scatter_add', indices, 'i32');
    const rank = indices.shape.length;
    if (rank > updates.shape.length || indices.shape.some((d, i) => !dimsEqual(d, updates.shape[i]))) {
      misfit('scatter_add', `indices ${formatShape(indices.shape)} do not lead updates ${formatShape(updates.shape)}`);
    }
    return { shape: [rows, ...updates.shape.slice(rank)], dtype: updates.dtype };
  },
  grad: ({ indices, dy }) => ({ indices: null, updates: gather(dy, indices) }),
  evaluate: ({ indices, updates }, _, type) => {
    const shape = staticShape(type.shape);
    const width = rowWidth(shape);
    const data = new Float64Array(shape[0] * width);
    indices.data.forEach((row, i) => {
      expectRow(row, shape[0]);
      for (let j = 0; j < width; j++) data[row * width + j] += updates.data[i * width + j];
    });
    return { shape, data };
  },
  lower: {
    // ScatterNd, which wasm has, adds up rows with the same index; wasm lacks UnsortedSegmentSum.
    eager: (tf, { indices, updates }, _, { y }) => {
      const shape = staticShape(y.shape);
      const flat = tf.reshape(indices, [indices.size, 1]);
      return tf.scatterND(flat, tf.reshape(updates, [indices.size, ...shape.slice(1)]), shape);
    },
    graphDef: (g, { indices, updates }, _, { y }) => {
      return g.node('UnsortedSegmentSum', [updates, indices, g.constant(number(staticShape(y.shape)[0]), 'i32')]);
    },
    onnx: (g, { indices, updates }, _, types) => {
      const zeros = g.node('Expand', [g.constant(number(0), types.y.dtype), g.shape(types.y.shape)]);
      const places = g.node('Unsqueeze', [g.node('Cast', [indices], { to: { type: 'i64' } }), g.int64s([-1])]);
      return g.node('ScatterND', [zeros, places, updates], { reduction: 'add' });
    },
  },
});

export const oneHot: Op<['indices'], { readonly depth: number }> = definePrimitive('one_hot', {
  doc: 'f32 rows of `depth` zeros with a one at each index: y[i…, j] = (indices[i…] = j).',
  inputs: ['indices'],
  traits: { ...usual, memory: 'cheap', axes: 'table' },
  flops: free,
  infer: ({ indices }, { depth }) => {
    expectDType('one_hot', indices, 'i32');
    return { shape: [...indices.shape, depth], dtype: 'f32' };
  },
  grad: 'none',
  evaluate: ({ indices }, { depth }) => {
    const data = new Float64Array(indices.data.length * depth);
    indices.data.forEach((row, i) => {
      if (row >= 0 && row < depth) data[i * depth + row] = 1;
    });
    return { shape: [...indices.shape, depth], data };
  },
  lower: {
    // tf.oneHot needs a depth of at least two.
    eager: (tf, { indices }, { depth }) => {
      return tf.cast(tf.equal(tf.expandDims(indices, -1), tf.range(0, depth, 1, 'int32')), 'float32');
    },
    graphDef: (g, { indices }, { depth }) => {
      const [on, off] = [g.constant(number(1), 'f32'), g.constant(number(0), 'f32')];
      return g.node('OneHot', [indices, g.constant(number(depth), 'i32'), on, off], { axis: -1 });
    },
    onnx: (g, { indices }, { depth }) => oneHotRows(g, indices, depth, 'f32'),
  },
});

function number(value: number): NdArray {
  return { shape: [], data: Float64Array.of(value) };
}

/** Elements of one row of a table. */
function rowWidth(shape: readonly number[]): number {
  return shape.slice(1).reduce((a, b) => a * b, 1);
}

function expectRow(row: number, rows: number): void {
  if (!(row >= 0 && row < rows)) throw new Error(`index ${row} is outside a table of ${rows} rows`);
}

/** A comparison with 0, 1, … depth-1: runtimes implement OneHot for few combinations of types. */
function oneHotRows(g: OnnxTarget, indices: OnnxTensor, depth: number, dtype: DType): OnnxTensor {
  const counting = g.constant({ shape: [depth], data: Float64Array.from({ length: depth }, (_, i) => i) }, 'i32');
  const equal = g.node('Equal', [g.node('Unsqueeze', [indices, g.int64s([-1])]), counting]);
  return g.node('Cast', [equal], { to: { type: dtype } });
}
