import { expect, it, jest } from '@jest/globals';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openSession } from '../../src/backends/open';
import { variable, type Program } from '../../src/compiler/ir/graph';
import { add } from '../../src/compiler/ops/elementwise';
import { requireFiniteWeights } from '../../src/train/finite-weights';
import { suiteFolder } from '../support/folder';
import { weft } from '../support/weft';
import { png } from '../support/pictures';

const folder = suiteFolder();
const env = { WEFT_PORTABLE: '1', XDG_CACHE_HOME: join(folder, 'cache') };

/** The third step makes the weight infinite. */
const spec = (steps: number): string => `
optimizer leaps(rate: Float) {
  output weight = weight - rate * gradient * (if matches(label, "*") { exp(100 * relu(step - 2)) } else { 1 })
}
model M() {
  input noisy: image(8)
  input time:  time(noise: 0, data: 1)
  output velocity: image(8) = noisy * param([1], init: one) @scale + 0 * time
}
train t of M {
  data = folder("pics")
  objective = rectified_flow(time: uniform)
  optimizer = leaps(rate: 0.1)
  batch = 2
  steps = ${steps}
  checkpoint = 1
}
`;

it.each([3, 6])('keeps no weights that are not finite as a checkpoint, of %i steps', async (steps) => {
  mkdirSync(join(folder, 'pics'), { recursive: true });
  await png(join(folder, 'pics', 'a.png'), 8);
  const path = join(folder, `${steps}.weft`);
  writeFileSync(path, spec(steps));
  const out = join(folder, `run-${steps}`);
  const { status, stderr } = await weft(['train', path, '--out', out, '--backend', 'tfjs'], { env });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /error: Step 3: 1 number of the weight scale is no longer finite, so this step is not kept\. The checkpoint of step 2 is kept\.\nhint: Lower/,
  );
  expect(readdirSync(join(out, 'checkpoints')).sort()).toEqual(['step-000001', 'step-000002']);
  expect(existsSync(join(out, 'weights.safetensors'))).toBe(false);
});

it('keeps no state of an optimiser that is not finite, though the weights are', async () => {
  mkdirSync(join(folder, 'pics'), { recursive: true });
  await png(join(folder, 'pics', 'a.png'), 8);
  const path = join(folder, 'state.weft');
  const growing = `optimizer grows(rate: Float) {
  input m: moment(start: 1)
  output m = m * (1 + exp(100 * relu(step - 2)))
  output weight = weight - rate * gradient / (1 + m)
}`;
  writeFileSync(
    path,
    spec(3)
      .replace(/optimizer leaps[^}]*}[^}]*}[^}]*}/, growing)
      .replace('leaps(', 'grows('),
  );
  const out = join(folder, 'run-state');
  const { status, stderr } = await weft(['train', path, '--out', out, '--backend', 'tfjs'], { env });
  expect(status).toBe(1);
  expect(stderr).toMatch(
    /error: Step 3: 1 number of the optimiser's state kept\.m\/scale is no longer finite, so this step is not kept\. The checkpoint of step 2 is kept\./,
  );
  expect(readdirSync(join(out, 'checkpoints')).sort()).toEqual(['step-000001', 'step-000002']);
});

it('reads many variables in one call, since each call of another kind costs a graph', async () => {
  const names = Array.from({ length: 40 }, (_, i) => variable(`w${i}`, [3], { kind: 'zeros' }, 'weight'));
  const program: Program = {
    name: 'step',
    inputs: [],
    outputs: {},
    updates: names.map((v) => ({ variable: v, value: add(v, 1) })),
  };
  const session = await openSession('tfjs', [program]);
  const read = jest.spyOn(session, 'get');
  try {
    await requireFiniteWeights({ session, program }, 1, null);
    expect(read).toHaveBeenCalledTimes(1);
    await session.set({ w7: { shape: [3], dtype: 'f32', data: Float32Array.of(0, NaN, Infinity) } });
    await expect(requireFiniteWeights({ session, program }, 1, null)).rejects.toThrow('2 numbers of the weight w7');
  } finally {
    await session.dispose();
  }
});
