import { expect, it } from '@jest/globals';
import { sizeOf } from '../../../src/compiler/ir/dims';
import { input, variable, type Program, type Value } from '../../../src/compiler/ir/graph';
import { ops } from '../../../src/compiler/ops';
import { fusedLiveness, opByOpLiveness } from '../../../src/compiler/report/liveness';

const elements = (v: Value): number => Number(sizeOf(v.shape));
const x = input('x', [100, 100]);

function program(outputs: { readonly [name: string]: Value }, updates: Program['updates'] = []): Program {
  return { name: 'p', inputs: [x], outputs, updates };
}

function peaks(p: Program): { opByOp: number; fused: number } {
  const at = Object.values(p.outputs)[0];
  return { opByOp: opByOpLiveness(p, at, elements).peak, fused: fusedLiveness(p, at, elements).peak };
}

const sum = (v: Value): Value => ops.reduceSum(v, { axes: v.shape.map((_, i) => i) });

it('holds two results of a chain at a time op by op, and none where the chain is fused', () => {
  const chain = sum(ops.mul(ops.add(ops.neg(x), 1), 2));
  // The two scalars that numbers became, and the sum.
  expect(peaks(program({ y: chain }))).toEqual({ opByOp: 20_002, fused: 10_003 });
});

it('writes what a product reads', () => {
  const shifted = ops.add(x, 1);
  // The number 1, what the product reads, and its result in place of x, which nothing reads any more.
  expect(peaks(program({ y: ops.matmul(shifted, shifted) })).fused).toBe(30_001 - 10_000);
  expect(peaks(program({ y: sum(shifted) })).fused).toBe(10_002);
});

it('computes cheap arithmetic on one tensor twice, but nothing else that two readers need', () => {
  /** Bytes beside x and single numbers when two sums over `v` are wanted. */
  const held = (v: Value): number => peaks(program({ a: sum(ops.neg(v)), b: sum(ops.square(v)) })).fused - 10_000;
  const other = input('other', [100, 100]);
  expect(held(ops.mul(x, 2))).toBeLessThan(10);
  expect(
    held(ops.mul(x, ops.broadcastTo(ops.slice(other, { start: [0, 0], size: [1, 100] }), { shape: [100, 100] }))),
  ).toBeLessThan(10_010);
  expect(held(ops.exp(x))).toBeGreaterThanOrEqual(10_000);
  expect(held(ops.mul(x, other))).toBeGreaterThanOrEqual(20_000);
});

it('stands new state beside the old op by op, and in its place where state is updated in place', () => {
  const state = variable('s', [100, 100], { kind: 'zeros' }, 'moment');
  const value = ops.add(state, x);
  const p = program({ y: sum(x) }, [{ variable: state, value }]);
  expect(peaks(p)).toEqual({ opByOp: 20_001, fused: 10_001 });
});

it('shares memory between a tensor and its reshapes', () => {
  const flat = ops.reshape(ops.neg(x), { shape: [10_000] });
  expect(peaks(program({ y: flat })).opByOp).toBe(20_000);
});
