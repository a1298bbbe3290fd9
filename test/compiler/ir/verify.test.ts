import { expect, it } from '@jest/globals';
import { input, Value, variable, type Program } from '../../../src/compiler/ir/graph';
import { verify } from '../../../src/compiler/ir/verify';
import { add, neg } from '../../../src/compiler/ops/elementwise';

const x = input('x', [2, 3]);
const w = variable('w', [3], { kind: 'zeros' }, 'weight');

function program(y: Value, more: Partial<Program> = {}): Program {
  return { name: 'p', inputs: [x], outputs: { y }, updates: [], ...more };
}

it('finds nothing wrong with a sound program', () => {
  expect(verify(program(add(x, w), { updates: [{ variable: w, value: neg(w) }] }))).toEqual([]);
});

it('infers every type again', () => {
  const sum = add(x, w);
  const wrong = new Value(sum.op, sum.inputs, sum.attrs, { shape: [3, 2], dtype: 'f32' });
  expect(verify(program(wrong))).toEqual(['add f32[3, 2] should be f32[2, 3] by its shape rule']);
});

it('reports operands that do not fit and operands that are missing', () => {
  const sum = add(x, w);
  const misfit = new Value(sum.op, [x, input('y', [4])], {}, sum.type);
  expect(verify(program(misfit, { inputs: [x, misfit.inputs[1]] }))).toEqual([
    'add f32[2, 3]: add: [2, 3] and [4] do not broadcast',
  ]);
  expect(verify(program(new Value(sum.op, [x], {}, sum.type)))).toEqual(['add f32[2, 3] has 1 operands, expected 2']);
});

it('wants one variable a name, and inputs declared', () => {
  const twin = variable('w', [3], { kind: 'ones' }, 'weight');
  expect(verify(program(add(add(x, w), twin)))).toEqual(['two variables are named w']);
  expect(verify(program(neg(x), { inputs: [] }))).toEqual([
    'input x f32[2, 3] is used but not declared by the program',
  ]);
});

it('compares an update with its variable and allows one of each', () => {
  const updates = [
    { variable: w, value: x },
    { variable: w, value: neg(w) },
  ];
  expect(verify(program(x, { updates }))).toEqual(['w is f32[3], its update f32[2, 3]', 'w is updated twice']);
});
