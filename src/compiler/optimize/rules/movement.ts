/** Rules of movement: ops that change nothing are dropped, and consecutive moves become one. */
// Tested by test/compiler/optimize/rules/rules.test.ts.
import { addDims, shapesEqual, type Shape } from '../../ir/dims';
import { matmul } from '../../ops/linalg';
import { broadcastTo, pad, reshape, slice, transpose } from '../../ops/movement';
import { rewrite } from '../rewrite';

export const reshapeToSelf = rewrite('reshape-to-self', 'A reshape to the shape it has is x.', {
  match: ({ x }, { shape }) => reshape(x, { shape }),
  replace: ({ x }) => x,
});

export const reshapeReshape = rewrite<{ inner: Shape; outer: Shape }>('reshape-reshape', 'Two reshapes are one.', {
  match: ({ x }, { inner, outer }) => reshape(reshape(x, { shape: inner }), { shape: outer }),
  replace: ({ x }, { outer }) => (shapesEqual(x.shape, outer) ? x : reshape(x, { shape: outer })),
});

interface TwoPerms {
  readonly inner: readonly number[];
  readonly outer: readonly number[];
}

export const transposeTranspose = rewrite<TwoPerms>('transpose-transpose', 'Two transposes are one.', {
  match: ({ x }, { inner, outer }) => transpose(transpose(x, { perm: inner }), { perm: outer }),
  replace: ({ x }, { inner, outer }) => transpose(x, { perm: outer.map((axis) => inner[axis]) }),
});

/** Includes the transpose that keeps every axis in place. */
export const transposeOfUnitAxes = rewrite<{ perm: readonly number[] }>(
  'transpose-of-unit-axes',
  'A transpose that only moves axes of size 1 is a reshape.',
  {
    match: ({ x }, { perm }) => transpose(x, { perm }),
    when: ({ x }, { perm }) => {
      const moved = perm.filter((axis) => x.shape[axis] !== 1);
      return moved.every((axis, i) => i === 0 || axis > moved[i - 1]) || 'it moves elements';
    },
    replace: ({ x }, _, { shape }) => (shapesEqual(x.shape, shape) ? x : reshape(x, { shape })),
  },
);

export const broadcastToSelf = rewrite('broadcast-to-self', 'A broadcast to the shape it has is x.', {
  match: ({ x }, { shape }) => broadcastTo(x, { shape }),
  replace: ({ x }) => x,
});

export const broadcastBroadcast = rewrite<{ inner: Shape; outer: Shape }>(
  'broadcast-broadcast',
  'Two broadcasts are one.',
  {
    match: ({ x }, { inner, outer }) => broadcastTo(broadcastTo(x, { shape: inner }), { shape: outer }),
    replace: ({ x }, { outer }) => broadcastTo(x, { shape: outer }),
  },
);

export const sliceWhole = rewrite('slice-whole', 'A slice of everything is x.', {
  match: ({ x }, { start, size }) => slice(x, { start, size }),
  replace: ({ x }) => x,
});

interface TwoBoxes {
  readonly innerStart: Shape;
  readonly innerSize: Shape;
  readonly start: Shape;
  readonly size: Shape;
}

export const sliceSlice = rewrite<TwoBoxes>('slice-slice', 'A slice of a slice is one slice.', {
  match: ({ x }, { innerStart, innerSize, start, size }) =>
    slice(slice(x, { start: innerStart, size: innerSize }), { start, size }),
  replace: ({ x }, { innerStart, start, size }) =>
    slice(x, { start: start.map((s, i) => addDims(s, innerStart[i])), size }),
});

export const padNothing = rewrite('pad-nothing', 'A pad of nothing is x.', {
  match: ({ x }, { before, after }) => pad(x, { before, after }),
  replace: ({ x }) => x,
});

interface Transposed {
  readonly perm: readonly number[];
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
}

export const transposeIntoMatmulLeft = rewrite<Transposed>(
  'transpose-into-matmul-left',
  'matmul(xᵀ, b) reads x transposed instead of moving it.',
  {
    match: ({ x, b }, { perm, transposeA, transposeB }) =>
      matmul(transpose(x, { perm }), b, { transposeA, transposeB }),
    when: (_, { perm }) => swapsLastTwo(perm) || 'the transpose moves other axes',
    replace: ({ x, b }, { transposeA = false, transposeB = false }) =>
      matmul(x, b, { transposeA: !transposeA, transposeB }),
  },
);

export const transposeIntoMatmulRight = rewrite<Transposed>(
  'transpose-into-matmul-right',
  'matmul(a, xᵀ) reads x transposed instead of moving it.',
  {
    match: ({ a, x }, { perm, transposeA, transposeB }) =>
      matmul(a, transpose(x, { perm }), { transposeA, transposeB }),
    when: (_, { perm }) => swapsLastTwo(perm) || 'the transpose moves other axes',
    replace: ({ a, x }, { transposeA = false, transposeB = false }) =>
      matmul(a, x, { transposeA, transposeB: !transposeB }),
  },
);

function swapsLastTwo(perm: readonly number[]): boolean {
  const n = perm.length;
  return n >= 2 && perm.every((axis, i) => axis === (i < n - 2 ? i : 2 * n - 3 - i));
}
