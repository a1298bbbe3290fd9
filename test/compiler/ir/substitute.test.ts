import { expect, it } from '@jest/globals';
import { input } from '../../../src/compiler/ir/graph';
import { printValues } from '../../../src/compiler/ir/print';
import { expandComposites, substitute } from '../../../src/compiler/ir/substitute';
import { add, mul, neg } from '../../../src/compiler/ops/elementwise';
import { silu, softmax } from '../../../src/compiler/ops/nn';

const x = input('x', [2, 3]);
const y = input('y', [2, 3]);

it('replaces values and keeps what does not depend on them', () => {
  const kept = neg(y);
  const z = add(mul(x, 2), kept);
  const wide = input('wide', [4, 2, 3]);
  const [out] = substitute([z], new Map([[x, wide]]));
  expect(out.shape).toEqual([4, 2, 3]);
  expect(out.inputs[1]).toBe(kept);
  expect(substitute([kept], new Map([[x, wide]]))[0]).toBe(kept);
});

it('replaces a value in the middle without visiting what is behind it', () => {
  const middle = mul(x, 2);
  const [out] = substitute([neg(middle)], new Map([[middle, y]]));
  expect(out.inputs[0]).toBe(y);
});

it('writes the composites that are asked for in other ops', () => {
  const z = softmax(silu(x));
  expect(printValues(expandComposites([z], (op) => op.opName === 'silu'))).toBe(
    `%0: f32[2, 3] = input x
%1: f32[2, 3] = sigmoid(%0)
%2: f32[2, 3] = mul(%0, %1)
%3: f32[2, 3] = softmax(%2)`,
  );
});
