import { expect, it } from '@jest/globals';
import { mulDims, symbol } from '../../../src/compiler/ir/dims';
import { evaluate, evaluateValues } from '../../../src/compiler/ir/evaluate';
import { input, variable, type NdArray } from '../../../src/compiler/ir/graph';
import { add, cast, mul } from '../../../src/compiler/ops/elementwise';
import { linear, matmul } from '../../../src/compiler/ops/linalg';
import { reshape } from '../../../src/compiler/ops/movement';
import { reduceMean } from '../../../src/compiler/ops/reduction';

function array(shape: readonly number[], ...data: number[]): NdArray {
  return { shape, data: Float64Array.from(data) };
}

it('reads the batch off the inputs and gives outputs and updates', () => {
  const n = symbol('batch');
  const x = input('x', [n, 2, 2]);
  const w = variable('w', [1, 2], { kind: 'zeros' }, 'weight');
  const y = linear(reshape(x, { shape: [mulDims(n, 2), 2] }), w);
  const program = {
    name: 'p',
    inputs: [x],
    outputs: { y, mean: reduceMean(y, { axes: [0, 1] }) },
    updates: [{ variable: w, value: mul(w, 2) }],
  };
  const result = evaluate(program, {
    inputs: { x: array([1, 2, 2], 1, 2, 3, 4) },
    variables: { w: array([1, 2], 10, 1) },
  });
  expect(result.outputs).toEqual({ y: array([2, 1], 12, 34), mean: array([], 23) });
  expect(result.updates).toEqual({ w: array([1, 2], 20, 2) });
});

it('says which input is missing and which has another shape', () => {
  const x = input('x', [2]);
  const program = { name: 'p', inputs: [x], outputs: { y: add(x, 1) }, updates: [] };
  expect(() => evaluate(program)).toThrow('no value is given for the input x');
  expect(() => evaluate(program, { inputs: { x: array([3], 1, 2, 3) } })).toThrow(
    'x is [2], but the array given for it is [3]',
  );
});

it('multiplies as the definition of a matrix product says, at sizes that cross its blocks', () => {
  const [n, k, m] = [5, 131, 301];
  const a = input('a', [n, k]);
  const b = input('b', [m, k]);
  const left = array([n, k], ...Array.from({ length: n * k }, (_, i) => Math.sin(i)));
  const right = array([m, k], ...Array.from({ length: m * k }, (_, i) => Math.cos(i)));
  const [y] = evaluateValues(
    [matmul(a, b, { transposeB: true })],
    new Map([
      [a, left],
      [b, right],
    ]),
  );
  for (const [i, j] of [
    [0, 0],
    [4, 300],
    [2, 108],
  ]) {
    const sum = Array.from({ length: k }, (_, p) => Math.sin(i * k + p) * Math.cos(j * k + p)).reduce(
      (s, x) => s + x,
      0,
    );
    expect(y.data[i * m + j]).toBeCloseTo(sum, 12);
  }
});

it('evaluates graphs deeper than the call stack', () => {
  const x = input('x', []);
  let y = x;
  for (let i = 0; i < 50_000; i++) y = add(y, x);
  expect(evaluateValues([y], new Map([[x, array([], 1)]]))[0].data[0]).toBe(50_001);
});

it('rounds where a value is cast to a half type', () => {
  const x = input('x', [3]);
  const of = (dtype: 'bf16' | 'f16'): number[] => {
    return [...evaluateValues([cast(x, { dtype })], new Map([[x, array([3], 1.00390625, 3.0005, 1e-9)]]))[0].data];
  };
  // bf16 has 8 significant bits, so 1 + 2⁻⁸ is a tie that goes to even; f16 has 11, and ends at 2⁻²⁴.
  expect(of('bf16')).toEqual([1, 3, expect.closeTo(1e-9, 11)]);
  expect(of('f16')).toEqual([1.00390625, 3, 0]);
});
