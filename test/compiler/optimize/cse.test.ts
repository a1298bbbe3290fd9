import { expect, it } from '@jest/globals';
import { input, scalar, topological, type Program, type Value } from '../../../src/compiler/ir/graph';
import { ops } from '../../../src/compiler/ops';
import { cse } from '../../../src/compiler/optimize/cse';
import { batch } from '../../support/tiny-model';

const x = input('x', [batch, 4]);
const y = input('y', [batch, 4]);
const { add, mul, sub, reshape } = ops;

/** Whether the pass makes one value of the two. */
function shared(a: Value, b: Value): boolean {
  const program: Program = { name: 'p', inputs: [x, y], outputs: { a, b }, updates: [] };
  const { outputs } = cse.run(program);
  return outputs.a === outputs.b;
}

it('shares equal ops on equal operands, through any depth', () => {
  expect(shared(mul(add(x, y), 2), mul(add(x, y), 2))).toBe(true);
  expect(shared(mul(add(x, y), 2), mul(add(x, y), 3))).toBe(false);
});

it('shares commuted operands of commutative ops only', () => {
  expect(shared(add(x, y), add(y, x))).toBe(true);
  expect(shared(sub(x, y), sub(y, x))).toBe(false);
});

it('tells symbolic attributes apart', () => {
  expect(shared(reshape(x, { shape: [batch, 2, 2] }), reshape(x, { shape: [batch, 2, 2] }))).toBe(true);
  expect(shared(reshape(x, { shape: [batch, 2, 2] }), reshape(x, { shape: [2, batch, 2] }))).toBe(false);
});

it('tells constants apart by value, sign of zero and dtype', () => {
  expect(shared(scalar(2), scalar(2))).toBe(true);
  expect(shared(scalar(0), scalar(-0))).toBe(false);
  expect(shared(scalar(1), scalar(1, 'i32'))).toBe(false);
});

it('keeps draws of different streams apart', () => {
  const seed = input('seed', [2], 'i32');
  const draw = (stream: number): Value => ops.randomNormal(seed, { shape: [3], stream });
  expect(shared(draw(1), draw(1))).toBe(true);
  expect(shared(draw(1), draw(2))).toBe(false);
});

it('leaves a graph without repetition as it is', () => {
  const root = mul(add(x, 1), y);
  const { outputs } = cse.run({ name: 'p', inputs: [x, y], outputs: { root }, updates: [] });
  expect(topological([outputs.root])).toEqual(topological([root]));
});
