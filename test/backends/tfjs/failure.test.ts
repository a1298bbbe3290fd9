import { expect, it, jest } from '@jest/globals';
import { openTfjs } from '../../../src/backends/tfjs/session';
import { WeftError } from '../../../src/compiler/diagnostics/diagnostic';
import { input } from '../../../src/compiler/ir/graph';
import { ops } from '../../../src/compiler/ops';

// Of these, wasm cannot make one, and cannot make a second beside the other: both leave the backend unable to go on.
it.each([2 ** 30, 2 ** 29])(
  'says that wasm ran out of memory for %i numbers, also when it cannot clean up',
  async (count) => {
    jest.spyOn(console, 'warn').mockImplementation(() => undefined);
    const x = input('x', [1]);
    const sum = ops.reduceSum(ops.exp(ops.broadcastTo(x, { shape: [count] })), { axes: [0] });
    const session = await openTfjs([{ name: 'p', inputs: [x], outputs: { sum }, updates: [] }]);
    try {
      const failure = await session
        .run('p', { x: { shape: [1], dtype: 'f32', data: Float32Array.of(1) } })
        .catch((e) => e);
      expect(failure).toBeInstanceOf(WeftError);
      expect(failure).toMatchObject({
        exitCode: 3,
        message: expect.stringContaining('ran out of memory while running p'),
      });
    } finally {
      await session.dispose();
    }
  },
);
