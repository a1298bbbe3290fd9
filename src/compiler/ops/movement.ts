/** Movement ops: the same elements in another shape, order or extent. */
// Tested by test/ops/conformance.test.ts.
import { counted } from '../diagnostics/counted';
import {
  addDims,
  dimsEqual,
  formatShape,
  shapesEqual,
  sizeOf,
  staticShape,
  subDims,
  type Dim,
  type Shape,
} from '../ir/dims';
import type { NdArray, TensorType, Value } from '../ir/graph';
import { broadcastStrides, copy, dense, gathered, stridesOf } from './arrays';
import { free } from './cost';
import { definePrimitive, type AnyOp, type Attributed, type Op, type Operand } from './define';
import { broadcastsTo, expectAxes, misfit } from './shapes';
import type { OnnxTarget, OnnxTensor } from './targets';
import { usual } from './traits';

export const reshape: Op<['x'], { readonly shape: Shape }> = definePrimitive('reshape', {
  doc: 'The same elements, in row-major order, under a new shape.',
  inputs: ['x'],
  traits: { ...usual, memory: 'view', axes: null },
  flops: free,
  infer: ({ x }, { shape }) => {
    if (!dimsEqual(sizeOf(x.shape), sizeOf(shape))) {
      misfit('reshape', `${formatShape(x.shape)} and ${formatShape(shape)} differ in their number of elements`);
    }
    return { shape, dtype: x.dtype };
  },
  grad: ({ x, dy }) => ({ x: shapesEqual(dy.shape, x.shape) ? dy : reshape(dy, { shape: x.shape }) }),
  evaluate: ({ x }, _, type) => ({ shape: staticShape(type.shape), data: x.data }),
  lower: {
    eager: (tf, { x }, _, { y }) => tf.reshape(x, staticShape(y.shape)),
    graphDef: (g, { x }, _, { y }) => g.node('Reshape', [x, g.int32s(staticShape(y.shape))]),
    // Without `allowzero`, ONNX copies the operand's size for a 0.
    onnx: (g, { x }, { shape }) => g.node('Reshape', [x, g.shape(shape)], shape.includes(0) ? { allowzero: 1 } : {}),
  },
});

export const transpose: Op<['x'], { readonly perm: readonly number[] }> = definePrimitive('transpose', {
  doc: 'Reorders axes: y.shape[i] = x.shape[perm[i]].',
  inputs: ['x'],
  traits: { ...usual, memory: 'cheap', axes: 'transpose' },
  flops: free,
  infer: ({ x }, { perm }) => {
    expectAxes('transpose', perm, x.shape.length);
    if (perm.length !== x.shape.length)
      misfit('transpose', `perm has ${counted(perm.length, 'axis', 'axes')}, the operand ${x.shape.length}`);
    return { shape: perm.map((p) => x.shape[p]), dtype: x.dtype };
  },
  grad: ({ dy }, { perm }) => ({ x: transpose(dy, { perm: perm.map((_, i) => perm.indexOf(i)) }) }),
  evaluate: ({ x }, { perm }) => {
    const strides = stridesOf(x.shape);
    return gathered(
      x,
      perm.map((p) => x.shape[p]),
      perm.map((p) => strides[p]),
    );
  },
  lower: {
    eager: (tf, { x }, { perm }) => tf.transpose(x, [...perm]),
    graphDef: (g, { x }, { perm }) => g.node('Transpose', [x, g.int32s(perm)]),
    onnx: (g, { x }, { perm }) => g.node('Transpose', [x], { perm }),
  },
});

export const broadcastTo: Op<['x'], { readonly shape: Shape }> = definePrimitive('broadcast_to', {
  doc: 'Repeats axes of size 1, and adds leading axes, up to `shape`.',
  inputs: ['x'],
  traits: { ...usual, memory: 'cheap', axes: 'broadcast', fold: 'small' },
  flops: free,
  infer: ({ x }, { shape }) => {
    if (!broadcastsTo(x.shape, shape))
      misfit('broadcast_to', `${formatShape(x.shape)} does not broadcast to ${formatShape(shape)}`);
    return { shape, dtype: x.dtype };
  },
  grad: ({ dy }) => ({ x: dy }),
  evaluate: ({ x }, _, type) => {
    const shape = staticShape(type.shape);
    return gathered(x, shape, broadcastStrides(x.shape, shape));
  },
  lower: {
    eager: (tf, { x }, _, { y }) => tf.broadcastTo(x, staticShape(y.shape)),
    graphDef: (g, { x }, _, { y }) => g.node('BroadcastTo', [x, g.int32s(staticShape(y.shape))]),
    onnx: (g, { x }, { shape }) => g.node('Expand', [x, g.shape(shape)]),
  },
});

export const slice: Op<['x'], { readonly start: Shape; readonly size: Shape }> = definePrimitive('slice', {
  doc: 'The box of `size` elements from `start` along each axis.',
  inputs: ['x'],
  traits: { ...usual, memory: 'cheap', axes: 'box' },
  flops: free,
  infer: ({ x }, { start, size }) => {
    const inside =
      start.length === x.shape.length &&
      size.length === x.shape.length &&
      x.shape.every((d, i) => fits(start[i], size[i], d));
    if (!inside)
      misfit('slice', `${formatShape(size)} from ${formatShape(start)} does not lie inside ${formatShape(x.shape)}`);
    return { shape: size, dtype: x.dtype };
  },
  grad: ({ x, dy }, { start, size }) => ({
    x: pad(dy, { before: start, after: x.shape.map((d, i) => subDims(subDims(d, start[i]), size[i])) }),
  }),
  evaluate: ({ x }, { start }, type) => {
    const strides = stridesOf(x.shape);
    const at = staticShape(start).reduce((sum, s, i) => sum + s * strides[i], 0);
    return gathered(x, staticShape(type.shape), strides, at);
  },
  lower: {
    eager: (tf, { x }, { start }, { y }) => {
      const shape = staticShape(y.shape);
      const flat = asMatrix(x.shape, shape, staticShape(start));
      if (!flat) return tf.slice(x, staticShape(start), shape);
      return tf.reshape(tf.slice(tf.reshape(x, [flat.rows, flat.from]), [0, flat.at], [flat.rows, flat.to]), shape);
    },
    graphDef: (g, { x }, { start }, { y }) => {
      return g.node('Slice', [x, g.int32s(staticShape(start)), g.int32s(staticShape(y.shape))]);
    },
    onnx: (g, { x }, { start, size }, types) => {
      const axes = types.x.shape.flatMap((d, i) => (dimsEqual(d, size[i]) ? [] : [i]));
      if (axes.length === 0) return g.node('Identity', [x]);
      const ends = axes.map((a) => addDims(start[a], size[a]));
      return g.node('Slice', [
        x,
        shapeInput(
          g,
          axes.map((a) => start[a]),
        ),
        shapeInput(g, ends),
        g.int64s(axes),
      ]);
    },
  },
});

export const pad: Op<['x'], { readonly before: Shape; readonly after: Shape }> = definePrimitive('pad', {
  doc: 'x with zeros put before and after it along each axis.',
  inputs: ['x'],
  traits: { ...usual, memory: 'cheap', axes: 'box' },
  flops: free,
  infer: ({ x }, { before, after }) => {
    const whole = before.length === x.shape.length && after.length === x.shape.length;
    if (!whole || [...before, ...after].some((d) => typeof d === 'number' && d < 0)) {
      misfit('pad', `${formatShape(before)} before and ${formatShape(after)} after do not fit ${formatShape(x.shape)}`);
    }
    return { shape: x.shape.map((d, i) => addDims(addDims(d, before[i]), after[i])), dtype: x.dtype };
  },
  grad: ({ x, dy }, { before }) => ({ x: slice(dy, { start: before, size: x.shape }) }),
  evaluate: ({ x }, { before }, type) => {
    const shape = staticShape(type.shape);
    const strides = stridesOf(shape);
    const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
    const at = staticShape(before).reduce((sum, s, i) => sum + s * strides[i], 0);
    copy(x.shape, dense(x), { data, at, strides });
    return { shape, data };
  },
  lower: {
    eager: (tf, { x }, { before }, { y }) => {
      const shape = staticShape(y.shape);
      if (shape.length === 0) return tf.clone(x);
      const flat = asMatrix(shape, x.shape, staticShape(before));
      if (!flat)
        return tf.pad(
          x,
          x.shape.map((d, i) => [Number(before[i]), shape[i] - d - Number(before[i])]),
        );
      const sides: [number, number] = [flat.at, flat.from - flat.at - flat.to];
      return tf.reshape(tf.pad(tf.reshape(x, [flat.rows, flat.to]), [[0, 0], sides]), shape);
    },
    graphDef: (g, { x }, { before, after }) => {
      const sides = before.flatMap((b, i) => staticShape([b, after[i]]));
      return g.node('Pad', [x, g.constant({ shape: [before.length, 2], data: Float64Array.from(sides) }, 'i32')]);
    },
    onnx: (g, { x }, { before, after }) => g.node('Pad', [x, shapeInput(g, [...before, ...after])]),
  },
});

interface ConcatAttrs {
  readonly axis: number;
}

/** Joins values along an axis. There is one record per number of operands, all under one name. This one takes two. */
interface Concat extends AnyOp, Attributed<ConcatAttrs> {
  (values: readonly Operand[], attrs: ConcatAttrs): Value;
}

export const concat: Concat = concatOfAll();

function concatOfAll(): Concat {
  const records = new Map<number, Op<readonly string[], ConcatAttrs>>();
  const ofArity = (n: number): Op<readonly string[], ConcatAttrs> => {
    const found = records.get(n) ?? concatRecord(n);
    records.set(n, found);
    return found;
  };
  const join = (values: readonly Operand[], attrs: ConcatAttrs): Value => {
    if (values.length === 0) return misfit('concat', 'needs at least one operand');
    if (values.length === 1 && typeof values[0] !== 'number') return values[0];
    return ofArity(values.length)(...values, attrs);
  };
  return Object.assign(join, ofArity(2));
}

/** The record behind `concat` for n operands. */
function concatRecord(n: number): Op<readonly string[], ConcatAttrs> {
  const names: readonly string[] = Array.from({ length: n }, (_, i) => `x${i}`);
  return definePrimitive<readonly string[], ConcatAttrs>('concat', {
    doc: 'The operands x0, x1, … one after the other along `axis`.',
    inputs: names,
    traits: { ...usual, memory: 'cheap', axes: 'join' },
    flops: free,
    infer: (types, { axis }) =>
      concatType(
        names.map((k) => types[k]),
        axis,
      ),
    grad: (v, { axis }) => {
      const start: Dim[] = v.dy.shape.map(() => 0);
      const slices = names.map((k): [string, Value] => {
        const part = slice(v.dy, { start: [...start], size: v[k].shape });
        start[axis] = addDims(start[axis], v[k].shape[axis]);
        return [k, part];
      });
      return Object.fromEntries(slices);
    },
    evaluate: (v, { axis }, type) =>
      concatArrays(
        names.map((k) => v[k]),
        axis,
        staticShape(type.shape),
      ),
    lower: {
      eager: (tf, v, { axis }) =>
        tf.concat(
          names.map((k) => v[k]),
          axis,
        ),
      graphDef: (g, v, { axis }) => {
        const at = g.constant({ shape: [], data: Float64Array.of(axis) }, 'i32');
        return g.node('ConcatV2', [...names.map((k) => v[k]), at], { N: n });
      },
      onnx: (g, v, { axis }) =>
        g.node(
          'Concat',
          names.map((k) => v[k]),
          { axis },
        ),
    },
  });
}

function concatType(types: readonly TensorType[], axis: number): TensorType {
  const [first, ...rest] = types;
  expectAxes('concat', [axis], first.shape.length);
  for (const t of rest) {
    const fit = t.dtype === first.dtype && t.shape.length === first.shape.length;
    if (!fit || !shapesEqual(t.shape.toSpliced(axis, 1), first.shape.toSpliced(axis, 1))) {
      misfit(
        'concat',
        `${formatShape(first.shape)} ${first.dtype} and ${formatShape(t.shape)} ${t.dtype} do not join along axis ${axis}`,
      );
    }
  }
  const total = types.reduce<Dim>((sum, t) => addDims(sum, t.shape[axis]), 0);
  return { shape: first.shape.with(axis, total), dtype: first.dtype };
}

function concatArrays(arrays: readonly NdArray[], axis: number, shape: readonly number[]): NdArray {
  const data = new Float64Array(shape.reduce((a, b) => a * b, 1));
  const strides = stridesOf(shape);
  let at = 0;
  for (const x of arrays) {
    copy(x.shape, dense(x), { data, at, strides });
    at += x.shape[axis] * strides[axis];
  }
  return { shape, data };
}

/** False only if a box is known to exceed the axis. */
function fits(start: Dim, size: Dim, whole: Dim): boolean {
  const rest = subDims(subDims(whole, start), size);
  return [start, size, rest].every((d) => typeof d !== 'number' || d >= 0);
}

/**
 * A box that is cut along one axis only, seen as columns `at` to `at + to` of a matrix `[rows, from]`: portable backends
 * copy those row by row. Null if two axes are cut.
 */
function asMatrix(
  whole: Shape,
  part: Shape,
  start: readonly number[],
): { rows: number; from: number; to: number; at: number } | null {
  const [outer, inner] = [staticShape(whole), staticShape(part)];
  const cut = outer.flatMap((d, i) => (d === inner[i] ? [] : [i]));
  if (cut.length !== 1) return null;
  const axis = cut[0];
  const rows = outer.slice(0, axis).reduce((a, b) => a * b, 1);
  const run = outer.slice(axis + 1).reduce((a, b) => a * b, 1);
  return { rows, from: outer[axis] * run, to: inner[axis] * run, at: start[axis] * run };
}

function shapeInput(g: OnnxTarget, dims: Shape): OnnxTensor {
  return dims.every((d) => typeof d === 'number') ? g.int64s(staticShape(dims)) : g.shape(dims);
}
