import { expect, it } from '@jest/globals';
import { evaluateValues } from '../../../../src/compiler/ir/evaluate';
import { constant, input, type NdArray, type Value } from '../../../../src/compiler/ir/graph';
import { ops } from '../../../../src/compiler/ops';
import { rules } from '../../../../src/compiler/optimize/rules';
import { expression } from '../../../support/expression';
import { batch, normal } from '../../../support/tiny-model';

const { add, sub, mul, div, neg, cast, reshape, transpose, broadcastTo, slice, pad, matmul, reduceSum } = ops;
const x = input('x', [2, 3]);
const y = input('y', [2, 3]);
const row = input('row', [3]);
const cube = input('cube', [2, 3, 4]);
const thin = input('thin', [2, 1, 3]);
const half = input('half', [2, 3], 'bf16');
const whole = input('whole', [2, 3], 'i32');
const any = input('any', [batch, 6]);
const up = (v: Value): Value => cast(v, { dtype: 'f32' });
const down = (v: Value): Value => cast(v, { dtype: 'bf16' });
const full = { shape: [2, 3] };

interface Case {
  readonly before: Value;
  readonly after: string;
  /** What looks alike and must stay. */
  readonly misses: readonly [Value, ...Value[]];
}

const cases: { readonly [rule: string]: Case } = {
  'mul-by-one': {
    before: mul(1, x),
    after: 'x',
    misses: [mul(x, 2), mul(row, constant({ ...full, data: new Float64Array(6).fill(1) }))],
  },
  'div-by-one': { before: div(x, 1), after: 'x', misses: [div(x, 2)] },
  'add-zero': { before: add(0, x), after: 'x', misses: [add(x, 1)] },
  'sub-zero': { before: sub(x, 0), after: 'x', misses: [sub(0, x)] },
  'neg-neg': { before: neg(neg(x)), after: 'x', misses: [neg(x)] },
  'add-neg': { before: add(neg(x), y), after: 'sub(y, x)', misses: [sub(x, y)] },
  'sub-neg': { before: sub(x, neg(y)), after: 'add(x, y)', misses: [sub(neg(x), y)] },
  'mul-neg': { before: mul(3, neg(x)), after: 'mul(x, -3)', misses: [mul(neg(x), y)] },
  'neg-mul': { before: neg(mul(x, 3)), after: 'mul(x, -3)', misses: [neg(mul(x, y))] },
  'mul-mul': { before: mul(2, mul(x, 3)), after: 'mul(x, 6)', misses: [mul(mul(x, y), 3), mul(mul(x, 2), y)] },
  'div-by-constant': { before: div(x, 4), after: 'mul(x, 0.25)', misses: [div(x, 0), div(4, x)] },

  'reshape-to-self': { before: reshape(x, full), after: 'x', misses: [reshape(x, { shape: [3, 2] })] },
  'reshape-reshape': {
    before: reshape(reshape(any, { shape: [batch, 2, 3] }), { shape: [batch, 3, 2] }),
    after: 'reshape(any, shape=[batch 3 2])',
    misses: [reshape(transpose(x, { perm: [1, 0] }), { shape: [6] })],
  },
  'transpose-transpose': {
    before: transpose(transpose(cube, { perm: [2, 0, 1] }), { perm: [1, 0, 2] }),
    after: 'transpose(cube, perm=[0 2 1])',
    misses: [transpose(reshape(cube, { shape: [3, 2, 4] }), { perm: [1, 0, 2] })],
  },
  'transpose-of-unit-axes': {
    before: transpose(thin, { perm: [1, 0, 2] }),
    after: 'reshape(thin, shape=[1 2 3])',
    misses: [transpose(thin, { perm: [2, 1, 0] })],
  },
  'broadcast-to-self': { before: broadcastTo(x, full), after: 'x', misses: [broadcastTo(row, full)] },
  'broadcast-broadcast': {
    before: broadcastTo(broadcastTo(row, { shape: [1, 3] }), full),
    after: 'broadcast_to(row, shape=[2 3])',
    misses: [broadcastTo(reshape(row, { shape: [1, 3] }), full)],
  },
  'slice-whole': {
    before: slice(x, { start: [0, 0], size: [2, 3] }),
    after: 'x',
    misses: [slice(x, { start: [0, 1], size: [2, 2] })],
  },
  'slice-slice': {
    before: slice(slice(cube, { start: [0, 1, 0], size: [2, 2, 4] }), { start: [1, 1, 2], size: [1, 1, 2] }),
    after: 'slice(cube, start=[1 2 2], size=[1 1 2])',
    misses: [slice(reshape(cube, { shape: [2, 12] }), { start: [0, 1], size: [2, 2] })],
  },
  'pad-nothing': {
    before: pad(x, { before: [0, 0], after: [0, 0] }),
    after: 'x',
    misses: [pad(x, { before: [0, 0], after: [0, 1] })],
  },
  'transpose-into-matmul-left': {
    before: matmul(transpose(x, { perm: [1, 0] }), y),
    after: 'matmul(x, y, transposeA=true)',
    misses: [matmul(transpose(cube, { perm: [1, 2, 0] }), reshape(cube, { shape: [3, 2, 4] }))],
  },
  'transpose-into-matmul-right': {
    before: matmul(x, transpose(y, { perm: [1, 0] })),
    after: 'matmul(x, y, transposeB=true)',
    misses: [matmul(reshape(cube, { shape: [3, 4, 2] }), transpose(cube, { perm: [1, 0, 2] }))],
  },

  'cast-to-self': { before: up(x), after: 'x', misses: [up(half), up(whole)] },
  'cast-cast': { before: down(up(half)), after: 'half', misses: [up(down(x)), cast(up(whole), { dtype: 'i32' })] },
  'drop-stop-gradient': { before: ops.stopGradient(x), after: 'x', misses: [neg(x)] },
  'cast-before-reshape': {
    before: down(reshape(up(half), { shape: [6] })),
    after: 'reshape(half, shape=[6])',
    misses: [down(reshape(x, { shape: [6] })), down(reshape(up(whole), { shape: [6] }))],
  },
  'cast-before-transpose': {
    before: down(transpose(up(half), { perm: [1, 0] })),
    after: 'transpose(half, perm=[1 0])',
    misses: [up(transpose(down(x), { perm: [1, 0] }))],
  },
  'cast-before-slice': {
    before: down(slice(up(half), { start: [0, 1], size: [2, 1] })),
    after: 'slice(half, start=[0 1], size=[2 1])',
    misses: [cast(slice(up(half), { start: [0, 1], size: [2, 1] }), { dtype: 'i32' })],
  },
  'broadcast-after-cast': {
    before: down(broadcastTo(row, full)),
    after: 'broadcast_to(cast(row, dtype=bf16), shape=[2 3])',
    misses: [down(reshape(row, { shape: [1, 3] }))],
  },

  'reduce_sum-of-unit-axes': {
    before: reduceSum(thin, { axes: [1] }),
    after: 'reshape(thin, shape=[2 3])',
    misses: [reduceSum(thin, { axes: [0, 1] })],
  },
  'reduce_mean-of-unit-axes': {
    before: ops.reduceMean(thin, { axes: [1], keepDims: true }),
    after: 'reshape(thin, shape=[2 1 3])',
    misses: [ops.reduceMean(thin, { axes: [2] })],
  },
  'reduce_max-of-unit-axes': {
    before: ops.reduceMax(thin, { axes: [1] }),
    after: 'reshape(thin, shape=[2 3])',
    misses: [ops.reduceMax(thin, { axes: [2] })],
  },
  'sum-sum': {
    before: reduceSum(reduceSum(cube, { axes: [1] }), { axes: [1] }),
    after: 'reduce_sum(cube, axes=[1 2])',
    misses: [reduceSum(reduceSum(cube, { axes: [1], keepDims: true }), { axes: [0] })],
  },
  'sum-of-broadcast': {
    before: reduceSum(broadcastTo(thin, { shape: [2, 5, 3] }), { axes: [1] }),
    after: 'reshape(mul(thin, 5), shape=[2 3])',
    misses: [reduceSum(broadcastTo(thin, { shape: [2, 5, 3] }), { axes: [1, 2] })],
  },
  ...elementwiseCases(),
};

function elementwiseCases(): { [rule: string]: Case } {
  const binaries = [add, sub, mul, div, ops.maximum, ops.minimum];
  const unaries = [neg, ops.exp, ops.sqrt, ops.rsqrt, ops.square, ops.sigmoid, ops.tanh];
  const wide = broadcastTo(row, full);
  const column = broadcastTo(input('column', [2, 1]), full);
  return Object.fromEntries([
    ...binaries.flatMap((op): [string, Case][] => {
      const name = op.opName;
      return [
        [
          `implicit-broadcast-left-of-${name}`,
          { before: op(wide, x), after: `${name}(row, x)`, misses: [op(wide, 2), op(x, 2)] },
        ],
        [
          `implicit-broadcast-right-of-${name}`,
          { before: op(x, wide), after: `${name}(x, row)`, misses: [op(2, wide)] },
        ],
        [
          `broadcast-after-${name}`,
          {
            before: op(wide, broadcastTo(input('number', []), full)),
            after: `broadcast_to(${name}(row, number), shape=[2 3])`,
            misses: [op(wide, column), op(wide, x)],
          },
        ],
      ];
    }),
    ...unaries.map((op): [string, Case] => [
      `broadcast-after-${op.opName}`,
      {
        before: op(wide),
        after: `broadcast_to(${op.opName}(row), shape=[2 3])`,
        misses: [op(reshape(row, { shape: [1, 3] }))],
      },
    ]),
  ]);
}

it('has a case for every rule', () => {
  expect(Object.keys(cases).sort()).toEqual(rules.map((rule) => rule.name).sort());
});

it.each(rules.map((rule) => [rule.name, rule.doc, rule] as const))('%s: %s', (name, _, rule) => {
  const { before, after, misses } = cases[name];
  const result = rule.apply(before)!;
  expect(result && expression(result)).toBe(after);
  expect([result.dtype, result.shape.join()]).toEqual([before.dtype, before.shape.join()]);
  if (!before.shape.includes(batch)) expectSameNumbers(before, result);
  for (const miss of misses) {
    expect(rule.apply(miss) && expression(rule.apply(miss)!)).toBeNull();
    expect(rule.explain(miss)).toEqual(expect.any(String));
  }
  expect(rule.explain(before)).toBeNull();
});

it.each([
  ['transpose-of-unit-axes', 'it moves elements'],
  ['div-by-constant', 'the divisor is 0'],
  ['mul-mul', 'the factor is no constant of one value'],
  ['neg-neg', 'it does not look like the pattern'],
])('%s says why it leaves something that looks alike: %s', (name, reason) => {
  const rule = rules.find((r) => r.name === name)!;
  expect(cases[name].misses.map((miss) => rule.explain(miss))).toContain(reason);
});

it.each([mul(mul(x, 3), 2), mul(mul(3, x), 2), mul(2, mul(x, 3)), mul(2, mul(3, x))])(
  'constant factors are gathered whichever operands they are',
  (product) => {
    const rule = rules.find((r) => r.name === 'mul-mul')!;
    expect(expression(rule.apply(product)!)).toBe('mul(x, 6)');
  },
);

function expectSameNumbers(before: Value, after: Value): void {
  const env = new Map<Value, NdArray>();
  const visit = (v: Value): void => {
    if (v.leaf?.kind === 'input') env.set(v, positive(normal(v.shape as number[], v.id)));
    v.inputs.forEach(visit);
  };
  visit(before);
  const [want, got] = evaluateValues([before, after], env);
  // Regrouped constants round once more in float64.
  got.data.forEach((g, i) => expect(g).toBeCloseTo(want.data[i], 12));
}

/** Square roots want positive numbers; small whole numbers have exact half-precision forms. */
function positive(a: NdArray): NdArray {
  return { ...a, data: a.data.map((v) => 1 + Math.round(Math.abs(v) * 4)) };
}
