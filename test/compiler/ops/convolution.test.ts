import { expect, it } from '@jest/globals';
import { openSession } from '../../../src/backends/open';
import type { BackendName, HostTensors } from '../../../src/backends/session';
import { gradients } from '../../../src/compiler/autodiff/gradients';
import { input, type Program } from '../../../src/compiler/ir/graph';
import type { Precision } from '../../../src/compiler/recipe/index';
import { ops } from '../../../src/compiler/ops/index';
import { withPrecision } from '../../../src/compiler/programs/precision';
import { isNativeAvailable } from '../../../src/setup/native';
import { relMax } from '../../support/golden';
import { patterned } from '../../support/patterned';

const attrs = [
  { stride: 1, padding: 1, groups: 1 },
  { stride: 2, padding: 1, groups: 1 },
  { stride: 2, padding: 0, groups: 2 },
];
const inputs = (groups: number): HostTensors => ({
  x: patterned('x', [2, 4, 7, 6]),
  weight: patterned('weight', [8, 4 / groups, 3, 3]),
});

/** The sum of squares of a convolution, and its gradients by image and weight. */
function squared(a: (typeof attrs)[number], precision: Precision): Program {
  const x = input('x', [2, 4, 7, 6], 'f32');
  const weight = input('weight', [8, 4 / a.groups, 3, 3], 'f32');
  const y = ops.reduceSum(ops.square(ops.conv2d(x, weight, a)), { axes: [0, 1, 2, 3] });
  const [loss] = withPrecision([y], precision);
  const [dx, dw] = gradients(loss, [x, weight]);
  return { name: 'squared', inputs: [x, weight], outputs: { loss, dx, dw }, updates: [] };
}

async function run(backend: BackendName, program: Program, given: HostTensors): Promise<HostTensors> {
  const session = await openSession(backend, [program]);
  try {
    return await session.run(program.name, given);
  } finally {
    await session.dispose();
  }
}

// The portable backend has float32 only. bfloat16 keeps 8 bits of a number.
it.each([
  ['tfjs', 'f32', 1e-5],
  ...(isNativeAvailable()
    ? ([
        ['tensorflow', 'f32', 1e-5],
        ['tensorflow', 'bf16', 2e-2],
      ] as const)
    : []),
] as const)('convolutions have their gradients on %s in %s', async (backend, precision, tolerance) => {
  for (const a of attrs) {
    const given = inputs(a.groups);
    const want = await run('reference', squared(a, 'f32'), given);
    const got = await run(backend, squared(a, precision), given);
    const far = Object.keys(want).filter((k) => !(relMax(got[k].data, want[k].data) < tolerance));
    expect(far).toEqual([]);
  }
});

it('refuses kernels that read other channels or see nothing but padding', () => {
  const x = input('x', [2, 4, 7, 6], 'f32');
  const of = (shape: readonly number[]) => input('weight', shape, 'f32');
  const plain = { stride: 1, padding: 0, groups: 1 };
  expect(() => ops.conv2d(x, of([8, 3, 3, 3]), plain)).toThrow(/does not read the channels/);
  expect(() => ops.conv2d(x, of([8, 4, 9, 9]), plain)).toThrow(/does not fit into/);
  expect(() => ops.conv2d(x, of([8, 4, 3, 3]), { ...plain, padding: 3 })).toThrow(/does not fit into/);
});
