import { expect, it } from '@jest/globals';
import { chooseExecution, precisionOf } from '../../../src/backends/tensorflow/execution';
import { input, variable, type Program } from '../../../src/compiler/ir/graph';
import { add, cast } from '../../../src/compiler/ops/elementwise';
import { orthonormal } from '../../../src/compiler/ops/linalg';

const x = input('x', [2]);
const w = variable('w', [2], { kind: 'zeros' }, 'weight');
const step: Program = { name: 'step', inputs: [x], outputs: {}, updates: [{ variable: w, value: add(w, x) }] };
const apply: Program = { name: 'apply', inputs: [x], outputs: { y: add(w, x) }, updates: [] };

it('compiles whole training steps in f32, and fusible regions in bf16', () => {
  expect(chooseExecution(step, 'f32', 'cpu')).toBe('xla');
  expect(chooseExecution(step, 'bf16', 'cpu')).toBe('clustered');
  expect(chooseExecution(step, 'bf16', 'gpu')).toBe('xla');
});

it('runs programs that update nothing as they are', () => {
  for (const device of ['cpu', 'gpu'] as const) expect(chooseExecution(apply, 'f32', device)).toBe('graph');
});

it('leaves QR decompositions to the plain graph on a CPU', () => {
  const square = variable('s', [2, 2], { kind: 'zeros' }, 'weight');
  const turned: Program = { ...step, updates: [{ variable: square, value: orthonormal(square) }] };
  expect(chooseExecution(turned, 'f32', 'cpu')).toBe('graph');
  expect(chooseExecution(turned, 'f32', 'gpu')).toBe('xla');
});

it('calls a program bf16 when any value in it is held in a half type', () => {
  const half = cast(cast(add(w, x), { dtype: 'bf16' }), { dtype: 'f32' });
  expect(precisionOf(apply)).toBe('f32');
  expect(precisionOf({ ...apply, outputs: { y: half } })).toBe('bf16');
});
