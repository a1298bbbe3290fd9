import { expect, it } from '@jest/globals';
import type { SessionOptions } from '../../src/backends/session';
import { failureOf } from '../support/failure';
import { openSession } from '../../src/backends/open';
import { gatedProgram, weightValues } from './onnx/models';
import { randomInputs } from '../../src/backends/onnx/verify';

it.each<[string, SessionOptions]>([
  ['The binding of batch is 0, but must be', { bindings: { batch: 0 } }],
  ['The binding of batch is 1.5, but must be', { bindings: { batch: 1.5, text: 0 } }],
  ['The binding of batch is -1, but must be', { bindings: { batch: -1 } }],
  ['seed is NaN, but must be', { seed: NaN }],
  ['threads is 0, but must be', { threads: 0 }],
])('refuses numbers that make no session: %s', async (problem, options) =>
  expect(await failureOf(() => openSession('reference', [gatedProgram()], options))).toContain(problem),
);

it('opens every portable backend by name, on programs that give the same', async () => {
  const program = gatedProgram();
  const inputs = randomInputs(program, { batch: 2 }, 5);
  const results = [];
  for (const name of ['reference', 'tfjs', 'onnx'] as const) {
    const session = await openSession(name, [program]);
    expect(session.backend).toBe(name);
    await session.set(weightValues(program));
    results.push((await session.run('denoise', inputs)).velocity.data);
    await session.dispose();
  }
  const [expected, ...others] = results;
  // Sums of 8 products in float32.
  for (const found of others) found.forEach((x, i) => expect(x).toBeCloseTo(expected[i], 5));
});
