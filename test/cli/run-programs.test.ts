import { expect, it } from '@jest/globals';
import { join } from 'node:path';
import { openSession } from '../../src/backends/open';
import type { HostTensors } from '../../src/backends/session';
import { staticShape } from '../../src/compiler/ir/dims';
import { trainStepGiven } from '../../src/compiler/programs/train-step';
import { readSafetensors, writeSafetensors } from '../../src/data/safetensors';
import { isNativeAvailable } from '../../src/setup/native';
import { elaborateModel, openSpec } from '../../src/spec/open';
import { relMax } from '../support/golden';
import { patterned } from '../support/patterned';
import { inFolder, weft, type Outcome } from '../support/weft';

const { spec } = openSpec('test/cli/tiny.weft');
const model = elaborateModel(spec, 'Tiny');
const recipe = spec.recipes.find((r) => r.name === 'quick')!;
const weights: HostTensors = Object.fromEntries(
  model.weights.map(({ leaf, shape }) => [leaf.name, patterned(leaf.name, staticShape(shape), 0.3)]),
);
const given: HostTensors = {
  x_t: patterned('x_t', [2, 3, 8, 8]),
  // Whole numbers serve as times.
  t: { shape: [2], dtype: 'i32', data: Int32Array.of(0, 1) },
  y: { shape: [2], dtype: 'i32', data: Int32Array.of(0, 2) },
  v_target: patterned('v', [2, 3, 8, 8]),
};
const backends = ['reference', 'tfjs', ...(isNativeAvailable() ? ['tensorflow'] : [])];

async function run(folder: string, program: string, backend: string, inputs: HostTensors): Promise<Outcome> {
  const path = (name: string): string => join(folder, `${name}.safetensors`);
  await writeSafetensors(path('w'), weights);
  await writeSafetensors(path('in'), inputs);
  const files = ['--weights', path('w'), '--inputs', path('in'), '--outputs', path('out'), '--no-taps'];
  return weft(['run', 'test/cli/tiny.weft#quick', '--program', program, '--backend', backend, ...files]);
}

const outputsOf = (folder: string) => readSafetensors(join(folder, 'out.safetensors'));

it.each(backends)('gives the gradients of the loss from its cotangent on %s', (backend) =>
  inFolder(async (folder) => {
    expect(await run(folder, 'grad', 'reference', given)).toMatchObject({ status: 0 });
    const want = await outputsOf(folder);
    const [v, target] = [want.get('velocity')!, given.v_target];
    // The derivative of the mean of (v - target)² is 2 (v - target) / n.
    const data = Float32Array.from(v.data, (x, i) => (2 * (x - target.data[i])) / v.data.length);
    const { v_target: _, ...inputs } = given;
    const cotangent = { shape: v.shape, dtype: 'f32' as const, data };
    const { status, stderr } = await run(folder, 'vjp', backend, { ...inputs, 'cotangent/velocity': cotangent });
    expect([status, stderr]).toEqual([0, expect.stringContaining(`computed by ${backend}`)]);
    const found = await outputsOf(folder);
    for (const name of Object.keys(weights))
      expect([name, relMax(found.get(`grad/${name}`)!.data, want.get(`grad/${name}`)!.data) < 1e-4]).toEqual([
        name,
        true,
      ]);
    expect([...found.keys()].filter((k) => k.startsWith('grad/x') || k === 'grad/t' || k === 'grad/y').sort()).toEqual([
      'grad/t',
      'grad/x_t',
    ]);
  }),
);

it('says which cotangents there could be', () =>
  inFolder(async (folder) => {
    const { v_target: v, ...inputs } = given;
    const none = await run(folder, 'vjp', 'reference', inputs);
    expect([none.status, none.stderr]).toEqual([1, expect.stringContaining('Add cotangent/velocity to the inputs.')]);
    const wrong = await run(folder, 'vjp', 'reference', { ...inputs, 'cotangent/velocty': v });
    expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining('Did you mean velocity?')]);
  }));

/** Two steps in one session of the reference. */
async function twoSteps(): Promise<HostTensors> {
  const program = trainStepGiven(model, recipe);
  const session = await openSession('reference', [program], { bindings: { batch: 2 } });
  const ema = Object.fromEntries(Object.entries(weights).map(([name, tensor]) => [`ema/${name}`, tensor]));
  await session.set({ ...weights, ...ema });
  const scalar = (x: number) => ({ shape: [], dtype: 'f32' as const, data: Float32Array.of(x) });
  const t = { ...given.t, dtype: 'f32' as const, data: Float32Array.from(given.t.data) };
  for (let i = 0; i < 2; i++) await session.run('train_step', { ...given, t, rate: scalar(1e-3), clip: scalar(1) });
  return session.get();
}

it.each(backends)('goes on with a train step from the state it left, on %s', (backend) =>
  inFolder(async (folder) => {
    expect(await run(folder, 'train_step', backend, given)).toMatchObject({ status: 0 });
    const first = Object.fromEntries(await outputsOf(folder));
    const state = Object.fromEntries(Object.entries(first).filter(([name]) => name.startsWith('state/')));
    expect(await run(folder, 'train_step', backend, { ...given, ...state })).toMatchObject({ status: 0 });
    const second = await outputsOf(folder);
    expect([second.get('finite')!.data[0], second.get('state/step')!.data[0]]).toEqual([1, 2]);
    // Adam divides a gradient by its own size, so where it is next to nothing the direction of a step is a matter of rounding.
    for (const [name, want] of Object.entries(await twoSteps()))
      expect([name, largest(second.get(`state/${name}`)!.data, want.data) < 1e-4]).toEqual([name, true]);
  }),
);

it('says what state there is', () =>
  inFolder(async (folder) => {
    const stray = { ...given, 'state/stepp': { shape: [], dtype: 'i32' as const, data: Int32Array.of(3) } };
    const { status, stderr } = await run(folder, 'train_step', 'reference', stray);
    expect([status, stderr]).toEqual([1, expect.stringContaining('Did you mean state/step?')]);
    const onnx = await run(folder, 'train_step', 'onnx', given);
    expect([onnx.status, onnx.stderr]).toEqual([2, expect.stringContaining('Use the tensorflow or tfjs backend.')]);
  }));

function largest(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((most, x, i) => Math.max(most, Math.abs(x - b[i])), 0);
}
