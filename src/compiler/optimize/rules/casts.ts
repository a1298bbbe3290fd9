/** Rules of dtypes: casts that change nothing, consecutive casts, and casts moved so that fewer bytes are moved. */
// Tested by test/compiler/optimize/rules/rules.test.ts.
import type { DType, Value } from '../../ir/graph';
import { cast, stopGradient } from '../../ops/elementwise';
import { reshape, slice, transpose } from '../../ops/movement';
import { rewrite, type Rewrite } from '../rewrite';

export const castToSelf = rewrite('cast-to-self', 'A cast to the dtype it has is x.', {
  match: ({ x }, { dtype }) => cast(x, { dtype }),
  replace: ({ x }) => x,
});

export const castCast = rewrite<{ inner: DType; outer: DType }>(
  'cast-cast',
  'A cast of a cast is one cast where the first keeps every value.',
  {
    match: ({ x }, { inner, outer }) => cast(cast(x, { dtype: inner }), { dtype: outer }),
    when: ({ x }, { inner }) => widens(x.dtype, inner) || `${inner} does not hold every ${x.dtype}`,
    replace: ({ x }, { outer }) => (x.dtype === outer ? x : cast(x, { dtype: outer })),
  },
);

/** Passes run after differentiation, so the mark is no longer needed. */
export const dropStopGradient = rewrite('drop-stop-gradient', 'Where nothing is differentiated any more, x is x.', {
  match: ({ x }) => stopGradient(x),
  replace: ({ x }) => x,
});

interface Move {
  readonly inner: DType;
  readonly outer: DType;
  readonly shape: never;
  readonly perm: never;
  readonly start: never;
  readonly size: never;
}

/** A half-precision result that is moved and then read in half precision is moved in half precision. */
export const castBeforeMove: readonly Rewrite[] = [
  beforeMove('reshape', (x, { shape }) => reshape(x, { shape })),
  beforeMove('transpose', (x, { perm }) => transpose(x, { perm })),
  beforeMove('slice', (x, { start, size }) => slice(x, { start, size })),
];

function beforeMove(word: string, move: (x: Value, attrs: Move) => Value): Rewrite {
  return rewrite<Move>(
    `cast-before-${word}`,
    `cast(${word}(cast(x))) = ${word}(x) where x has that dtype to begin with.`,
    {
      match: ({ x }, attrs) => cast(move(cast(x, { dtype: attrs.inner }), attrs), { dtype: attrs.outer }),
      when: ({ x }, { inner, outer }) =>
        (x.dtype === outer && widens(outer, inner)) || 'the cast in between does not keep every value',
      replace: ({ x }, attrs) => move(x, attrs),
    },
  );
}

/** Whether `wide` can represent every value of `narrow`. */
function widens(narrow: DType, wide: DType): boolean {
  return narrow === wide || (wide === 'f32' && (narrow === 'bf16' || narrow === 'f16' || narrow === 'bool'));
}
