/** The work of kernels against counts by hand. */
import { expect, it } from '@jest/globals';
import { input, variable, type Program, type Value } from '../../../src/compiler/ir/graph';
import { ops } from '../../../src/compiler/ops';
import { costsOf } from '../../../src/compiler/report/costs';
import { boundModel } from '../../../src/compiler/lower/bound-model';
import { workOf } from '../../../src/compiler/report/step-work';
import { splitStep } from '../../../src/compiler/programs/split-step';
import { compileModel } from '../../support/compile';

const x = input('x', [100, 30]);

function program(outputs: { readonly [name: string]: Value }, updates: Program['updates'] = []): Program {
  return { name: 'p', inputs: [x], outputs, updates };
}

it('reads what a kernel is computed from, and of a slice no more than the slice', () => {
  const parts = [0, 10].map((at) => ops.slice(x, { start: [0, at], size: [100, 10] }));
  const { kernels } = workOf(program({ y: ops.mul(parts[0], parts[1]) }));
  expect(kernels.map((k) => k.bytes)).toEqual([4 * (1000 + 1000 + 1000)]);
});

it('counts the bytes of half precision as half, and says where its products are', () => {
  const weight = variable('w', [30, 20], { kind: 'zeros' }, 'weight');
  const half = (v: Value): Value => ops.cast(v, { dtype: 'bf16' });
  const { kernels, held, heldSharded } = workOf(program({ y: ops.matmul(half(x), half(weight)) }));
  expect(kernels.map(({ products, half, bytes, ofState }) => [products, half, bytes, ofState])).toEqual([
    [0, false, 6 * 3000, false],
    [0, false, 6 * 600, true],
    [2 * 100 * 30 * 20, true, 2 * (3000 + 600 + 2000), false],
  ]);
  // The copy of the weight is part of a gathered block.
  expect(held[held.length - 1] - heldSharded[held.length - 1]).toBe(2 * 600);
});

it('takes new state for the place of the old, and reads and writes it', () => {
  const sum = variable('s', [100, 30], { kind: 'zeros' }, 'buffer');
  const { kernels, held } = workOf(program({}, [{ variable: sum, value: ops.add(sum, x) }]));
  expect(kernels[0].bytes).toBe(4 * 3 * 3000);
  expect(Math.max(...held)).toBe(4 * 3000);
});

it('finds three times the FLOPs of a forward pass in a step, but for gradients of inputs that nobody wants', () => {
  const settings = { size: '16x16', patch: '4', width: '64', heads: '4', depth: '4', pixel_depth: '2', classes: '4' };
  const model = compileModel('specs/pixeldit.weft', 'PixelDiT', settings);
  const { micro } = splitStep(boundModel(model, { batch: 2 }), {
    objective: { kind: 'rectified_flow', time: { kind: 'logit_normal', mean: 0, std: 1, shift: 1 } },
    optimizer: { kind: 'adamw', rate: 1, betas: [0.9, 0.999], eps: 1e-8, decay: 0 },
    ema: 0.99,
    labelDrop: 0.1,
    precision: 'bf16',
  });
  const ratio = workOf(micro).products / 2 / costsOf(model).flops;
  expect(ratio).toBeLessThan(3);
  expect(ratio).toBeGreaterThan(2.97);
});
